#include "services/auth/domain/inactivity.h"

#include <algorithm>

namespace aplus::auth {

InactivityStep NextStep(const InactivityFacts& facts, const InactivityRules& rules) {
  constexpr Duration kWeek = std::chrono::days(7);
  switch (facts.warnings) {
    case 0:
      return facts.idle >= rules.first_warning ? InactivityStep::kWarn : InactivityStep::kNone;
    case 1: {
      const Duration pause = std::min(kWeek, rules.second_warning - rules.first_warning);
      const bool due = facts.idle >= rules.second_warning && facts.since_last_warning >= pause;
      return due ? InactivityStep::kWarn : InactivityStep::kNone;
    }
    default: {
      const Duration pause = std::min(kWeek, rules.deactivation - rules.second_warning);
      const bool due = facts.idle >= rules.deactivation && facts.since_last_warning >= pause;
      return due ? InactivityStep::kDeactivate : InactivityStep::kNone;
    }
  }
}

}  // namespace aplus::auth
