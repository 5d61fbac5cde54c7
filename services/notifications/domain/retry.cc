#include "services/notifications/domain/retry.h"

#include <algorithm>

namespace aplus::notifications {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

RetrySchedule RetrySchedule::ForLogin() {
  return {{seconds(5), seconds(15), seconds(30), seconds(60), seconds(120)}, minutes(10)};
}

RetrySchedule RetrySchedule::ForOthers() {
  return {{minutes(1), minutes(5), minutes(15), minutes(30), minutes(60)}, hours(48)};
}

std::optional<Duration> NextWait(const RetrySchedule& schedule, int attempts, Duration age) {
  const Duration left = schedule.give_up_after - age;
  if (left <= Duration::zero()) return std::nullopt;
  const auto index = std::min(static_cast<std::size_t>(std::max(attempts, 1) - 1), schedule.waits.size() - 1);
  return std::min(schedule.waits[index], left);
}

}  // namespace aplus::notifications
