// Which list pages already left their line of the hour (P90), so that most need not ask the database again.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <string>
#include <utility>

#include "libs/base/id.h"
#include "libs/base/time.h"

namespace aplus::requests {

// Io thread. A hint only: the table list_shown decides.
class ListsShown {
 public:
  explicit ListsShown(const Clock& clock) : clock_(clock) {}

  bool Contains(const UserId& user, const std::string& what) {
    Turn();
    return seen_.contains(std::pair(user, what));
  }
  void Add(const UserId& user, const std::string& what) {
    Turn();
    seen_.emplace(user, what);
  }

 private:
  void Turn() {
    const auto hour = std::chrono::floor<std::chrono::hours>(clock_.Now());
    if (hour == hour_) return;
    hour_ = hour;
    seen_.clear();
  }

  const Clock& clock_;
  std::chrono::sys_time<std::chrono::hours> hour_{};
  absl::flat_hash_set<std::pair<UserId, std::string>> seen_;
};

}  // namespace aplus::requests
