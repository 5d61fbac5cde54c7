#include "gateway/transcode/json_text.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <cmath>
#include <cstring>

namespace aplus::transcode {
namespace json_text {

constexpr std::uint64_t kOnes = 0x0101010101010101u;
constexpr std::uint64_t kHighs = 0x8080808080808080u;

constexpr std::uint64_t HasByte(std::uint64_t word, std::uint8_t byte) {
  const std::uint64_t x = word ^ (kOnes * byte);
  return (x - kOnes) & ~x & kHighs;
}

bool NeedsEscape(char c) { return static_cast<std::uint8_t>(c) < 0x20 || c == '"' || c == '\\'; }

// End of the run of characters that stand for themselves; notes whether one lies outside ASCII.
const char* FindEscaped(const char* at, const char* end, bool& beyond_ascii) {
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t control = (word - kOnes * 0x20) & ~word & kHighs;
    if ((HasByte(word, '"') | HasByte(word, '\\') | control) != 0) break;
    if ((word & kHighs) != 0) beyond_ascii = true;
    at += 8;
  }
  while (at != end && !NeedsEscape(*at)) {
    if (static_cast<std::uint8_t>(*at) >= 0x80) beyond_ascii = true;
    ++at;
  }
  return at;
}

void AppendEscape(char c, JsonBuffer& out) {
  switch (c) {
    case '"':
      return out.Append("\\\"");
    case '\\':
      return out.Append("\\\\");
    case '\n':
      return out.Append("\\n");
    case '\r':
      return out.Append("\\r");
    case '\t':
      return out.Append("\\t");
    default:
      break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto code = static_cast<std::uint8_t>(c);
  const char text[] = {'\\', 'u', '0', '0', kHex[code >> 4], kHex[code & 15]};
  out.Append(std::string_view(text, sizeof text));
}

template <class Integer>
void Digits(Integer value, JsonBuffer& out) {
  const fmt::format_int text(value);
  out.Append(std::string_view(text.data(), text.size()));
}

template <class Integer>
void Quoted(Integer value, JsonBuffer& out) {
  out.Append('"');
  Digits(value, out);
  out.Append('"');
}

template <class Real>
void Shortest(Real value, JsonBuffer& out) {
  if (std::isnan(value)) return out.Append("\"NaN\"");
  if (std::isinf(value)) return out.Append(value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
  constexpr std::size_t kLongest = 32;
  char* room = out.Room(kLongest);
  const auto [end, problem] = std::to_chars(room, room + kLongest, value);
  out.Advance(static_cast<std::size_t>(end - room));
}

}  // namespace json_text

bool AppendJsonString(std::string_view text, JsonBuffer& out) {
  using namespace json_text;
  const char* at = text.data();
  const char* const end = at + text.size();
  bool beyond_ascii = false;
  out.Room(text.size() + 2);
  out.Append('"');
  while (true) {
    const char* stop = FindEscaped(at, end, beyond_ascii);
    out.Append(std::string_view(at, static_cast<std::size_t>(stop - at)));
    if (stop == end) break;
    AppendEscape(*stop, out);
    at = stop + 1;
  }
  out.Append('"');
  return !beyond_ascii || simdjson::validate_utf8(text.data(), text.size());
}

void AppendInteger(std::int32_t value, JsonBuffer& out) { json_text::Digits(value, out); }
void AppendInteger(std::uint32_t value, JsonBuffer& out) { json_text::Digits(value, out); }
void AppendQuotedInteger(std::int64_t value, JsonBuffer& out) { json_text::Quoted(value, out); }
void AppendQuotedInteger(std::uint64_t value, JsonBuffer& out) { json_text::Quoted(value, out); }
void AppendReal(float value, JsonBuffer& out) { json_text::Shortest(value, out); }
void AppendReal(double value, JsonBuffer& out) { json_text::Shortest(value, out); }

}  // namespace aplus::transcode
