#include "services/files/domain/disposition.h"

#include <cstdint>

#include "libs/base/text.h"

namespace aplus::files {
namespace disposition {

// RFC 9110 token.
bool IsTokenChar(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

// RFC 8187 attr-char.
bool IsAttrChar(char c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return true;
  return std::string_view("!#$&+-.^_`|~").find(c) != std::string_view::npos;
}

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Walks over the value; every step answers false where the form is not kept.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }
  void SkipSpace() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t')) rest_.remove_prefix(1);
  }
  bool Take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool Token(std::string_view& token) {
    std::size_t length = 0;
    while (length < rest_.size() && IsTokenChar(rest_[length])) ++length;
    token = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return length > 0;
  }
  // A token or a quoted string. Browsers quote; a backslash stands before what it protects.
  bool Value(std::string& value) {
    std::string_view token;
    if (!Take('"')) {
      if (!Token(token)) return false;
      value.assign(token);
      return true;
    }
    value.clear();
    while (!rest_.empty()) {
      char c = rest_.front();
      rest_.remove_prefix(1);
      if (c == '"') return true;
      if (c == '\\') {
        if (rest_.empty()) return false;
        c = rest_.front();
        rest_.remove_prefix(1);
      }
      if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
      value.push_back(c);
    }
    return false;
  }

 private:
  std::string_view rest_;
};

std::string Latin1ToUtf8(std::string_view text) {
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8.push_back(c);
    } else {
      utf8.push_back(static_cast<char>(0xc0 | byte >> 6));
      utf8.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  return utf8;
}

// RFC 8187: charset'language'percent-encoded.
std::optional<std::string> DecodeExtended(std::string_view value) {
  const std::size_t first = value.find('\'');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = value.find('\'', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const std::string_view charset = value.substr(0, first);
  const std::string_view encoded = value.substr(second + 1);
  std::string bytes;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      if (!IsAttrChar(encoded[i])) return std::nullopt;
      bytes.push_back(encoded[i]);
      continue;
    }
    if (encoded.size() - i < 3) return std::nullopt;
    const int high = HexDigit(encoded[i + 1]), low = HexDigit(encoded[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  if (EqualsIgnoringCase(charset, "iso-8859-1")) return Latin1ToUtf8(bytes);
  if (!EqualsIgnoringCase(charset, "utf-8") || !IsValidUtf8(bytes)) return std::nullopt;
  return bytes;
}

}  // namespace disposition

std::optional<std::string> NameInDisposition(std::string_view value) {
  disposition::Reader reader(value);
  std::string_view type;
  reader.SkipSpace();
  if (!reader.Token(type)) return std::nullopt;
  std::optional<std::string> plain, extended;
  bool extended_seen = false;
  for (;;) {
    reader.SkipSpace();
    if (reader.AtEnd()) break;
    if (!reader.Take(';')) return std::nullopt;
    reader.SkipSpace();
    if (reader.AtEnd()) break;  // a last semicolon with nothing behind it
    std::string_view name;
    std::string text;
    if (!reader.Token(name)) return std::nullopt;
    reader.SkipSpace();
    if (!reader.Take('=')) return std::nullopt;
    reader.SkipSpace();
    if (!reader.Value(text)) return std::nullopt;
    // The same parameter twice: two readers would take two names.
    if (disposition::EqualsIgnoringCase(name, "filename")) {
      if (plain) return std::nullopt;
      plain = std::move(text);
    } else if (disposition::EqualsIgnoringCase(name, "filename*")) {
      if (extended_seen) return std::nullopt;
      extended_seen = true;
      extended = disposition::DecodeExtended(text);
    }
  }
  if (extended) return extended;
  if (plain && !IsValidUtf8(*plain)) plain = disposition::Latin1ToUtf8(*plain);
  return plain;
}

std::string WriteDisposition(Disposition disposition, std::string_view name) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string fallback, extended;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    // One underscore per character, not per byte. A percent sign would be decoded by some clients.
    if (byte >= 0x80) {
      if ((byte & 0xc0) != 0x80) fallback.push_back('_');
    } else if (byte < 0x20 || byte == 0x7f || c == '"' || c == '\\' || c == '%') {
      fallback.push_back('_');
    } else {
      fallback.push_back(c);
    }
    if (disposition::IsAttrChar(c)) {
      extended.push_back(c);
    } else {
      extended.push_back('%');
      extended.push_back(kHex[byte >> 4]);
      extended.push_back(kHex[byte & 15]);
    }
  }
  return std::string(disposition == Disposition::kInline ? "inline" : "attachment") + "; filename=\"" +
         fallback + "\"; filename*=UTF-8''" + extended;
}

}  // namespace aplus::files
