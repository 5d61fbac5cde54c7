// A clock that cannot be believed stops what goes by time alone (T-TTL-04).
#include "libs/postgres/clock_guard.h"

#include <gtest/gtest.h>

#include "tests/unit/libs/postgres/bench.h"

namespace aplus::clock_guard_test {

using testing::Bench;

struct Counting {
  static Task<Result<void>> Round(int* rounds) {
    ++*rounds;
    co_return Result<void>();
  }
  std::function<Task<Result<void>>()> round = [this] { return Round(&rounds); };
  int rounds = 0;
};

Task<> PlaySmallSteps(Bench& at) {
  Metrics metrics;
  ClockGuard guard(*at.db, "sample", metrics);
  Counting counting;
  for (const char* step : {"0", "59 minutes", "-59 minutes", "-59 minutes"}) {
    testing::JumpClock(at, step);
    EXPECT_TRUE((co_await guard.WhileSane(counting.round)).has_value());
  }
  EXPECT_EQ(counting.rounds, 4);
  EXPECT_NE(metrics.Text().find("aplus_clock_jumped{database=\"sample\"} 0"), std::string::npos);
}

Task<> PlayJumps(Bench& at) {
  for (const char* jump : {"61 minutes", "-90 days", "1 year"}) {
    Metrics metrics;
    ClockGuard guard(*at.db, "sample", metrics);
    Counting counting;
    EXPECT_TRUE((co_await guard.IsSane()).value_or(false)) << "wherever the clock stands at first";
    testing::JumpClock(at, jump);
    EXPECT_TRUE((co_await guard.WhileSane(counting.round)).has_value());
    at.scratch.Sql("UPDATE simulated.shift SET by = interval '0'");
    EXPECT_FALSE((co_await guard.IsSane()).value_or(true)) << "until somebody has looked";
    EXPECT_EQ(counting.rounds, 0);
    EXPECT_NE(metrics.Text().find("aplus_clock_jumped{database=\"sample\"} 1"), std::string::npos);
  }
}

void PlayWithClock(testing::Scenario scenario) {
  Bench bench("");
  testing::SimulateClock(bench);
  testing::Play(bench, ClockGuard::Statements(), scenario);
}

TEST(ClockGuard, T_TTL_04_SmallStepsAreBelieved) { PlayWithClock(PlaySmallSteps); }
TEST(ClockGuard, T_TTL_04_AJumpStopsWhatGoesByTimeAlone) { PlayWithClock(PlayJumps); }

}  // namespace aplus::clock_guard_test
