// The 101 areas (départements) as far as time goes: zone and holidays. Their names are reference data.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/calendar/holidays.h"

namespace aplus {

struct AreaCalendar {
  std::string time_zone;  // IANA name
  HolidaySet holidays = HolidaySet::kNational;

  friend bool operator==(const AreaCalendar&, const AreaCalendar&) = default;
};

// INSEE codes in their order: 01–19, 2A, 2B, 21–95, 971–974, 976.
const std::vector<std::string>& AreaCodes();

// nullopt: not the INSEE code of an area.
std::optional<AreaCalendar> CalendarOfArea(std::string_view insee_code);

}  // namespace aplus
