#include "libs/calendar/areas.h"

#include <fmt/format.h>

#include <algorithm>

namespace aplus {
namespace areas {

struct Exception {
  std::string_view code;
  std::string_view time_zone;
  HolidaySet holidays;
};
constexpr std::string_view kParis = "Europe/Paris";
// Every other area keeps Paris time and the national holidays.
constexpr Exception kExceptions[] = {
    {"57", kParis, HolidaySet::kAlsaceMoselle},
    {"67", kParis, HolidaySet::kAlsaceMoselle},
    {"68", kParis, HolidaySet::kAlsaceMoselle},
    {"971", "America/Guadeloupe", HolidaySet::kGuadeloupe},
    {"972", "America/Martinique", HolidaySet::kMartinique},
    {"973", "America/Cayenne", HolidaySet::kGuyane},
    {"974", "Indian/Reunion", HolidaySet::kReunion},
    {"976", "Indian/Mayotte", HolidaySet::kMayotte},
};

// 20 was Corsica until 1976; 975 and above 976 are collectivities, not départements.
std::vector<std::string> ListCodes() {
  std::vector<std::string> codes;
  for (int number = 1; number <= 95; ++number) {
    if (number == 20) {
      codes.insert(codes.end(), {"2A", "2B"});
    } else {
      codes.push_back(fmt::format("{:02}", number));
    }
  }
  codes.insert(codes.end(), {"971", "972", "973", "974", "976"});
  return codes;
}

}  // namespace areas

const std::vector<std::string>& AreaCodes() {
  static const std::vector<std::string> codes = areas::ListCodes();
  return codes;
}

std::optional<AreaCalendar> CalendarOfArea(std::string_view insee_code) {
  for (const areas::Exception& row : areas::kExceptions) {
    if (row.code == insee_code) return AreaCalendar{std::string(row.time_zone), row.holidays};
  }
  if (std::ranges::find(AreaCodes(), insee_code) == AreaCodes().end()) return std::nullopt;
  return AreaCalendar{std::string(areas::kParis), HolidaySet::kNational};
}

}  // namespace aplus
