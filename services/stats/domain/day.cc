#include "services/stats/domain/day.h"

#include <fmt/format.h>

namespace aplus::stats {
namespace day {

// All of the text must be digits.
std::optional<unsigned> Number(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

}  // namespace day

std::optional<Day> ParseDay(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = day::Number(text.substr(0, 4));
  const auto month = day::Number(text.substr(5, 2));
  const auto number = day::Number(text.substr(8, 2));
  if (!year || !month || !number) return std::nullopt;
  const Day parsed{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                   std::chrono::day(*number)};
  if (!parsed.ok()) return std::nullopt;
  return parsed;
}

std::string FormatDay(Day day) {
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

}  // namespace aplus::stats
