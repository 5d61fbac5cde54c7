// Fills a platform with invented requests, by the acts that people use: sealed, audited, told to other
// services like any other. For benchmarks and demonstrations (./aplus ctl load-demo).
#pragma once

#include <cstdint>

#include "libs/runtime/task.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/load/demo_people.h"

namespace aplus::requests {

struct DemoReport {
  std::uint64_t requests = 0;  // created
  std::uint64_t acts = 0;      // done on them
  std::uint64_t refused = 0;   // acts that were refused; those that follow go on
};

struct DemoOrder {
  std::uint64_t requests = 0;
  std::uint64_t seed = 1;
  std::size_t at_once = 4;  // stories told side by side; below the leases of a database
};

// Logs progress every ten seconds. Error: a request could not be created (the platform is not ready for it).
// References outlive the task.
Task<Result<DemoReport>> LoadDemoRequests(const Workshop& shop, const DemoPeople& people, DemoOrder order,
                                          Executor executor);

}  // namespace aplus::requests
