#include "libs/base/time.h"

#include <gtest/gtest.h>

#include "libs/base/random.h"

namespace aplus {
namespace {

using namespace std::chrono_literals;

TEST(TimeTest, WritesRfc3339WithTheDecimalsItNeeds) {
  const Time noon = Time{std::chrono::sys_days{std::chrono::May / 12 / 2026}} + 15h;
  EXPECT_EQ(FormatTime(noon), "2026-05-12T15:00:00Z");
  EXPECT_EQ(FormatTime(noon + 500ms), "2026-05-12T15:00:00.5Z");
  EXPECT_EQ(FormatTime(noon + 1us), "2026-05-12T15:00:00.000001Z");
  EXPECT_EQ(FormatTime(Time{-1us}), "1969-12-31T23:59:59.999999Z");
}

TEST(TimeTest, ReadsEveryOffsetAndPrecision) {
  const Time noon = Time{std::chrono::sys_days{std::chrono::May / 12 / 2026}} + 15h;
  for (std::string_view text : {"2026-05-12T15:00:00Z", "2026-05-12t15:00:00z", "2026-05-12T17:00:00+02:00",
                                "2026-05-12T04:30:00-10:30", "2026-05-13T00:00:00+09:00",
                                "2026-05-12T15:00:00.000Z", "2026-05-12T15:00:00.0000009-00:00"}) {
    EXPECT_EQ(ParseTime(text), noon) << text;
  }
  EXPECT_EQ(ParseTime("2026-05-12T15:00:00.1234567Z"), noon + 123'456us);
}

TEST(TimeTest, RefusesWhatIsNotATime) {
  for (std::string_view text :
       {"", "2026-05-12", "2026-05-12T15:00:00", "2026-05-12 15:00:00Z", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-05-12T24:00:00Z", "2026-05-12T15:60:00Z",
        "2026-05-12T15:00:60Z", "2026-05-12T15:00:00.Z", "2026-05-12T15:00:00,5Z", "2026-05-12T15:00:00+0200",
        "2026-05-12T15:00:00+24:00", "2026-05-12T15:00:00Z ", "+026-05-12T15:00:00Z", "2026-5-12T15:00:00Z",
        "2026-05-12T15:00Z"}) {
    EXPECT_FALSE(ParseTime(text)) << text;
  }
}

TEST(TimeTest, TextRoundTripsToTheMicrosecond) {
  SeededRandom random(1);
  for (int i = 0; i < 10'000; ++i) {
    std::uint64_t draw;
    random.Fill({reinterpret_cast<std::uint8_t*>(&draw), sizeof draw});
    // 1900 to 2217.
    const Time time =
        Time{-2'208'988'800s} + Duration{static_cast<std::int64_t>(draw % 10'000'000'000'000'000)};
    EXPECT_EQ(ParseTime(FormatTime(time)), time);
  }
}

TEST(ClockTest, AManualClockStandsUntilMoved) {
  ManualClock clock(Time{10s});
  EXPECT_EQ(clock.Now(), Time{10s});
  clock.Advance(5ms);
  EXPECT_EQ(clock.Now(), Time{10s} + 5ms);
  clock.Set(Time{});
  EXPECT_EQ(clock.Now(), Time{});
  EXPECT_GT(SystemClock().Now(), Time{1'700'000'000s});
}

}  // namespace
}  // namespace aplus
