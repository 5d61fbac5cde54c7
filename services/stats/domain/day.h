// Calendar days as the API writes them: "2026-05-12".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aplus::stats {

using Day = std::chrono::year_month_day;

// nullopt unless YYYY-MM-DD and a day that exists.
std::optional<Day> ParseDay(std::string_view text);
std::string FormatDay(Day day);

}  // namespace aplus::stats
