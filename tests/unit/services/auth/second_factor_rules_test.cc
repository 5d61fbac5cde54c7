// Which codes count, and when nothing may be tried (P13).
#include <gtest/gtest.h>

#include <vector>

#include "services/auth/domain/second_factor.h"

namespace aplus::auth::second_factor_rules_test {

using std::chrono::minutes;
using std::chrono::seconds;

const Time kNow{seconds(1'800'000'000)};

TEST(SecondFactorRules, P13_compulsory_for_administrators_only) {
  EXPECT_TRUE(NeedsSecondFactor(kRoleAdministrator));
  EXPECT_TRUE(NeedsSecondFactor(kRoleAdministrator | kRoleExpert));
  EXPECT_FALSE(NeedsSecondFactor(kRoleExpert | kRoleObserver));
  EXPECT_FALSE(NeedsSecondFactor(0));
  EXPECT_TRUE(IsPrivileged(kRoleExpert));
  EXPECT_FALSE(IsPrivileged(kRoleObserver));
}

TEST(SecondFactorRules, P13_a_code_counts_once_and_within_a_step_of_now) {
  for (std::int64_t step = 95; step <= 105; ++step) {
    EXPECT_EQ(StepCounts(step, 100, 0), step >= 99 && step <= 101) << step;
    EXPECT_EQ(StepCounts(step, 100, 100), step == 101) << step;
    EXPECT_FALSE(StepCounts(step, 100, 101)) << step;
  }
}

TEST(SecondFactorRules, P13_five_wrong_codes_pause_for_a_quarter_of_an_hour) {
  const FactorRules rules;
  std::vector<Time> misses;
  for (int i = 4; i >= 1; --i) misses.push_back(kNow - minutes(i));
  EXPECT_EQ(MustPause(misses, kNow, rules), std::nullopt);
  misses.push_back(kNow);
  // The oldest of the five is four minutes old.
  EXPECT_EQ(MustPause(misses, kNow, rules), std::optional<Duration>(minutes(11)));
  EXPECT_EQ(MustPause(misses, kNow + minutes(11) - seconds(1), rules), std::optional<Duration>(seconds(1)));
  EXPECT_EQ(MustPause(misses, kNow + minutes(11), rules), std::nullopt);
}

TEST(SecondFactorRules, P13_twenty_wrong_codes_a_day_and_no_more) {
  const FactorRules rules;
  std::vector<Time> misses;
  Time now = kNow;
  int tried = 0;
  // Somebody tries whenever he may, for two days.
  for (; now < kNow + std::chrono::hours(48); now += minutes(1)) {
    std::erase_if(misses, [&](Time miss) { return miss <= now - std::chrono::hours(24); });
    if (MustPause(misses, now, rules)) continue;
    misses.push_back(now);
    ++tried;
  }
  EXPECT_EQ(tried, 40);
}

}  // namespace aplus::auth::second_factor_rules_test
