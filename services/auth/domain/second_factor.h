// The rules of the second factor (P13): who needs one, when a code counts, how many may be wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "libs/base/time.h"
#include "libs/identity/principal.h"

namespace aplus::auth {

struct FactorRules {
  Duration draft_lifetime = std::chrono::minutes(15);  // from drawing a secret to its first code
  int recovery_codes = 10;
  // Wrong codes within `pause`, and within a day; then nothing is tried until the oldest of them is past.
  // With three codes good at any moment, 20 of a million leave a guesser one chance in 16 000 a day, and the
  // guesser needs a login link first.
  int misses_at_once = 5;
  Duration pause = std::chrono::minutes(15);
  int misses_per_day = 20;
};

// Accounts that can do nothing without a second factor.
inline bool NeedsSecondFactor(std::uint8_t account_roles) {
  return (account_roles & kRoleAdministrator) != 0;
}

// Accounts whose owner hears of each login (SECURITY 2.2): they have rights over others.
inline bool IsPrivileged(std::uint8_t account_roles) {
  return (account_roles & (kRoleAdministrator | kRoleExpert)) != 0;
}

// Whether a code of `step` counts at the step `now`: one step of drift either way for clocks and slow fingers
// (RFC 6238 section 5.2), and each code once: none at or before the last one taken.
inline bool StepCounts(std::int64_t step, std::int64_t now, std::int64_t last) {
  return step >= now - 1 && step <= now + 1 && step > last;
}

// How long nothing may be tried, given when codes were wrong during the last day, oldest first; nullopt: try.
std::optional<Duration> MustPause(std::span<const Time> misses, Time now, const FactorRules& rules);

}  // namespace aplus::auth
