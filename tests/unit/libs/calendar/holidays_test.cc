#include "libs/calendar/holidays.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace aplus {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

std::set<local_days> HolidaysOf(HolidaySet set, year in) {
  std::set<local_days> found;
  for (local_days day{in / January / 1}; day < local_days{(in + years{1}) / January / 1}; day += days{1}) {
    if (IsPublicHoliday(set, day)) found.insert(day);
  }
  return found;
}

std::set<local_days> Days(year in, std::initializer_list<month_day> list) {
  std::set<local_days> result;
  for (month_day day : list) result.insert(local_days{in / day.month() / day.day()});
  return result;
}

// Whole years written out by hand; 2026 was compared with calendars published for that year.
TEST(HolidaysTest, P41_NationalHolidaysOfFiveYears) {
  EXPECT_EQ(HolidaysOf(HolidaySet::kNational, 2020y),
            Days(2020y, {January / 1, April / 13, May / 1, May / 8, May / 21, June / 1, July / 14,
                         August / 15, November / 1, November / 11, December / 25}));
  EXPECT_EQ(HolidaysOf(HolidaySet::kNational, 2024y),
            Days(2024y, {January / 1, April / 1, May / 1, May / 8, May / 9, May / 20, July / 14, August / 15,
                         November / 1, November / 11, December / 25}));
  EXPECT_EQ(HolidaysOf(HolidaySet::kNational, 2025y),
            Days(2025y, {January / 1, April / 21, May / 1, May / 8, May / 29, June / 9, July / 14,
                         August / 15, November / 1, November / 11, December / 25}));
  EXPECT_EQ(HolidaysOf(HolidaySet::kNational, 2026y),
            Days(2026y, {January / 1, April / 6, May / 1, May / 8, May / 14, May / 25, July / 14, August / 15,
                         November / 1, November / 11, December / 25}));
  EXPECT_EQ(HolidaysOf(HolidaySet::kNational, 2027y),
            Days(2027y, {January / 1, March / 29, May / 1, May / 6, May / 8, May / 17, July / 14, August / 15,
                         November / 1, November / 11, December / 25}));
}

// Two of the eleven can fall on one day: in 2008 Ascension was 1 May.
TEST(HolidaysTest, P41_TwoHolidaysOnOneDayAreOne) {
  EXPECT_EQ(HolidaysOf(HolidaySet::kNational, 2008y).size(), 10u);
}

TEST(HolidaysTest, P41_EachTerritoryAddsItsOwnAndNothingElse) {
  const std::map<HolidaySet, std::set<local_days>> own = {
      {HolidaySet::kAlsaceMoselle, Days(2026y, {April / 3, December / 26})},
      {HolidaySet::kGuadeloupe, Days(2026y, {May / 27})},
      {HolidaySet::kMartinique, Days(2026y, {May / 22})},
      {HolidaySet::kGuyane, Days(2026y, {June / 10})},
      {HolidaySet::kReunion, Days(2026y, {December / 20})},
      {HolidaySet::kMayotte, Days(2026y, {April / 27})},
  };
  for (const auto& [set, days] : own) {
    std::set<local_days> expected = HolidaysOf(HolidaySet::kNational, 2026y);
    expected.insert(days.begin(), days.end());
    EXPECT_EQ(HolidaysOf(set, 2026y), expected) << HolidaySetCode(set);
  }
}

TEST(EasterTest, P41_KnownDates) {
  const std::initializer_list<year_month_day> known = {
      1818y / March / 22, 1886y / April / 25, 1943y / April / 25, 1954y / April / 18, 1981y / April / 19,
      2000y / April / 23, 2008y / March / 23, 2019y / April / 21, 2020y / April / 12, 2021y / April / 4,
      2022y / April / 17, 2023y / April / 9,  2024y / March / 31, 2025y / April / 20, 2026y / April / 5,
      2027y / March / 28, 2028y / April / 16, 2029y / April / 1,  2030y / April / 21, 2031y / April / 13,
      2032y / March / 28, 2033y / April / 17, 2034y / April / 9,  2035y / March / 25, 2038y / April / 25,
      2285y / March / 22};
  for (year_month_day date : known)
    EXPECT_EQ(EasterSunday(date.year()), local_days{date}) << int{date.year()};
}

// The rule itself, by another road: Easter is the first Sunday after the ecclesiastical full moon that falls
// on or after 21 March; the moon by the epact of Lilius and Clavius, as the bull of 1582 keeps it.
TEST(EasterTest, P41_AgreesWithTheEpactsFrom1583To4099) {
  for (int y = 1583; y <= 4099; ++y) {
    const int golden = y % 19 + 1;
    const int century = y / 100 + 1;
    const int solar_correction = 3 * century / 4 - 12;
    const int lunar_correction = (8 * century + 5) / 25 - 5;
    int epact = (11 * golden + 20 + lunar_correction - solar_correction) % 30;
    if (epact < 0) epact += 30;
    if ((epact == 25 && golden > 11) || epact == 24) ++epact;
    int full_moon = 44 - epact;  // as a day of March
    if (full_moon < 21) full_moon += 30;
    local_days day = local_days{year{y} / March / 1} + days{full_moon - 1};
    do {
      day += days{1};
    } while (weekday{day} != Sunday);
    ASSERT_EQ(EasterSunday(year{y}), day) << y;
  }
}

}  // namespace
}  // namespace aplus
