// Fills the platform with invented requests, for trying it and for measuring: sealed, indexed and listed like
// real ones, but without events, so that nobody is mailed. The first ones stand with the demonstration
// groups; beyond, each hundred or so has groups of its own, as a larger platform has more groups rather than
// longer lists.
#pragma once

#include <cstdint>

#include "libs/base/result.h"
#include "libs/crypto/envelope.h"
#include "libs/runtime/task.h"
#include "services/requests/acts/workshop.h"

namespace aplus::requests {

// Needs the demonstration accounts: the service must have run since they were loaded, so that it knows them.
Task<Result<void>> LoadDemoRequests(const Workshop& shop, Database& keystore, const Envelope& envelope,
                                    std::int64_t count);

}  // namespace aplus::requests
