#include "libs/calendar/areas.h"

#include <gtest/gtest.h>

#include <set>

#include "libs/calendar/working_calendar.h"

namespace aplus {
namespace {

TEST(AreasTest, P41_Has101AreasAndATimeZoneForEach) {
  const std::set<std::string> codes(AreaCodes().begin(), AreaCodes().end());
  EXPECT_EQ(codes.size(), 101u);
  for (const std::string& code : codes) {
    const auto area = CalendarOfArea(code);
    ASSERT_TRUE(area) << code;
    EXPECT_TRUE(WorkingCalendar::Of(*area)) << area->time_zone;
  }
}

TEST(AreasTest, P41_ExceptionsAreTheEightOfTheLaw) {
  const AreaCalendar paris{"Europe/Paris", HolidaySet::kNational};
  const AreaCalendar alsace{"Europe/Paris", HolidaySet::kAlsaceMoselle};
  for (std::string_view code : {"01", "2A", "2B", "33", "56", "58", "66", "69", "75", "95"}) {
    EXPECT_EQ(CalendarOfArea(code), paris) << code;
  }
  for (std::string_view code : {"57", "67", "68"}) EXPECT_EQ(CalendarOfArea(code), alsace) << code;
  EXPECT_EQ(CalendarOfArea("971"), (AreaCalendar{"America/Guadeloupe", HolidaySet::kGuadeloupe}));
  EXPECT_EQ(CalendarOfArea("972"), (AreaCalendar{"America/Martinique", HolidaySet::kMartinique}));
  EXPECT_EQ(CalendarOfArea("973"), (AreaCalendar{"America/Cayenne", HolidaySet::kGuyane}));
  EXPECT_EQ(CalendarOfArea("974"), (AreaCalendar{"Indian/Reunion", HolidaySet::kReunion}));
  EXPECT_EQ(CalendarOfArea("976"), (AreaCalendar{"Indian/Mayotte", HolidaySet::kMayotte}));
}

TEST(AreasTest, WhatIsNoAreaHasNoCalendar) {
  for (std::string_view code :
       {"", "0", "1", "00", "20", "2C", "2a", "96", "97", "975", "977", "988", "075", " 75"}) {
    EXPECT_FALSE(CalendarOfArea(code)) << code;
  }
}

TEST(AreasTest, AnUnknownZoneIsAnErrorAndNotUtc) {
  const auto calendar = WorkingCalendar::Of({"Europe/Nowhere", HolidaySet::kNational});
  ASSERT_FALSE(calendar);
  EXPECT_EQ(calendar.error().reason, Reason::kInternal);
}

TEST(HolidaySetTest, CodesRoundTrip) {
  for (int i = 0; i <= static_cast<int>(HolidaySet::kMayotte); ++i) {
    const auto set = static_cast<HolidaySet>(i);
    EXPECT_EQ(HolidaySetFromCode(HolidaySetCode(set)), set);
  }
  EXPECT_FALSE(HolidaySetFromCode("NATIONAL"));
}

}  // namespace
}  // namespace aplus
