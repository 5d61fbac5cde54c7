// Events of other services as occurrences.
#pragma once

#include "libs/base/result.h"
#include "libs/events/event.h"
#include "services/notifications/domain/occurrence.h"

namespace aplus::notifications {

// Irrelevant for kinds that nobody is told of. kInternal: the bytes are not what the kind says, or an id is
// missing (a poison event, to be parked).
Result<Occurrence> OccurrenceOf(const EventRecord& record);

}  // namespace aplus::notifications
