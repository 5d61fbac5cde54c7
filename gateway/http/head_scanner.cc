#include "gateway/http/head_scanner.h"

#include <charconv>

namespace aplus::gateway {
namespace head_scanner {

// Fields of which a second one could be read differently by somebody: everything that the gateway looks at.
constexpr std::string_view kOnce[] = {
    "host",           "content-length", "content-type", "content-disposition", "content-encoding",
    "cookie",         "authorization",  "origin",       "idempotency-key",     "if-match",
    "if-none-match",  "range",          "if-range",     "last-event-id",       "x-aplus",
    "sec-fetch-site", "expect",         "user-agent",   "x-forwarded-for",     "accept-encoding",
};

constexpr bool IsControl(char c) {
  const auto byte = static_cast<std::uint8_t>(c);
  return byte < 0x20 || byte == 0x7f;
}

constexpr bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// RFC 9110 token characters. The underscore is one, yet refused in field names below: many readers map "-"
// and
// "_" to the same thing.
constexpr bool IsTokenCharacter(char c) {
  return IsAlphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool IsToken(std::string_view text) {
  for (const char c : text) {
    if (!IsTokenCharacter(c)) return false;
  }
  return !text.empty();
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 3986: pchar and what separates.
constexpr bool IsTargetCharacter(char c) {
  return IsAlphanumeric(c) || std::string_view("-._~!$&'()*+,;=:@/?%").find(c) != std::string_view::npos;
}

// One segment, escapes undone where it matters: "." and ".." in any spelling.
bool IsDotSegment(std::string_view segment) {
  std::size_t dots = 0;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] == '.') {
      ++dots;
    } else if (segment[i] == '%' && segment.size() - i >= 3 && segment[i + 1] == '2' &&
               (segment[i + 2] == 'e' || segment[i + 2] == 'E')) {
      ++dots;
      i += 2;
    } else {
      return false;
    }
  }
  return dots == 1 || dots == 2;
}

bool HasDotSegment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the slash
    const std::string_view segment = path.substr(0, path.find('/'));
    if (IsDotSegment(segment)) return true;
    path.remove_prefix(segment.size());
  }
  return false;
}

// Origin-form only; no fragment, no backslash, sound escapes, and no escaped slash, backslash or control
// character in the path.
bool IsSoundTarget(std::string_view target) {
  if (target.empty() || target.front() != '/') return false;
  const std::size_t question = std::min(target.find('?'), target.size());
  for (std::size_t i = 0; i < target.size(); ++i) {
    if (!IsTargetCharacter(target[i])) return false;
    if (target[i] != '%') continue;
    if (target.size() - i < 3) return false;
    const int high = HexDigit(target[i + 1]);
    const int low = HexDigit(target[i + 2]);
    if (high < 0 || low < 0) return false;
    const int byte = high << 4 | low;
    if (byte == 0) return false;
    if (i < question && (byte < 0x20 || byte == 0x7f || byte == '/' || byte == '\\')) return false;
  }
  return !HasDotSegment(target.substr(0, question));
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool ParseLength(std::string_view text, std::uint64_t& length) {
  constexpr std::size_t kMaxDigits = 10;
  if (text.empty() || text.size() > kMaxDigits) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
  }
  std::from_chars(text.data(), text.data() + text.size(), length);
  return true;
}

bool ListHasToken(std::string_view list, std::string_view wanted) {
  while (true) {
    const std::string_view item = list.substr(0, list.find(','));
    if (EqualsIgnoreCase(Trim(item), wanted)) return true;
    if (item.size() == list.size()) return false;
    list.remove_prefix(item.size() + 1);
  }
}

}  // namespace head_scanner

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string_view RequestHead::Find(std::string_view name) const {
  for (std::size_t i = 0; i < field_count; ++i) {
    if (EqualsIgnoreCase(fields[i].name, name)) return fields[i].value;
  }
  return {};
}

bool RequestHead::Has(std::string_view name) const {
  for (std::size_t i = 0; i < field_count; ++i) {
    if (EqualsIgnoreCase(fields[i].name, name)) return true;
  }
  return false;
}

int StatusOf(HeadFault fault) {
  switch (fault) {
    case HeadFault::kUnknownMethod:
      return 405;
    case HeadFault::kLengthRequired:
      return 411;
    case HeadFault::kTargetTooLong:
      return 414;
    case HeadFault::kHeadTooLarge:
      return 431;
    case HeadFault::kVersion:
      return 505;
    default:
      return 400;
  }
}

void HeadScanner::Reset() { *this = HeadScanner(*hosts_); }

HeadScanner::Verdict HeadScanner::Refuse(HeadFault fault) {
  fault_ = fault;
  return Verdict::kRefused;
}

HeadScanner::Verdict HeadScanner::Scan(std::string_view bytes) {
  bytes_ = bytes;
  for (; at_ < bytes.size(); ++at_) {
    const char c = bytes[at_];
    const std::size_t in_line = at_ - line_start_;
    const bool after_return = in_line > 0 && bytes[at_ - 1] == '\r';
    if (at_ >= kMaxHead) return Refuse(have_line_ ? HeadFault::kHeadTooLarge : HeadFault::kTargetTooLong);
    if (after_return != (c == '\n')) return Refuse(HeadFault::kMalformed);
    if (c == '\n') {
      const std::string_view line = bytes.substr(line_start_, in_line - 1);
      line_start_ = at_ + 1;
      HeadFault fault;
      if (have_line_ && line.empty()) {
        ++at_;
        fault = Conclude();
        return fault == HeadFault::kNone ? Verdict::kComplete : Refuse(fault);
      }
      fault = have_line_ ? TakeField(line) : TakeRequestLine(line);
      have_line_ = true;
      if (fault != HeadFault::kNone) return Refuse(fault);
      continue;
    }
    if (head_scanner::IsControl(c) && c != '\r' && c != '\t') return Refuse(HeadFault::kMalformed);
    if (in_line >= kMaxLine + (c == '\r' ? 1 : 0)) {
      return Refuse(have_line_ ? HeadFault::kHeadTooLarge : HeadFault::kTargetTooLong);
    }
  }
  return Verdict::kMore;
}

HeadFault HeadScanner::TakeRequestLine(std::string_view line) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return HeadFault::kMalformed;
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!head_scanner::IsToken(method)) return HeadFault::kMalformed;
  const bool shaped = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' &&
                      version[5] >= '0' && version[5] <= '9' && version[7] >= '0' && version[7] <= '9';
  if (!shaped) return HeadFault::kMalformed;
  if (version != "HTTP/1.1") return HeadFault::kVersion;
  const auto known = transcode::HttpMethodFromName(method);
  if (!known) return HeadFault::kUnknownMethod;
  if (target.size() > kMaxTarget) return HeadFault::kTargetTooLong;
  if (!head_scanner::IsSoundTarget(target)) return HeadFault::kMalformed;
  head_.method = *known;
  target_start_ = static_cast<std::uint32_t>(target.data() - bytes_.data());
  target_size_ = static_cast<std::uint32_t>(target.size());
  return HeadFault::kNone;
}

HeadFault HeadScanner::TakeField(std::string_view line) {
  // A line that begins with white space continues the one before (obs-fold): refused, as its first character
  // is none of a name.
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return HeadFault::kMalformed;
  const std::string_view name = line.substr(0, colon);
  if (!head_scanner::IsToken(name) || name.find('_') != std::string_view::npos) return HeadFault::kMalformed;
  const std::string_view value = head_scanner::Trim(line.substr(colon + 1));
  if (head_.field_count == kMaxHeadFields) return HeadFault::kHeadTooLarge;
  offsets_[head_.field_count++] = {
      static_cast<std::uint32_t>(name.data() - bytes_.data()), static_cast<std::uint32_t>(name.size()),
      static_cast<std::uint32_t>(value.data() - bytes_.data()), static_cast<std::uint32_t>(value.size())};
  return TakeKnownField(name, value);
}

HeadFault HeadScanner::TakeKnownField(std::string_view name, std::string_view value) {
  for (std::size_t i = 0; i < std::size(head_scanner::kOnce); ++i) {
    if (!EqualsIgnoreCase(name, head_scanner::kOnce[i])) continue;
    const std::uint64_t bit = std::uint64_t{1} << i;
    if ((seen_ & bit) != 0) return HeadFault::kMalformed;
    seen_ |= bit;
    break;
  }
  if (EqualsIgnoreCase(name, "transfer-encoding")) return HeadFault::kLengthRequired;
  if (EqualsIgnoreCase(name, "content-length")) {
    if (!head_scanner::ParseLength(value, head_.content_length)) return HeadFault::kMalformed;
    has_length_ = true;
  } else if (EqualsIgnoreCase(name, "host")) {
    for (const std::string& host : *hosts_) {
      if (EqualsIgnoreCase(host, value)) return HeadFault::kNone;
    }
    return HeadFault::kWrongHost;
  } else if (EqualsIgnoreCase(name, "connection")) {
    if (head_scanner::ListHasToken(value, "close")) head_.keep_alive = false;
  } else if (EqualsIgnoreCase(name, "expect")) {
    head_.expects_continue = EqualsIgnoreCase(value, "100-continue");
  }
  return HeadFault::kNone;
}

HeadFault HeadScanner::Conclude() {
  if ((seen_ & 1) == 0) return HeadFault::kMalformed;  // no Host
  if (head_.IsSafe() && head_.content_length != 0) return HeadFault::kMalformed;
  if (!head_.IsSafe() && head_.method != HttpMethod::kDelete && !has_length_)
    return HeadFault::kLengthRequired;
  for (std::size_t i = 0; i < head_.field_count; ++i) {
    const FieldOffsets& offsets = offsets_[i];
    head_.fields[i] = {bytes_.substr(offsets.name, offsets.name_size),
                       bytes_.substr(offsets.value, offsets.value_size)};
  }
  head_.target = bytes_.substr(target_start_, target_size_);
  const std::size_t question = head_.target.find('?');
  head_.path = head_.target.substr(0, question);
  head_.query = question == std::string_view::npos ? std::string_view() : head_.target.substr(question + 1);
  return HeadFault::kNone;
}

}  // namespace aplus::gateway
