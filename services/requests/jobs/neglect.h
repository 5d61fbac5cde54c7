// What nobody acts on (P35): the end is announced and then comes; an unanswered request is raised with the
// managers of its groups and with the experts.
#pragma once

#include "libs/base/result.h"
#include "libs/runtime/task.h"
#include "services/requests/acts/workshop.h"

namespace aplus::requests {

// One round over everything that is due. Two replicas may run it at once: the row's lock decides who finds
// it.
Task<Result<void>> AttendNeglected(const Workshop& shop);

}  // namespace aplus::requests
