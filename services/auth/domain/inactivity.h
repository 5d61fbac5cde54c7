// Accounts that nobody uses (P6): warned twice, then deactivated; a login in between starts it all anew.
#pragma once

#include <cstdint>

#include "libs/base/time.h"

namespace aplus::auth {

struct InactivityRules {
  Duration first_warning = std::chrono::days(122);   // four months
  Duration second_warning = std::chrono::days(153);  // five
  Duration deactivation = std::chrono::days(183);    // six
};

enum class InactivityStep : std::uint8_t { kNone, kWarn, kDeactivate };

struct InactivityFacts {
  Duration idle{};                // since the last login, or since the account was opened
  int warnings = 0;               // since then
  Duration since_last_warning{};  // when there was one
};

// One step at a time: however late the job comes, nobody is deactivated who was not warned twice with time to
// react after each.
InactivityStep NextStep(const InactivityFacts& facts, const InactivityRules& rules);

}  // namespace aplus::auth
