// List pages leave one audit line per person, list and hour (P90): remembers which are written. A process
// that starts anew writes one again, which is a line too many and never one too few.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <chrono>
#include <utility>

#include "libs/base/id.h"
#include "libs/base/time.h"

namespace aplus::auth {

// Io thread only.
class HourlyLines {
 public:
  // Whether the line of this hour is written already.
  bool IsWritten(const UserId& user, const GroupId& list, Time now) {
    Turn(now);
    return written_.contains({user, list});
  }
  // To be called once the line is committed.
  void Note(const UserId& user, const GroupId& list, Time now) {
    Turn(now);
    written_.insert({user, list});
  }

 private:
  void Turn(Time now) {
    const auto hour = std::chrono::floor<std::chrono::hours>(now);
    if (hour == hour_) return;
    hour_ = hour;
    written_.clear();
  }

  std::chrono::sys_time<std::chrono::hours> hour_{};
  absl::flat_hash_set<std::pair<UserId, GroupId>> written_;
};

}  // namespace aplus::auth
