// Rules on people without any database: who may join and be what (P2), and when the idle are warned (P6).
#include <gtest/gtest.h>

#include "services/auth/domain/inactivity.h"
#include "services/auth/domain/membership_rules.h"

namespace aplus::auth {
namespace {

using std::chrono::days;

TEST(MembershipRules, P2_who_may_join_a_group) {
  EXPECT_TRUE(MayJoin({.administrator = false, .expert = false, .memberships = 12}));
  EXPECT_FALSE(MayJoin({.administrator = true, .expert = false, .memberships = 0}));
  EXPECT_TRUE(MayJoin({.administrator = false, .expert = true, .memberships = 0}));
  EXPECT_FALSE(MayJoin({.administrator = false, .expert = true, .memberships = 1}));
  EXPECT_FALSE(MayJoin({.administrator = false, .expert = false, .memberships = kMostMemberships}));
}

TEST(MembershipRules, P2_who_may_hold_account_roles) {
  AccountRoleFacts facts{.active = true,
                         .was_administrator = false,
                         .administrator = true,
                         .expert = false,
                         .memberships = 0,
                         .other_administrators = 1,
                         .other_experts = 0};
  EXPECT_TRUE(MayHold(facts, 3));
  facts.memberships = 1;
  EXPECT_FALSE(MayHold(facts, 3)) << "an administrator belongs to no group";
  facts.administrator = false;
  facts.expert = true;
  EXPECT_TRUE(MayHold(facts, 3));
  facts.memberships = 2;
  EXPECT_FALSE(MayHold(facts, 3)) << "an expert to one at most";
  facts.memberships = 0;
  facts.other_experts = 3;
  EXPECT_FALSE(MayHold(facts, 3)) << "at most three experts";
  facts.active = false;
  EXPECT_TRUE(MayHold(facts, 3)) << "deactivated ones are not counted";
}

TEST(MembershipRules, the_last_administrator_stays) {
  AccountRoleFacts facts;
  facts.was_administrator = true;
  EXPECT_FALSE(MayHold(facts, 3));
  facts.other_administrators = 1;
  EXPECT_TRUE(MayHold(facts, 3));
}

TEST(Inactivity, P6_warned_after_four_and_five_months_deactivated_after_six) {
  const InactivityRules rules;
  const auto step = [&](days idle, int warnings, days since) {
    return NextStep({.idle = idle, .warnings = warnings, .since_last_warning = since}, rules);
  };
  EXPECT_EQ(step(days(121), 0, days(0)), InactivityStep::kNone);
  EXPECT_EQ(step(days(122), 0, days(0)), InactivityStep::kWarn);
  EXPECT_EQ(step(days(152), 1, days(30)), InactivityStep::kNone);
  EXPECT_EQ(step(days(153), 1, days(31)), InactivityStep::kWarn);
  EXPECT_EQ(step(days(182), 2, days(29)), InactivityStep::kNone);
  EXPECT_EQ(step(days(183), 2, days(30)), InactivityStep::kDeactivate);
}

TEST(Inactivity, P6_however_late_the_job_comes_each_warning_leaves_time_to_react) {
  const InactivityRules rules;
  EXPECT_EQ(NextStep({.idle = days(400), .warnings = 0, .since_last_warning = {}}, rules),
            InactivityStep::kWarn);
  EXPECT_EQ(NextStep({.idle = days(400), .warnings = 1, .since_last_warning = days(6)}, rules),
            InactivityStep::kNone);
  EXPECT_EQ(NextStep({.idle = days(400), .warnings = 1, .since_last_warning = days(7)}, rules),
            InactivityStep::kWarn);
  EXPECT_EQ(NextStep({.idle = days(400), .warnings = 2, .since_last_warning = days(6)}, rules),
            InactivityStep::kNone);
  EXPECT_EQ(NextStep({.idle = days(400), .warnings = 2, .since_last_warning = days(7)}, rules),
            InactivityStep::kDeactivate);
}

}  // namespace
}  // namespace aplus::auth
