// Lateness (P40, P42): a request is flagged within a minute of becoming late, its helper side, the groups
// that have not answered and the experts are told, the experts are invited with a line in the thread; one
// working day before, the groups are warned.
#pragma once

#include "libs/base/result.h"
#include "libs/runtime/task.h"
#include "services/requests/acts/workshop.h"

namespace aplus::requests {

// One round over everything that is due. Two replicas may run it at once: the row's lock decides who finds
// it.
Task<Result<void>> FlagLate(const Workshop& shop);

}  // namespace aplus::requests
