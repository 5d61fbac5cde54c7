// What auth tells: who is member of what since when (P32), and who left (P5). Each event's effect moves with
// the consumer's cursor, exactly once.
#pragma once

#include "libs/events/event.h"
#include "libs/postgres/transaction.h"
#include "services/requests/acts/workshop.h"

namespace aplus::requests {

Task<Result<void>> TakeAuthEvent(Transaction& tx, const Workshop& shop, const EventRecord& record);

}  // namespace aplus::requests
