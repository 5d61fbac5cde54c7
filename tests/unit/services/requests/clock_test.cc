#include "services/requests/domain/clock.h"

#include <gtest/gtest.h>

namespace aplus::requests {
namespace {

WorkingCalendar Paris() { return *WorkingCalendar::Of(*CalendarOfArea("75")); }

Time At(const char* text) { return *ParseTime(text); }

TEST(Clock, P40_ThreeWorkingDaysForTheFirstAnswer) {
  // The example of P41: Tuesday 12 May 2026 at 17 h in Paris; the 14th is Ascension, then the weekend.
  const Expectation expected =
      Expect({}, Paris(), {.state = State::kNew, .started_at = At("2026-05-12T15:00:00Z")});
  EXPECT_EQ(expected.deadline, At("2026-05-18T15:00:00Z"));
  EXPECT_EQ(expected.late_from, At("2026-05-18T15:00:00.000001Z"));
}

TEST(Clock, P42_GroupsAreWarnedOneWorkingDayBeforeTheLimit) {
  const Expectation expected =
      Expect({}, Paris(), {.state = State::kNew, .started_at = At("2026-05-12T15:00:00Z")});
  // 48 working hours after Tuesday 17 h: Friday the 15th at 17 h.
  EXPECT_EQ(expected.warn_at, At("2026-05-15T15:00:00Z"));
}

TEST(Clock, P40_ALimitAtTheEndOfAFridayIsNotExceededDuringTheWeekend) {
  // Tuesday 2 June 2026 at midnight: 72 working hours end with Thursday; on Wednesday they end with Friday.
  const Expectation expected =
      Expect({}, Paris(), {.state = State::kNew, .started_at = At("2026-06-02T22:00:00Z")});
  EXPECT_EQ(expected.deadline, At("2026-06-05T22:00:00Z"));
  EXPECT_EQ(expected.late_from, At("2026-06-07T22:00:00Z"));
}

TEST(Clock, P40_FifteenCalendarDaysAfterAnAnswer) {
  const Expectation expected = Expect({}, Paris(),
                                      {.state = State::kInProgress,
                                       .started_at = At("2026-05-12T15:00:00Z"),
                                       .last_answer_at = At("2026-05-13T08:00:00Z")});
  EXPECT_EQ(expected.deadline, At("2026-05-28T08:00:00Z"));
  EXPECT_EQ(expected.late_from, At("2026-05-28T08:00:00.000001Z"));
  EXPECT_EQ(expected.warn_at, std::nullopt);
}

TEST(Clock, P40_NothingIsExpectedOfAProcessedOrClosedRequest) {
  for (State state : {State::kProcessed, State::kClosed}) {
    EXPECT_EQ(Expect({}, Paris(), {.state = state, .started_at = At("2026-05-12T15:00:00Z")}), Expectation{});
  }
}

TEST(Clock, P40_DelaysAreSettings) {
  const ClockRules rules{.first_answer = std::chrono::seconds(2),
                         .next_answer = std::chrono::seconds(5),
                         .warning_ahead = std::chrono::hours(24)};
  const Time start = At("2026-05-12T15:00:00Z");
  const Expectation first = Expect(rules, Paris(), {.state = State::kNew, .started_at = start});
  EXPECT_EQ(first.deadline, start + std::chrono::seconds(2));
  EXPECT_EQ(first.warn_at, start);
  const Expectation next =
      Expect(rules, Paris(), {.state = State::kInProgress, .started_at = start, .last_answer_at = start});
  EXPECT_EQ(next.deadline, start + std::chrono::seconds(5));
}

}  // namespace
}  // namespace aplus::requests
