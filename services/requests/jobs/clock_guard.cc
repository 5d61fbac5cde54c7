#include "services/requests/jobs/clock_guard.h"

#include "libs/telemetry/log.h"
#include "services/requests/jobs/rounds.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {
namespace clock_guard {

constexpr Duration kJump = std::chrono::hours(1);

}  // namespace clock_guard

ClockGuard::ClockGuard(Database& database, const std::string& name, Metrics& metrics)
    : database_(database),
      jumped_(
          metrics.GetGauge("aplus_requests_clock_jumped",
                           "1: the database's clock jumped, until a restart nothing happens by time alone",
                           {{"database", name}})) {}

Task<Result<bool>> ClockGuard::IsSane() {
  if (!is_sane_) co_return false;
  CO_TRY(const auto times, co_await database_.Query(rounds::Reading(), kDatabaseTime));
  const Clocks now{times.at(0), SteadyClock::now()};
  if (!first_) first_ = now;
  const auto ours = std::chrono::duration_cast<Duration>(now.ours - first_->ours);
  const Duration jump = (now.database - first_->database) - ours;
  is_sane_ = jump < clock_guard::kJump && -jump < clock_guard::kJump;
  if (!is_sane_) {
    jumped_.Set(1);
    log::Error(
        "the database's clock jumped: until this service is started again nothing happens by time alone");
  }
  co_return is_sane_;
}

Task<Result<void>> ClockGuard::WhileSane(std::function<Task<Result<void>>()> round) {
  CO_TRY(const bool sane, co_await IsSane());
  if (!sane) co_return Result<void>();
  co_return co_await round();
}

}  // namespace aplus::requests
