#include "libs/rpc/breaker.h"

#include <gtest/gtest.h>

namespace aplus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Outcome = Breaker::Outcome;

const SteadyTime kStart{std::chrono::hours(1)};

// One call, let through or not.
bool Make(Breaker& breaker, Outcome outcome, SteadyTime now) {
  if (!breaker.Allow(now)) return false;
  breaker.Record(outcome, now);
  return true;
}

TEST(Breaker, OpensAtHalfOfAtLeastTwenty) {
  Breaker breaker;
  for (int i = 0; i < 19; ++i) EXPECT_TRUE(Make(breaker, Outcome::kFailure, kStart)) << "too few to judge";
  EXPECT_TRUE(Make(breaker, Outcome::kFailure, kStart));
  EXPECT_FALSE(breaker.Allow(kStart));
  EXPECT_TRUE(breaker.IsOpen(kStart));
}

TEST(Breaker, StaysClosedBelowHalf) {
  Breaker breaker;
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_TRUE(Make(breaker, i % 2 == 1 && i % 20 < 18 ? Outcome::kFailure : Outcome::kSuccess,
                     kStart + milliseconds(i)));
  }
}

TEST(Breaker, ForgetsAfterTenSeconds) {
  Breaker breaker;
  for (int i = 0; i < 19; ++i) Make(breaker, Outcome::kFailure, kStart);
  EXPECT_TRUE(Make(breaker, Outcome::kFailure, kStart + seconds(10)));
  EXPECT_TRUE(breaker.Allow(kStart + seconds(10)));
}

TEST(Breaker, OpensAtFiveTimeoutsInARow) {
  Breaker breaker;
  for (int i = 0; i < 4; ++i) Make(breaker, Outcome::kTimeout, kStart);
  Make(breaker, Outcome::kSuccess, kStart);
  for (int i = 0; i < 4; ++i) Make(breaker, Outcome::kTimeout, kStart);
  EXPECT_FALSE(breaker.IsOpen(kStart));
  Make(breaker, Outcome::kTimeout, kStart);
  EXPECT_TRUE(breaker.IsOpen(kStart));
}

TEST(Breaker, ThreeGoodProbesCloseItAndOneBadOpensItAgain) {
  Breaker breaker;
  for (int i = 0; i < 5; ++i) Make(breaker, Outcome::kTimeout, kStart);
  EXPECT_FALSE(breaker.Allow(kStart + milliseconds(4'999)));
  SteadyTime now = kStart + seconds(5);
  EXPECT_TRUE(breaker.Allow(now));
  EXPECT_TRUE(breaker.Allow(now));
  EXPECT_TRUE(breaker.Allow(now));
  EXPECT_FALSE(breaker.Allow(now)) << "three probes, no more";
  breaker.Record(Outcome::kSuccess, now);
  breaker.Record(Outcome::kFailure, now);
  EXPECT_TRUE(breaker.IsOpen(now));
  breaker.Record(Outcome::kSuccess, now);  // the third, too late to matter
  EXPECT_TRUE(breaker.IsOpen(now));

  now += seconds(5);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Make(breaker, Outcome::kSuccess, now));
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(Make(breaker, Outcome::kSuccess, now));
}

TEST(Breaker, ProbesThatSayNothingMakeRoomForOthers) {
  Breaker breaker;
  for (int i = 0; i < 5; ++i) Make(breaker, Outcome::kTimeout, kStart);
  const SteadyTime now = kStart + seconds(5);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Make(breaker, Outcome::kNothing, now));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(Make(breaker, Outcome::kSuccess, now));
  EXPECT_TRUE(Make(breaker, Outcome::kSuccess, now));
}

TEST(RetryBudget, T_REL_11_AddsATenth) {
  RetryBudget budget;
  int saved = 0;
  while (budget.TakeRetry()) ++saved;
  EXPECT_EQ(saved, 10);
  int retries = 0;
  for (int i = 0; i < 1'000; ++i) {
    budget.OnCall();
    retries += budget.TakeRetry() ? 1 : 0;
  }
  EXPECT_EQ(retries, 100);
}

}  // namespace
}  // namespace aplus
