#include "services/auth/domain/session_rules.h"

#include <gtest/gtest.h>

namespace aplus::auth {
namespace {

TEST(SessionRules, P14_five_per_person_and_twenty_per_shared_account) {
  EXPECT_EQ(SessionRules{}.Limit(false), 5);
  EXPECT_EQ(SessionRules{}.Limit(true), 20);
  EXPECT_EQ(SessionRules{}.lifetime, std::chrono::hours(12));
}

TEST(SessionRules, P14_signs_of_life_are_written_often_enough_for_the_idle_limit) {
  SessionRules rules;
  EXPECT_EQ(rules.SeenEvery(), std::chrono::minutes(1));
  rules.administrator_idle = std::chrono::seconds(2);
  EXPECT_EQ(rules.SeenEvery(), std::chrono::milliseconds(200));
}

}  // namespace
}  // namespace aplus::auth
