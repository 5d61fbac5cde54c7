// When a mail that did not get through is tried again (SECURITY 2.12), and when that is given up.
#pragma once

#include <optional>
#include <vector>

#include "libs/base/time.h"

namespace aplus::notifications {

struct RetrySchedule {
  // Waits after the first, second, … failed attempt; the last one repeats. Not empty.
  std::vector<Duration> waits;
  // Counted from the moment the mail was asked for.
  Duration give_up_after{};

  // Login mails: 5, 15, 30, 60, 120, 120 … seconds, for 10 minutes; by then the page says so.
  static RetrySchedule ForLogin();
  // The others: 1, 5, 15, 30, 60 minutes, then every hour, for 48 hours.
  static RetrySchedule ForOthers();
};

// How long to wait after `attempts` failed ones (at least 1) of a mail asked for `age` ago; nullopt: give up.
// The last try falls on the very end of the schedule rather than short of it.
std::optional<Duration> NextWait(const RetrySchedule& schedule, int attempts, Duration age);

}  // namespace aplus::notifications
