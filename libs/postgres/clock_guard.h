// Whether a database's clock can be believed (SECURITY 2.8): everything that happens by time alone (ending,
// raising, closing, erasing, forgetting) stands still when it has jumped against the machine's. Nothing is
// worse than erasing everybody because a clock was wrong.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "libs/base/result.h"
#include "libs/base/time.h"
#include "libs/postgres/database.h"
#include "libs/runtime/task.h"
#include "libs/telemetry/metrics.h"

namespace aplus {

// Io thread; references outlive it.
class ClockGuard {
 public:
  // `name`: of the database, in the figure `aplus_clock_jumped`.
  ClockGuard(Database& database, const std::string& name, Metrics& metrics);

  // False for good once the database's clock and ours have parted by more than an hour since the first
  // question: starting the service again, after a look at the clocks, releases it. Ours goes on while the
  // machine sleeps, so a suspended machine is no jump.
  Task<Result<bool>> IsSane();

  // The round, as long as the clock can be believed.
  Task<Result<void>> WhileSane(std::function<Task<Result<void>>()> round);

  // To be among the statements of a database that is guarded.
  static StatementTable Statements();

 private:
  struct Clocks {
    Time database{};
    Duration ours{};
  };

  Database& database_;
  Gauge& jumped_;
  std::optional<Clocks> first_;
  bool is_sane_ = true;
};

}  // namespace aplus
