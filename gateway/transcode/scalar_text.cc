#include "gateway/transcode/scalar_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>

namespace aplus::transcode {
namespace scalar_text {

// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z.
constexpr std::int64_t kFirstSecond = -62135596800;
constexpr std::int64_t kLastSecond = 253402300799;
constexpr std::int64_t kLongestDuration = 315576000000;
constexpr std::int64_t kLargestExactInteger = 9007199254740992;  // 2^53

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes exactly `width` digits off the front.
bool TakeDigits(std::string_view& text, std::size_t width, int& value) {
  if (text.size() < width) return false;
  value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    if (!IsDigit(text[i])) return false;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(width);
  return true;
}

bool TakeChar(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// ".5" -> 500 000 000; nothing -> 0.
bool TakeFraction(std::string_view& text, std::int32_t& nanos) {
  nanos = 0;
  if (!TakeChar(text, '.')) return true;
  std::size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  if (digits == 0 || digits > 9) return false;
  for (std::size_t i = 0; i < 9; ++i) nanos = nanos * 10 + (i < digits ? text[i] - '0' : 0);
  text.remove_prefix(digits);
  return true;
}

std::string Fraction(std::int32_t nanos) {
  if (nanos == 0) return {};
  if (nanos % 1'000'000 == 0) return fmt::format(".{:03}", nanos / 1'000'000);
  if (nanos % 1'000 == 0) return fmt::format(".{:06}", nanos / 1'000);
  return fmt::format(".{:09}", nanos);
}

bool HasOnlyDigits(std::string_view text) {
  for (const char c : text) {
    if (!IsDigit(c)) return false;
  }
  return !text.empty();
}

// Digits of the value of "1.0" or "1e2": decided on the text, since a double would round -2712939480461485.18
// to an integer. nullopt unless the value is an integer of at most 16 digits.
std::optional<std::string> IntegerDigits(std::string_view number) {
  constexpr int kFarther = 64;  // exponents beyond move the point out of every digit
  if (number.front() == '-') number.remove_prefix(1);
  int exponent = 0;
  if (const std::size_t e = number.find_first_of("eE"); e != std::string_view::npos) {
    std::string_view power = number.substr(e + 1);
    if (power.front() == '+') power.remove_prefix(1);
    const auto [end, problem] = std::from_chars(power.data(), power.data() + power.size(), exponent);
    if (problem != std::errc{}) exponent = power.front() == '-' ? -kFarther : kFarther;
    number = number.substr(0, e);
  }
  const std::size_t point = number.find('.');
  std::string digits(number.substr(0, point));
  auto whole = static_cast<std::ptrdiff_t>(digits.size());
  if (point != std::string_view::npos) digits += number.substr(point + 1);
  if (digits.find_first_not_of('0') == std::string::npos) return "0";
  whole += std::clamp(exponent, -kFarther, kFarther);
  const auto size = static_cast<std::ptrdiff_t>(digits.size());
  if (whole <= 0 || whole > size + kFarther) return std::nullopt;
  for (std::ptrdiff_t i = whole; i < size; ++i) {
    if (digits[static_cast<std::size_t>(i)] != '0') return std::nullopt;
  }
  digits.resize(static_cast<std::size_t>(whole), '0');
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.size() > 16) return std::nullopt;
  return digits;
}

// Value of "1.0" or "1e2", up to 2^53: beyond, other readers go through a double and see another number.
std::optional<std::int64_t> ExactInteger(std::string_view number) {
  const auto digits = IntegerDigits(number);
  if (!digits) return std::nullopt;
  std::int64_t value = 0;
  std::from_chars(digits->data(), digits->data() + digits->size(), value);
  if (value > kLargestExactInteger) return std::nullopt;
  return number.front() == '-' ? -value : value;
}

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::int8_t kNotBase64 = -1;

constexpr std::array<std::int8_t, 256> MakeDecodeTable() {
  std::array<std::int8_t, 256> table{};
  for (auto& entry : table) entry = kNotBase64;
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::int8_t>(i);
  }
  table['-'] = 62;
  table['_'] = 63;
  return table;
}
constexpr auto kDecode = MakeDecodeTable();

}  // namespace scalar_text

bool IsJsonNumber(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < text.size() && scalar_text::IsDigit(text[i])) ++i;
    return i - start;
  };
  if (i < text.size() && text[i] == '-') ++i;
  if (i < text.size() && text[i] == '0') {
    ++i;
  } else if (digits() == 0) {
    return false;
  }
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

std::optional<double> ParseReal(std::string_view number, bool single) {
  if (!IsJsonNumber(number)) return std::nullopt;
  double value = 0;
  const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (end != number.data() + number.size()) return std::nullopt;
  if (problem == std::errc::result_out_of_range) {
    // from_chars does not say on which side; strtod does (zero or infinity).
    value = std::strtod(std::string(number).c_str(), nullptr);
  }
  if (!std::isfinite(value)) return std::nullopt;
  if (single && std::isinf(static_cast<float>(value))) return std::nullopt;
  return value;
}

std::optional<std::int64_t> ParseSigned(std::string_view number) {
  const std::string_view digits = !number.empty() && number.front() == '-' ? number.substr(1) : number;
  if (!IsJsonNumber(number)) return std::nullopt;
  if (!scalar_text::HasOnlyDigits(digits)) {
    return scalar_text::ExactInteger(number);
  }
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (problem != std::errc{}) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> ParseUnsigned(std::string_view number) {
  if (!IsJsonNumber(number) || number.front() == '-') return std::nullopt;
  if (!scalar_text::HasOnlyDigits(number)) {
    const auto value = scalar_text::ExactInteger(number);
    if (!value) return std::nullopt;
    return static_cast<std::uint64_t>(*value);
  }
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (problem != std::errc{}) return std::nullopt;
  return value;
}

std::optional<SecondsAndNanos> ParseTimestamp(std::string_view text) {
  using namespace scalar_text;
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  std::int32_t nanos = 0;
  const bool shaped = TakeDigits(text, 4, year) && TakeChar(text, '-') && TakeDigits(text, 2, month) &&
                      TakeChar(text, '-') && TakeDigits(text, 2, day) && TakeChar(text, 'T') &&
                      TakeDigits(text, 2, hour) && TakeChar(text, ':') && TakeDigits(text, 2, minute) &&
                      TakeChar(text, ':') && TakeDigits(text, 2, second) && TakeFraction(text, nanos);
  if (!shaped || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok() || year == 0) return std::nullopt;
  std::chrono::seconds offset{0};
  if (text != "Z") {
    if (text.empty() || (text.front() != '+' && text.front() != '-')) return std::nullopt;
    const int sign = text.front() == '-' ? -1 : 1;
    text.remove_prefix(1);
    int hours = 0;
    int minutes = 0;
    if (!TakeDigits(text, 2, hours) || !TakeChar(text, ':') || !TakeDigits(text, 2, minutes) ||
        !text.empty() || hours > 23 || minutes > 59) {
      return std::nullopt;
    }
    offset = sign * (std::chrono::hours{hours} + std::chrono::minutes{minutes});
  }
  const auto time = std::chrono::hours{hour} + std::chrono::minutes{minute} + std::chrono::seconds{second};
  const std::int64_t seconds = (std::chrono::sys_days{date} + time - offset).time_since_epoch().count();
  if (seconds < kFirstSecond || seconds > kLastSecond) return std::nullopt;
  return SecondsAndNanos{seconds, nanos};
}

std::optional<std::string> FormatTimestamp(SecondsAndNanos value) {
  using namespace scalar_text;
  if (value.seconds < kFirstSecond || value.seconds > kLastSecond) return std::nullopt;
  if (value.nanos < 0 || value.nanos > 999'999'999) return std::nullopt;
  const std::chrono::sys_seconds time{std::chrono::seconds{value.seconds}};
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{midnight};
  const std::chrono::hh_mm_ss clock{time - midnight};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     Fraction(value.nanos));
}

std::optional<SecondsAndNanos> ParseDuration(std::string_view text) {
  using namespace scalar_text;
  const bool negative = TakeChar(text, '-');
  std::size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  if (digits == 0 || digits > 12) return std::nullopt;
  std::int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + digits, seconds);
  text.remove_prefix(digits);
  std::int32_t nanos = 0;
  if (!TakeFraction(text, nanos) || text != "s") return std::nullopt;
  if (seconds > kLongestDuration || (seconds == kLongestDuration && nanos > 0)) return std::nullopt;
  if (negative) return SecondsAndNanos{-seconds, -nanos};
  return SecondsAndNanos{seconds, nanos};
}

std::optional<std::string> FormatDuration(SecondsAndNanos value) {
  using namespace scalar_text;
  const bool in_range = value.seconds >= -kLongestDuration && value.seconds <= kLongestDuration &&
                        value.nanos > -1'000'000'000 && value.nanos < 1'000'000'000;
  const bool signs_agree =
      (value.seconds >= 0 && value.nanos >= 0) || (value.seconds <= 0 && value.nanos <= 0);
  if (!in_range || !signs_agree) return std::nullopt;
  const bool negative = value.seconds < 0 || value.nanos < 0;
  return fmt::format("{}{}{}s", negative ? "-" : "", std::abs(value.seconds),
                     Fraction(std::abs(value.nanos)));
}

bool DecodeBase64(std::string_view text, std::string& out) {
  using namespace scalar_text;
  std::size_t padding = 0;
  while (padding < 2 && !text.empty() && text.back() == '=') {
    text.remove_suffix(1);
    ++padding;
  }
  const std::size_t tail = text.size() % 4;
  if (tail == 1 || (padding != 0 && tail + padding != 4)) return false;
  const bool standard = text.find_first_of("+/") != std::string_view::npos;
  const bool url_safe = text.find_first_of("-_") != std::string_view::npos;
  if (standard && url_safe) return false;
  const std::size_t before = out.size();
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::int8_t value = kDecode[static_cast<std::uint8_t>(c)];
    if (value == kNotBase64) {
      out.resize(before);
      return false;
    }
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count));
    }
  }
  if ((bits & ((1u << count) - 1)) != 0) {
    out.resize(before);
    return false;
  }
  return true;
}

void EncodeBase64(std::string_view bytes, char* out) {
  using scalar_text::kAlphabet;
  std::size_t i = 0;
  const auto at = [&](std::size_t index) {
    return static_cast<std::uint32_t>(static_cast<std::uint8_t>(bytes[index]));
  };
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t word = at(i) << 16 | at(i + 1) << 8 | at(i + 2);
    *out++ = kAlphabet[word >> 18];
    *out++ = kAlphabet[word >> 12 & 63];
    *out++ = kAlphabet[word >> 6 & 63];
    *out++ = kAlphabet[word & 63];
  }
  const std::size_t rest = bytes.size() - i;
  if (rest == 0) return;
  const std::uint32_t word = at(i) << 16 | (rest == 2 ? at(i + 1) << 8 : 0);
  *out++ = kAlphabet[word >> 18];
  *out++ = kAlphabet[word >> 12 & 63];
  *out++ = rest == 2 ? kAlphabet[word >> 6 & 63] : '=';
  *out++ = '=';
}

std::optional<std::string> SnakePath(std::string_view camel) {
  std::string snake;
  char before = '.';
  for (const char c : camel) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.';
    if (!upper && !plain) return std::nullopt;
    // "YZ" and a capital in front have no field name that leads back to them.
    if (upper && (before == '.' || (before >= 'A' && before <= 'Z'))) return std::nullopt;
    before = c;
    if (upper) snake.push_back('_');
    snake.push_back(upper ? static_cast<char>(c - 'A' + 'a') : c);
  }
  if (snake.empty()) return std::nullopt;
  return snake;
}

std::optional<std::string> CamelPath(std::string_view snake) {
  std::string camel;
  bool raise = false;
  for (const char c : snake) {
    const bool lower = c >= 'a' && c <= 'z';
    if (raise && !lower) return std::nullopt;
    if (c == '_') {
      raise = true;
      continue;
    }
    if (!lower && !(c >= '0' && c <= '9') && c != '.') return std::nullopt;
    camel.push_back(raise ? static_cast<char>(c - 'a' + 'A') : c);
    raise = false;
  }
  // "_c" and "b_c_d" become what SnakePath refuses.
  if (raise || SnakePath(camel) != snake) return std::nullopt;
  return camel;
}

}  // namespace aplus::transcode
