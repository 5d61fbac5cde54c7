#include "libs/calendar/working_calendar.h"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>

#include <algorithm>

namespace aplus {
namespace working_calendar {

using std::chrono::days;
using std::chrono::local_days;

absl::Time ToAbsl(Time time) { return absl::FromUnixMicros(time.time_since_epoch().count()); }
Time FromAbsl(absl::Time time) { return Time{Duration{absl::ToUnixMicros(time)}}; }

// Both count days since 1 January 1970.
absl::CivilDay ToCivil(local_days day) { return absl::CivilDay() + day.time_since_epoch().count(); }
local_days FromCivil(absl::CivilDay day) { return local_days{days{day - absl::CivilDay()}}; }

}  // namespace working_calendar

using std::chrono::days;
using std::chrono::local_days;

Result<WorkingCalendar> WorkingCalendar::Of(const AreaCalendar& area) {
  absl::TimeZone zone;
  // absl keeps what it loaded, so this reads a file once per process and zone.
  if (!absl::LoadTimeZone(area.time_zone, &zone)) {
    return Fail(Reason::kInternal, "unknown time zone " + area.time_zone);
  }
  return WorkingCalendar(zone, area.holidays);
}

bool WorkingCalendar::IsWorkingDay(local_days day) const {
  const std::chrono::weekday weekday{day};
  return weekday != std::chrono::Saturday && weekday != std::chrono::Sunday &&
         !IsPublicHoliday(holidays_, day);
}

local_days WorkingCalendar::LocalDay(Time time) const {
  return working_calendar::FromCivil(absl::ToCivilDay(working_calendar::ToAbsl(time), zone_));
}

Time WorkingCalendar::StartOf(local_days day) const {
  return working_calendar::FromAbsl(absl::FromCivil(working_calendar::ToCivil(day), zone_));
}

Time WorkingCalendar::AddWorkingTime(Time start, Duration working) const {
  if (working <= Duration::zero()) return start;
  Time from = start;
  for (local_days day = LocalDay(start);; day += days{1}) {
    const Time end = StartOf(day + days{1});
    if (IsWorkingDay(day)) {
      const Duration left_today = end - from;
      if (working <= left_today) return from + working;
      working -= left_today;
    }
    from = end;
  }
}

Time WorkingCalendar::NextWorkingMoment(Time time) const {
  local_days day = LocalDay(time);
  if (IsWorkingDay(day)) return time;
  do {
    day += days{1};
  } while (!IsWorkingDay(day));
  return StartOf(day);
}

Duration WorkingCalendar::WorkingTimeBetween(Time from, Time to) const {
  Duration total{};
  for (local_days day = LocalDay(from); from < to; day += days{1}) {
    const Time end = StartOf(day + days{1});
    if (IsWorkingDay(day)) total += std::min(end, to) - from;
    from = end;
  }
  return total;
}

}  // namespace aplus
