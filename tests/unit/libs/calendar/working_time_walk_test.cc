// Working time against a reference that shares nothing with it: offsets by the European rule written out,
// Easter as dates written out, and a walk hour by hour. Every area, every year from 2020 to 2035.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "libs/base/random.h"
#include "libs/calendar/working_calendar.h"

namespace aplus {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

constexpr sys_days kFirstDay{2019y / December / 1};
constexpr sys_days kLastDay{2036y / August / 1};
constexpr sys_days kFirstStart{2020y / January / 1};
constexpr sys_days kLastStart{2036y / January / 1};

constexpr std::array kEaster2019To2036 = {
    2019y / April / 21, 2020y / April / 12, 2021y / April / 4,  2022y / April / 17, 2023y / April / 9,
    2024y / March / 31, 2025y / April / 20, 2026y / April / 5,  2027y / March / 28, 2028y / April / 16,
    2029y / April / 1,  2030y / April / 21, 2031y / April / 13, 2032y / March / 28, 2033y / April / 17,
    2034y / April / 9,  2035y / March / 25, 2036y / April / 13};

hours OffsetFromUtc(const std::string& area, sys_time<hours> when) {
  if (area == "971" || area == "972") return -4h;
  if (area == "973") return -3h;
  if (area == "974") return 4h;
  if (area == "976") return 3h;
  // Directive 2000/84/EC: from the last Sunday of March to the last Sunday of October, at 01:00 UTC.
  const year in = year_month_day{floor<days>(when)}.year();
  const auto begin = sys_days{in / March / Sunday[last]} + 1h;
  const auto end = sys_days{in / October / Sunday[last]} + 1h;
  return when >= begin && when < end ? 2h : 1h;
}

bool CountsAsWorkingDay(const std::string& area, sys_days local) {
  const weekday day{local};
  if (day == Saturday || day == Sunday) return false;
  const year_month_day date{local};
  const unsigned number = unsigned{date.month()} * 100 + unsigned{date.day()};
  switch (number) {
    case 101:
    case 501:
    case 508:
    case 714:
    case 815:
    case 1101:
    case 1111:
    case 1225:
      return false;
    case 1226:
      return area != "57" && area != "67" && area != "68";
    case 527:
      if (area == "971") return false;
      break;
    case 522:
      if (area == "972") return false;
      break;
    case 610:
      if (area == "973") return false;
      break;
    case 1220:
      if (area == "974") return false;
      break;
    case 427:
      if (area == "976") return false;
      break;
    default:
      break;
  }
  const sys_days easter{kEaster2019To2036.at(static_cast<std::size_t>(int{date.year()} - 2019))};
  if (local == easter - days{2}) return area != "57" && area != "67" && area != "68";
  return local != easter + days{1} && local != easter + days{39} && local != easter + days{50};
}

// One flag per hour of UTC: does it count? All offsets of these zones are whole hours, so no hour is mixed.
class HourByHour {
 public:
  explicit HourByHour(const std::string& area) {
    for (sys_time<hours> hour = kFirstDay; hour < kLastDay; hour += 1h) {
      counts_.push_back(CountsAsWorkingDay(area, floor<days>(hour + OffsetFromUtc(area, hour))));
    }
  }
  bool Counts(sys_time<hours> hour) const {
    return counts_.at(static_cast<std::size_t>((hour - kFirstDay).count()));
  }

  // The start of the hour that holds the limit's minute, walking from the hour that holds the start's.
  Time Limit(Time start, int working_hours) const {
    sys_time<hours> hour = floor<hours>(start);
    const Duration into_hour = Counts(hour) ? start - hour : Duration{0};
    for (int left = working_hours; left > 0; hour += 1h) left -= Counts(hour) ? 1 : 0;
    if (into_hour == 0us) return hour;
    while (!Counts(hour)) hour += 1h;
    return hour + into_hour;
  }
  Duration Between(sys_time<hours> from, sys_time<hours> to) const {
    hours total{};
    for (; from < to; from += 1h) total += Counts(from) ? 1h : 0h;
    return total;
  }

 private:
  std::vector<bool> counts_;
};

void Compare(const std::string& area, const HourByHour& reference, hours step, Duration into_hour) {
  const WorkingCalendar calendar = WorkingCalendar::Of(CalendarOfArea(area).value()).value();
  for (sys_time<hours> hour = kFirstStart; hour < kLastStart; hour += step) {
    const Time start = hour + into_hour;
    const Time limit = calendar.AddWorkingTime(start, 72h);
    // Compared as numbers, written only where they differ: writing a million times costs more than counting.
    const Time expected = reference.Limit(start, 72);
    ASSERT_TRUE(limit == expected) << area << " from " << FormatTime(start) << ": " << FormatTime(limit)
                                   << " instead of " << FormatTime(expected);
    ASSERT_EQ(calendar.WorkingTimeBetween(start, limit), Duration{72h}) << area << " " << FormatTime(start);
  }
}

// The areas that differ in zone or holidays, at every single hour of sixteen years.
TEST(WorkingTimeWalkTest, P41_EveryHourFrom2020To2035) {
  for (const std::string area : {"75", "67", "971", "972", "973", "974", "976"}) {
    Compare(area, HourByHour(area), 1h, 0us);
  }
}

// All 101 areas, each against a reference of its own, at a step that meets every hour of the week.
TEST(WorkingTimeWalkTest, P41_EveryAreaFrom2020To2035) {
  for (const std::string& area : AreaCodes()) Compare(area, HourByHour(area), 61h, 17min + 3s + 5us);
}

TEST(WorkingTimeWalkTest, P41_WorkingTimeBetweenAnyTwoHours) {
  constexpr std::uint64_t kSeed = 20260514;
  SCOPED_TRACE(kSeed);
  SeededRandom random(kSeed);
  const auto draw = [&random](std::uint32_t below) {
    std::uint32_t value;
    random.Fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
    return value % below;
  };
  const auto all_hours = static_cast<std::uint32_t>((kLastStart - kFirstStart) / 1h);
  std::map<std::string, HourByHour> references;
  for (int i = 0; i < 2000; ++i) {
    const std::string& area = AreaCodes()[draw(101)];
    const HourByHour& reference = references.try_emplace(area, area).first->second;
    const WorkingCalendar calendar = WorkingCalendar::Of(CalendarOfArea(area).value()).value();
    const sys_time<hours> from = kFirstStart + hours{draw(all_hours)};
    const sys_time<hours> to = std::min(from + hours{draw(24 * 400)}, sys_time<hours>{kLastStart});
    const Duration between = calendar.WorkingTimeBetween(from, to);
    ASSERT_EQ(between, reference.Between(from, to))
        << area << " " << FormatTime(from) << " " << FormatTime(to);
    const int budget = static_cast<int>(draw(24 * 60));
    ASSERT_EQ(calendar.AddWorkingTime(from, hours{budget}), reference.Limit(from, budget))
        << area << FormatTime(from);
  }
}

}  // namespace
}  // namespace aplus
