// Working time of an area, P41: a working day has 24 hours, midnight to midnight in the area's own zone,
// Monday to Friday less the area's public holidays. What is outside does not count.
#pragma once

#include <absl/time/time.h>

#include <chrono>

#include "libs/base/result.h"
#include "libs/base/time.h"
#include "libs/calendar/areas.h"

namespace aplus {

// A value, cheap to copy; every function is pure and thread-safe. Between 1 and 60 µs per call and year
// walked.
class WorkingCalendar {
 public:
  // kInternal: this machine's tzdata does not know the zone.
  static Result<WorkingCalendar> Of(const AreaCalendar& area);

  bool IsWorkingDay(std::chrono::local_days day) const;

  // The area's calendar day on which `time` falls.
  std::chrono::local_days LocalDay(Time time) const;

  // The limit: the first moment at which `working` (not negative) has passed since `start`. Three days given
  // on Tuesday 12 May 2026 at 17 h in Paris end on Monday 18 May at 17 h; given on a Saturday they end on the
  // next Wednesday at 24 h.
  Time AddWorkingTime(Time start, Duration working) const;

  // `time` itself on a working day, else the start of the next one. "More than 72 working hours" (P40) begins
  // to be true after NextWorkingMoment(limit): a limit at the end of a Friday is not exceeded during the
  // weekend.
  Time NextWorkingMoment(Time time) const;

  // Working time from one moment to a later one; zero when `to` is not later.
  Duration WorkingTimeBetween(Time from, Time to) const;

 private:
  WorkingCalendar(absl::TimeZone zone, HolidaySet holidays) : zone_(zone), holidays_(holidays) {}

  // Midnight with which the day begins; where a change of clocks skips it, the first moment of the day.
  Time StartOf(std::chrono::local_days day) const;

  absl::TimeZone zone_;
  HolidaySet holidays_;
};

}  // namespace aplus
