#include "libs/calendar/working_calendar.h"

#include <gtest/gtest.h>

namespace aplus {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

WorkingCalendar CalendarOf(std::string_view area) {
  return WorkingCalendar::Of(CalendarOfArea(area).value()).value();
}

Time At(std::string_view text) { return ParseTime(text).value(); }

constexpr Duration kThreeDays = 72h;

struct Case {
  const char* why;
  std::string_view area;
  std::string_view start;
  std::string_view limit;
};

// The moments are written with the area's own offset, so that they read as people there see them.
constexpr Case kCases[] = {
    {"the example of P41: the 14th is Ascension, then the weekend; Friday counts", "75",
     "2026-05-12T17:00:00+02:00", "2026-05-18T17:00:00+02:00"},
    {"nothing in the way", "33", "2026-06-01T09:30:00+02:00", "2026-06-04T09:30:00+02:00"},
    {"over a weekend", "33", "2026-06-04T09:30:00+02:00", "2026-06-09T09:30:00+02:00"},
    {"started on a Saturday: the clock starts on Monday at midnight", "33", "2026-06-06T10:00:00+02:00",
     "2026-06-11T00:00:00+02:00"},
    {"started on a Sunday: the same", "33", "2026-06-07T23:59:59+02:00", "2026-06-11T00:00:00+02:00"},
    {"started on a holiday, 14 July, a Tuesday", "33", "2026-07-14T08:00:00+02:00",
     "2026-07-18T00:00:00+02:00"},
    {"started in the last second before a weekend", "33", "2026-06-05T23:59:59+02:00",
     "2026-06-10T23:59:59+02:00"},
    {"summer time begins on the Sunday between: same hour on the clock", "75", "2026-03-27T17:00:00+01:00",
     "2026-04-01T17:00:00+02:00"},
    {"summer time ends on the Sunday between: same hour on the clock", "75", "2026-10-23T17:00:00+02:00",
     "2026-10-28T17:00:00+01:00"},
    {"Good Friday counts in Paris", "75", "2026-04-01T12:00:00+02:00", "2026-04-07T12:00:00+02:00"},
    {"and not in Strasbourg", "67", "2026-04-01T12:00:00+02:00", "2026-04-08T12:00:00+02:00"},
    {"26 December 2025 is a Friday: it counts in Paris", "75", "2025-12-24T12:00:00+01:00",
     "2025-12-30T12:00:00+01:00"},
    {"and not in Metz", "57", "2025-12-24T12:00:00+01:00", "2025-12-31T12:00:00+01:00"},
    {"27 May in Guadeloupe", "971", "2026-05-26T08:00:00-04:00", "2026-06-01T08:00:00-04:00"},
    {"22 May, and Whit Monday after it, in Martinique", "972", "2026-05-21T08:00:00-04:00",
     "2026-05-28T08:00:00-04:00"},
    {"10 June in Guyane", "973", "2026-06-09T08:00:00-03:00", "2026-06-15T08:00:00-03:00"},
    {"20 December, a Monday in 2027, on Réunion", "974", "2027-12-17T08:00:00+04:00",
     "2027-12-23T08:00:00+04:00"},
    {"27 April in Mayotte", "976", "2026-04-24T08:00:00+03:00", "2026-04-30T08:00:00+03:00"},
    {"Sunday evening in Paris is Monday morning on Réunion", "974", "2026-06-07T22:00:00+02:00",
     "2026-06-10T22:00:00+02:00"},
    {"Friday morning in Paris is Thursday in Guadeloupe", "971", "2026-06-05T05:00:00+02:00",
     "2026-06-10T05:00:00+02:00"},
};

TEST(WorkingCalendarTest, P40_P41_LimitsThatPeopleCanCheckOnACalendar) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.why);
    const WorkingCalendar calendar = CalendarOf(c.area);
    const Time limit = calendar.AddWorkingTime(At(c.start), kThreeDays);
    EXPECT_EQ(FormatTime(limit), FormatTime(At(c.limit)));
    EXPECT_EQ(calendar.WorkingTimeBetween(At(c.start), limit), kThreeDays);
  }
}

TEST(WorkingCalendarTest, P42_OneWorkingDayBeforeTheLimitIsTwoAfterTheStart) {
  const WorkingCalendar calendar = CalendarOf("75");
  const Time warning = calendar.AddWorkingTime(At("2026-05-12T17:00:00+02:00"), 48h);
  EXPECT_EQ(FormatTime(warning), FormatTime(At("2026-05-15T17:00:00+02:00")));
  EXPECT_EQ(calendar.AddWorkingTime(warning, 24h), At("2026-05-18T17:00:00+02:00"));
}

TEST(WorkingCalendarTest, P40_ALimitAtTheEndOfAFridayIsNotExceededDuringTheWeekend) {
  const WorkingCalendar calendar = CalendarOf("33");
  const Time start = At("2026-07-14T08:00:00+02:00");
  const Time limit = calendar.AddWorkingTime(start, kThreeDays);
  EXPECT_EQ(limit, At("2026-07-18T00:00:00+02:00"));
  const Time monday = calendar.NextWorkingMoment(limit);
  EXPECT_EQ(monday, At("2026-07-20T00:00:00+02:00"));
  EXPECT_EQ(calendar.WorkingTimeBetween(start, monday), kThreeDays);
  EXPECT_EQ(calendar.WorkingTimeBetween(start, monday + 1us), kThreeDays + 1us);
  EXPECT_EQ(calendar.NextWorkingMoment(monday), monday);
}

TEST(WorkingCalendarTest, NothingAddedChangesNothingEvenOutsideWorkingTime) {
  const WorkingCalendar calendar = CalendarOf("33");
  const Time saturday = At("2026-06-06T10:00:00+02:00");
  EXPECT_EQ(calendar.AddWorkingTime(saturday, 0h), saturday);
  EXPECT_EQ(calendar.WorkingTimeBetween(saturday, saturday), 0us);
  EXPECT_EQ(calendar.WorkingTimeBetween(saturday, saturday - 240h), 0us);
}

TEST(WorkingCalendarTest, KeepsMicroseconds) {
  const WorkingCalendar calendar = CalendarOf("976");
  const Time start = At("2026-06-01T09:30:00.123457Z");
  EXPECT_EQ(calendar.AddWorkingTime(start, 24h + 1us), At("2026-06-02T09:30:00.123458Z"));
}

// No French area changes its clocks on a working day; a zone that did must still come out exact. Egypt went
// to summer time on Friday 26 April 2024 at midnight: that day has 23 hours and begins at one o'clock.
TEST(WorkingCalendarTest, AWorkingDayOf23HoursCounts23) {
  const auto cairo = WorkingCalendar::Of({"Africa/Cairo", HolidaySet::kNational}).value();
  EXPECT_EQ(cairo.WorkingTimeBetween(At("2024-04-25T00:00:00+02:00"), At("2024-04-27T00:00:00+03:00")), 47h);
  EXPECT_EQ(cairo.AddWorkingTime(At("2024-04-25T00:00:00+02:00"), 47h), At("2024-04-27T00:00:00+03:00"));
}

TEST(WorkingCalendarTest, LocalDayIsTheAreasOwn) {
  const Time time = At("2026-06-07T22:30:00Z");
  EXPECT_EQ(CalendarOf("75").LocalDay(time), local_days{2026y / June / 8});
  EXPECT_EQ(CalendarOf("972").LocalDay(time), local_days{2026y / June / 7});
  EXPECT_TRUE(CalendarOf("75").IsWorkingDay(local_days{2026y / June / 8}));
  EXPECT_FALSE(CalendarOf("75").IsWorkingDay(local_days{2026y / June / 7}));
  EXPECT_FALSE(CalendarOf("973").IsWorkingDay(local_days{2026y / June / 10}));
}

}  // namespace
}  // namespace aplus
