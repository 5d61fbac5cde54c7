#include "gateway/transcode/json_scanner.h"

#include <cstring>

#include "gateway/transcode/scalar_text.h"

namespace aplus::transcode {
namespace json_scanner {

constexpr std::uint64_t kOnes = 0x0101010101010101u;
constexpr std::uint64_t kHighs = 0x8080808080808080u;

constexpr std::uint64_t HasByte(std::uint64_t word, std::uint8_t byte) {
  const std::uint64_t x = word ^ (kOnes * byte);
  return (x - kOnes) & ~x & kHighs;
}
constexpr std::uint64_t HasControl(std::uint64_t word) { return (word - kOnes * 0x20) & ~word & kHighs; }

// First byte that ends a run of plain characters: quote, backslash or control; `end` when none.
const char* FindSpecial(const char* at, const char* end) {
  while (end - at >= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    if ((HasByte(word, '"') | HasByte(word, '\\') | HasControl(word)) != 0) break;
    at += 8;
  }
  while (at != end && *at != '"' && *at != '\\' && static_cast<std::uint8_t>(*at) >= 0x20) ++at;
  return at;
}

bool IsNumberCharacter(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

void AppendUtf8(std::uint32_t code, std::string& out) {
  if (code < 0x80) {
    out.push_back(static_cast<char>(code));
  } else if (code < 0x800) {
    out.push_back(static_cast<char>(0xc0 | code >> 6));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else if (code < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | code >> 12));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  } else {
    out.push_back(static_cast<char>(0xf0 | code >> 18));
    out.push_back(static_cast<char>(0x80 | (code >> 12 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (code >> 6 & 0x3f)));
    out.push_back(static_cast<char>(0x80 | (code & 0x3f)));
  }
}

}  // namespace json_scanner

void JsonScanner::SkipSpace() {
  while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
}

char JsonScanner::Peek() {
  SkipSpace();
  return at_ == end_ ? '\0' : *at_;
}

bool JsonScanner::Take(char wanted) {
  SkipSpace();
  if (at_ == end_ || *at_ != wanted) return Fault(JsonFault::kSyntax);
  ++at_;
  return true;
}

bool JsonScanner::AtEnd() {
  SkipSpace();
  return at_ == end_;
}

bool JsonScanner::ReadString(std::string& scratch, std::string_view& text) {
  if (!Take('"')) return false;
  const char* stop = json_scanner::FindSpecial(at_, end_);
  if (stop != end_ && *stop == '"') {
    text = std::string_view(at_, static_cast<std::size_t>(stop - at_));
    at_ = stop + 1;
    return true;
  }
  scratch.clear();
  if (!ReadEscaped(scratch)) return false;
  text = scratch;
  return true;
}

bool JsonScanner::ReadEscaped(std::string& scratch) {
  while (true) {
    const char* stop = json_scanner::FindSpecial(at_, end_);
    scratch.append(at_, stop);
    at_ = stop;
    if (at_ == end_) return Fault(JsonFault::kSyntax);
    const char c = *at_++;
    if (c == '"') return true;
    if (c == '\0') return Fault(JsonFault::kNullCharacter);
    if (c != '\\') return Fault(JsonFault::kControl);
    if (!ReadEscape(scratch)) return false;
  }
}

bool JsonScanner::ReadEscape(std::string& scratch) {
  if (at_ == end_) return Fault(JsonFault::kSyntax);
  switch (*at_++) {
    case '"':
      scratch.push_back('"');
      return true;
    case '\\':
      scratch.push_back('\\');
      return true;
    case '/':
      scratch.push_back('/');
      return true;
    case 'b':
      scratch.push_back('\b');
      return true;
    case 'f':
      scratch.push_back('\f');
      return true;
    case 'n':
      scratch.push_back('\n');
      return true;
    case 'r':
      scratch.push_back('\r');
      return true;
    case 't':
      scratch.push_back('\t');
      return true;
    case 'u':
      break;
    default:
      return Fault(JsonFault::kSyntax);
  }
  std::uint32_t code;
  if (!ReadHex4(code)) return false;
  if (code == 0) return Fault(JsonFault::kNullCharacter);
  if (code >= 0xdc00 && code <= 0xdfff) return Fault(JsonFault::kSurrogate);
  if (code >= 0xd800 && code <= 0xdbff) {
    std::uint32_t low;
    if (end_ - at_ < 2 || at_[0] != '\\' || at_[1] != 'u') return Fault(JsonFault::kSurrogate);
    at_ += 2;
    if (!ReadHex4(low)) return false;
    if (low < 0xdc00 || low > 0xdfff) return Fault(JsonFault::kSurrogate);
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  json_scanner::AppendUtf8(code, scratch);
  return true;
}

bool JsonScanner::ReadHex4(std::uint32_t& value) {
  if (end_ - at_ < 4) return Fault(JsonFault::kSyntax);
  value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = *at_++;
    std::uint32_t digit;
    if (c >= '0' && c <= '9') {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint32_t>(c - 'A' + 10);
    } else {
      return Fault(JsonFault::kSyntax);
    }
    value = value << 4 | digit;
  }
  return true;
}

bool JsonScanner::ReadNumber(std::string_view& token) {
  SkipSpace();
  const char* start = at_;
  while (at_ != end_ && json_scanner::IsNumberCharacter(*at_)) ++at_;
  token = std::string_view(start, static_cast<std::size_t>(at_ - start));
  if (!IsJsonNumber(token)) return Fault(JsonFault::kSyntax);
  return true;
}

bool JsonScanner::ReadWord(std::string_view word) {
  SkipSpace();
  if (static_cast<std::size_t>(end_ - at_) < word.size() || std::string_view(at_, word.size()) != word) {
    return Fault(JsonFault::kSyntax);
  }
  at_ += word.size();
  return true;
}

}  // namespace aplus::transcode
