// Rotating the KEK (SECURITY 2.6): what an older version wraps is wrapped anew by the active one. Files live
// for days, so an old version could simply be waited out; an operator in a hurry need not.
#pragma once

#include "libs/base/result.h"
#include "libs/crypto/envelope.h"
#include "libs/postgres/database.h"
#include "libs/runtime/task.h"

namespace aplus::files {

// Until none is left; answers how many. kInternal when keys are left that do not unwrap.
Task<Result<std::int64_t>> RewrapFileKeys(Database& keystore, const Envelope& envelope,
                                          Keyring::Version active);

}  // namespace aplus::files
