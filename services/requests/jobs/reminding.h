// Reminders: what waits for the helper side (P43), and files that are erased before anybody of a side has
// downloaded them (P50). People are told by events; notifications words them.
#pragma once

#include "libs/base/result.h"
#include "libs/runtime/task.h"
#include "services/requests/acts/workshop.h"

namespace aplus::requests {

// Everybody of the helper side for whom something waits and who was not reminded for a week: processed
// requests to be closed, answers long unread.
Task<Result<void>> RemindHelpers(const Workshop& shop);

// Files about to be erased: once each, the addressed groups nobody of which has downloaded it, and the people
// of the helper side who have not.
Task<Result<void>> WarnOfErasure(const Workshop& shop);

}  // namespace aplus::requests
