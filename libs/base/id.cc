#include "libs/base/id.h"

#include <algorithm>

namespace aplus {
namespace uuid_text {

constexpr char kDigits[] = "0123456789abcdef";
constexpr std::size_t kLength = 36;

constexpr bool IsHyphenAt(std::size_t position) {
  return position == 8 || position == 13 || position == 18 || position == 23;
}

constexpr int DigitValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace uuid_text

std::string FormatUuid(const UuidBytes& bytes) {
  std::string text;
  text.reserve(uuid_text::kLength);
  for (std::uint8_t byte : bytes) {
    if (uuid_text::IsHyphenAt(text.size())) text.push_back('-');
    text.push_back(uuid_text::kDigits[byte >> 4]);
    text.push_back(uuid_text::kDigits[byte & 0x0f]);
  }
  return text;
}

std::optional<UuidBytes> ParseUuid(std::string_view text) {
  if (text.size() != uuid_text::kLength) return std::nullopt;
  UuidBytes bytes{};
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (uuid_text::IsHyphenAt(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = uuid_text::DigitValue(text[i]);
    if (value < 0) return std::nullopt;
    bytes[nibble / 2] = static_cast<std::uint8_t>((bytes[nibble / 2] << 4) | value);
    ++nibble;
  }
  return bytes;
}

// RFC 9562 section 5.7: 48 bits of Unix milliseconds, version 7, 12 random bits, variant 10, 62 random bits.
UuidBytes NewUuid(const Clock& clock, Random& random) {
  using std::chrono::milliseconds;
  const auto since_epoch = std::chrono::floor<milliseconds>(clock.Now()).time_since_epoch();
  const auto milli = static_cast<std::uint64_t>(std::max<milliseconds::rep>(since_epoch.count(), 0));
  UuidBytes bytes{};
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(milli >> (8 * (5 - i)));
  random.Fill(std::span(bytes).subspan(6));
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0f) | 0x70);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3f) | 0x80);
  return bytes;
}

}  // namespace aplus
