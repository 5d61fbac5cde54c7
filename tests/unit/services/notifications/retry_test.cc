#include "services/notifications/domain/retry.h"

#include <gtest/gtest.h>

namespace aplus::notifications {
namespace {

using namespace std::chrono_literals;

// Walks a schedule as if every attempt failed at once; answers the moments of the attempts after the first.
std::vector<Duration> Attempts(const RetrySchedule& schedule) {
  std::vector<Duration> moments;
  Duration age{};
  for (int attempts = 1; attempts < 1000; ++attempts) {
    const auto wait = NextWait(schedule, attempts, age);
    if (!wait) break;
    age += *wait;
    moments.push_back(age);
  }
  return moments;
}

TEST(Retry, P73_LoginMailsAreTriedForTenMinutes) {
  EXPECT_EQ(Attempts(RetrySchedule::ForLogin()),
            (std::vector<Duration>{5s, 20s, 50s, 110s, 230s, 350s, 470s, 590s, 600s}));
}

TEST(Retry, P73_OtherMailsAreTriedForTwoDays) {
  const auto moments = Attempts(RetrySchedule::ForOthers());
  ASSERT_GT(moments.size(), 6u);
  EXPECT_EQ(std::vector<Duration>(moments.begin(), moments.begin() + 6),
            (std::vector<Duration>{1min, 6min, 21min, 51min, 111min, 171min}));
  for (std::size_t i = 5; i + 1 < moments.size(); ++i) EXPECT_LE(moments[i] - moments[i - 1], 1h);
  EXPECT_EQ(moments.back(), 48h);
}

TEST(Retry, NothingIsTriedAfterTheEnd) {
  EXPECT_EQ(NextWait(RetrySchedule::ForLogin(), 3, 10min), std::nullopt);
  EXPECT_EQ(NextWait(RetrySchedule::ForLogin(), 3, 11min), std::nullopt);
  EXPECT_EQ(NextWait(RetrySchedule::ForOthers(), 1, 48h), std::nullopt);
}

TEST(Retry, CountsBelowOneAreTheFirst) {
  EXPECT_EQ(NextWait(RetrySchedule::ForLogin(), 0, 0s), 5s);
  EXPECT_EQ(NextWait(RetrySchedule::ForLogin(), -5, 0s), 5s);
}

}  // namespace
}  // namespace aplus::notifications
