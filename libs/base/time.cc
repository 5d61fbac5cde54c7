#include "libs/base/time.h"

#include <fmt/format.h>

#include <iterator>

namespace aplus {
namespace rfc3339 {

// Reads from the front of a text; every step says whether it found what it was asked for.
struct Cursor {
  std::string_view rest;

  bool Take(char wanted) {
    if (rest.empty() || rest.front() != wanted) return false;
    rest.remove_prefix(1);
    return true;
  }
  bool TakeLetter(char upper) { return Take(upper) || Take(static_cast<char>(upper - 'A' + 'a')); }
  bool TakeDigits(int count, int* value) {
    *value = 0;
    for (int i = 0; i < count; ++i) {
      if (rest.empty() || rest.front() < '0' || rest.front() > '9') return false;
      *value = *value * 10 + (rest.front() - '0');
      rest.remove_prefix(1);
    }
    return true;
  }
  // ".1", ".123456789": what is finer than a microsecond is cut off.
  bool TakeFraction(int* micros) {
    *micros = 0;
    if (!Take('.')) return true;
    int scale = 100'000;
    int digits = 0;
    for (int digit; TakeDigits(1, &digit); ++digits, scale /= 10) *micros += digit * scale;
    return digits > 0;
  }
  // "Z", "+02:00".
  bool TakeOffset(std::chrono::minutes* offset) {
    *offset = std::chrono::minutes{0};
    if (TakeLetter('Z')) return true;
    const bool west = Take('-');
    if (!west && !Take('+')) return false;
    int hours;
    int minutes;
    if (!TakeDigits(2, &hours) || !Take(':') || !TakeDigits(2, &minutes)) return false;
    if (hours > 23 || minutes > 59) return false;
    *offset = std::chrono::minutes{(hours * 60 + minutes) * (west ? -1 : 1)};
    return true;
  }
};

}  // namespace rfc3339

Time SystemClock::Now() const { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

std::string FormatTime(Time time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const auto micros = clock.subseconds().count(); micros != 0) {
    fmt::format_to(std::back_inserter(text), ".{:06}", micros);
    while (text.back() == '0') text.pop_back();
  }
  text.push_back('Z');
  return text;
}

std::optional<Time> ParseTime(std::string_view text) {
  rfc3339::Cursor cursor{text};
  int year, month, day, hour, minute, second, micros;
  std::chrono::minutes offset;
  if (!cursor.TakeDigits(4, &year) || !cursor.Take('-') || !cursor.TakeDigits(2, &month) ||
      !cursor.Take('-') || !cursor.TakeDigits(2, &day) || !cursor.TakeLetter('T') ||
      !cursor.TakeDigits(2, &hour) || !cursor.Take(':') || !cursor.TakeDigits(2, &minute) ||
      !cursor.Take(':') || !cursor.TakeDigits(2, &second) || !cursor.TakeFraction(&micros) ||
      !cursor.TakeOffset(&offset) || !cursor.rest.empty()) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return Time{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + Duration{micros} - offset;
}

}  // namespace aplus
