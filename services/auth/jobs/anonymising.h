// Makes accounts anonymous that have been deactivated for two years (P53).
#pragma once

#include "services/auth/acts/office.h"

namespace aplus::auth {

// One round; answers how many. Replicas may run it at once: each account is looked at anew as it is changed.
Task<Result<int>> AnonymiseLongGone(const Office& office);

}  // namespace aplus::auth
