// French public holidays (P41). Dates are local calendar days; no time zone here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace aplus {

// Which days are holidays besides the eleven national ones.
enum class HolidaySet : std::uint8_t {
  kNational,       // none
  kAlsaceMoselle,  // Good Friday, 26 December
  kGuadeloupe,     // 27 May
  kMartinique,     // 22 May
  kGuyane,         // 10 June
  kReunion,        // 20 December
  kMayotte,        // 27 April
};

// Stable, snake_case ("national", "alsace_moselle"), as reference data spells it.
std::string_view HolidaySetCode(HolidaySet set);
// nullopt: no such code.
std::optional<HolidaySet> HolidaySetFromCode(std::string_view code);

// Easter Sunday of a year of the Gregorian calendar.
std::chrono::local_days EasterSunday(std::chrono::year year);

// The law as it stands since 1983; earlier years are answered as if it had stood then.
bool IsPublicHoliday(HolidaySet set, std::chrono::local_days day);

}  // namespace aplus
