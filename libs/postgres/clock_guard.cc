#include "libs/postgres/clock_guard.h"

#include <ctime>

#include "libs/telemetry/log.h"

namespace aplus {
namespace clock_guard {

constexpr Duration kJump = std::chrono::hours(1);
constexpr Duration kLimit = std::chrono::seconds(10);

inline constexpr Statement<Time> kDatabaseClock{"database_clock", "SELECT clock_timestamp()"};

Duration SinceBoot() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::microseconds(now.tv_nsec / 1000);
}

}  // namespace clock_guard

ClockGuard::ClockGuard(Database& database, const std::string& name, Metrics& metrics)
    : database_(database),
      jumped_(
          metrics.GetGauge("aplus_clock_jumped",
                           "1: the database's clock jumped, until a restart nothing happens by time alone",
                           {{"database", name}})) {}

StatementTable ClockGuard::Statements() {
  StatementTable table;
  table.Add(clock_guard::kDatabaseClock);
  return table;
}

Task<Result<bool>> ClockGuard::IsSane() {
  if (!is_sane_) co_return false;
  CO_TRY(const auto times, co_await database_.Query({.deadline = SteadyClock::now() + clock_guard::kLimit},
                                                    clock_guard::kDatabaseClock));
  const Clocks now{times.at(0), clock_guard::SinceBoot()};
  if (!first_) first_ = now;
  const Duration jump = (now.database - first_->database) - (now.ours - first_->ours);
  if (jump < clock_guard::kJump && -jump < clock_guard::kJump) co_return true;
  is_sane_ = false;
  jumped_.Set(1);
  log::Error(
      "the database's clock jumped: until this service is started again nothing happens by time alone");
  co_return false;
}

Task<Result<void>> ClockGuard::WhileSane(std::function<Task<Result<void>>()> round) {
  CO_TRY(const bool sane, co_await IsSane());
  if (!sane) co_return Result<void>();
  co_return co_await round();
}

}  // namespace aplus
