#include "services/auth/domain/second_factor.h"

#include <algorithm>

namespace aplus::auth {
namespace second_factor {

// Until the oldest of the newest `most` is older than `window`; zero or less: fewer than that were wrong.
Duration Left(std::span<const Time> misses, Time now, int most, Duration window) {
  const auto limit = static_cast<std::size_t>(most);
  if (misses.size() < limit) return Duration(0);
  return misses[misses.size() - limit] + window - now;
}

}  // namespace second_factor

std::optional<Duration> MustPause(std::span<const Time> misses, Time now, const FactorRules& rules) {
  const Duration pause =
      std::max(second_factor::Left(misses, now, rules.misses_at_once, rules.pause),
               second_factor::Left(misses, now, rules.misses_per_day, std::chrono::hours(24)));
  if (pause <= Duration(0)) return std::nullopt;
  return pause;
}

}  // namespace aplus::auth
