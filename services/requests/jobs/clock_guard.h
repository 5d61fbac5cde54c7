// Whether the database's clock can be believed (SECURITY 2.8): everything that happens by time alone (ending,
// raising, closing, erasing) stands still when it has jumped against ours. Nothing is worse than erasing
// everybody because a clock was wrong.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "libs/base/result.h"
#include "libs/base/time.h"
#include "libs/postgres/database.h"
#include "libs/runtime/task.h"
#include "libs/telemetry/metrics.h"

namespace aplus::requests {

// Io thread; references outlive it.
class ClockGuard {
 public:
  // `name`: of the database, in the figure.
  ClockGuard(Database& database, const std::string& name, Metrics& metrics);

  // False for good once the database's clock and ours have parted by more than an hour since the first
  // question: starting the service again, after a look at the clocks, releases it.
  Task<Result<bool>> IsSane();

  // The round, as long as the clock can be believed.
  Task<Result<void>> WhileSane(std::function<Task<Result<void>>()> round);

 private:
  struct Clocks {
    Time database;
    SteadyTime ours;
  };

  Database& database_;
  Gauge& jumped_;
  std::optional<Clocks> first_;
  bool is_sane_ = true;
};

}  // namespace aplus::requests
