// Rotating the KEK (SECURITY 2.6): keys wrapped by an older version are wrapped anew by the active one, a few
// at a time. The old version may be taken away when none is left; files and contents are not touched.
#pragma once

#include "libs/base/result.h"
#include "libs/crypto/envelope.h"
#include "libs/postgres/database.h"
#include "libs/runtime/task.h"

namespace aplus::requests {

// Until none is left; answers how many. Two replicas may run it at once: each takes rows that the other has
// not locked.
Task<Result<std::int64_t>> RewrapKeys(Database& keystore, const Envelope& envelope, Keyring::Version active);

}  // namespace aplus::requests
