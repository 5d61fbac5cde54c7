#include "services/notifications/domain/encoding.h"

#include <algorithm>
#include <array>

#include "libs/base/text.h"

namespace aplus::notifications {
namespace encoding {

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kHex = "0123456789ABCDEF";
constexpr std::size_t kLine = 76;

bool IsPrintable(char c) { return c >= 0x20 && c < 0x7f; }

// Length of the UTF-8 sequence that begins with this byte, as far as its lead says.
std::size_t SequenceLength(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xe0) return 2;
  if (lead < 0xf0) return 3;
  return 4;
}

// Valid UTF-8 without control characters.
std::string Clean(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) {
      out.push_back(' ');
      ++i;
      continue;
    }
    const std::size_t length = SequenceLength(byte);
    if (i + length <= text.size() && IsValidUtf8(text.substr(i, length))) {
      out.append(text.substr(i, length));
      i += length;
    } else {
      out.append("\xef\xbf\xbd");
      ++i;
    }
  }
  return out;
}

std::string Base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out.push_back(k <= count ? kBase64[group >> (18 - 6 * k) & 63] : '=');
    }
  }
  return out;
}

// RFC 2047: each word at most 75 characters and whole characters, words joined by folding white space. Base64
// throughout: French text has an accent in most words, and one form is easier to trust than two.
// `column`: where the first word begins; a line with encoded words has at most 76 characters.
std::string EncodedWords(std::string_view clean, std::size_t column) {
  constexpr std::size_t kFrame = 12;  // "=?UTF-8?B?" and "?="
  std::string out;
  std::size_t start = 0;
  while (start < clean.size()) {
    const std::size_t room = out.empty() ? kLine - std::min<std::size_t>(column, 40) : kLine - 1;
    const std::size_t bytes = (room - kFrame) / 4 * 3;
    std::size_t end = start;
    while (end < clean.size()) {
      const std::size_t length = SequenceLength(static_cast<unsigned char>(clean[end]));
      if (end + length - start > bytes) break;
      end += length;
    }
    if (!out.empty()) out.append("\r\n ");
    out.append("=?UTF-8?B?").append(Base64(clean.substr(start, end - start))).append("?=");
    start = end;
  }
  return out;
}

bool NeedsEncoding(std::string_view clean) {
  // "=?" in plain text would be read as an encoded word.
  return !std::all_of(clean.begin(), clean.end(), IsPrintable) || clean.find("=?") != std::string_view::npos;
}

// Breaks at blanks so that lines stay below 78 where the words allow it.
std::string Fold(std::string_view name, std::string_view value) {
  std::string out(name);
  out.push_back(':');
  std::size_t column = out.size();
  while (!value.empty()) {
    const std::size_t blank = value.find(' ');
    const std::string_view word = value.substr(0, blank);
    if (!word.empty()) {
      if (column + 1 + word.size() > kLine && column > name.size() + 1) {
        out.append("\r\n");
        column = 0;
      }
      out.push_back(' ');
      out.append(word);
      column += 1 + word.size();
    }
    if (blank == std::string_view::npos) break;
    value.remove_prefix(blank + 1);
  }
  return out.append("\r\n");
}

bool IsAtomCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos;
}

bool IsDotAtom(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  char last = 'a';
  for (const char c : text) {
    if (c == '.' ? last == '.' : !IsAtomCharacter(c)) return false;
    last = c;
  }
  return true;
}

bool IsDomain(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  std::size_t label = 0;
  char last = '.';
  for (const char c : text) {
    const bool alnum = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (c == '.') {
      if (label == 0 || last == '-') return false;
      label = 0;
    } else if (alnum || (c == '-' && label > 0)) {
      if (++label > 63) return false;
    } else {
      return false;
    }
    last = c;
  }
  return label > 0 && last != '-';
}

}  // namespace encoding

std::string Header(std::string_view name, std::string_view value) {
  const std::string clean = encoding::Clean(value);
  if (!encoding::NeedsEncoding(clean)) return encoding::Fold(name, clean);
  std::string out(name);
  out.append(": ");
  return out.append(encoding::EncodedWords(clean, out.size())).append("\r\n");
}

std::string TokenHeader(std::string_view name, std::string_view value) {
  std::string kept;
  std::copy_if(value.begin(), value.end(), std::back_inserter(kept), encoding::IsPrintable);
  return std::string(name).append(": ").append(kept).append("\r\n");
}

std::string DisplayName(std::string_view name) {
  const std::string clean = encoding::Clean(name);
  if (encoding::NeedsEncoding(clean)) return encoding::EncodedWords(clean, std::string_view("From: ").size());
  std::string quoted = "\"";
  for (const char c : clean) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted.append("\"");
}

std::string QuotedPrintable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 4);
  std::size_t column = 0;
  const auto put = [&](std::string_view piece) {
    // One place stays free for the "=" of a soft line break.
    if (column + piece.size() > encoding::kLine - 1) {
      out.append("=\r\n");
      column = 0;
    }
    out.append(piece);
    column += piece.size();
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out.append("\r\n");
      column = 0;
      continue;
    }
    const bool at_end = i + 1 == text.size() || text[i + 1] == '\n';
    const bool blank = c == ' ' || c == '\t';
    const bool literal = blank ? !at_end : encoding::IsPrintable(c) && c != '=';
    // "From " at a line's start is rewritten by some mail stores; a leading dot is the transport's business,
    // but encoded it cannot go wrong there either.
    const bool begins_line = column == 0 || column >= encoding::kLine - 1;
    if (literal && !(begins_line && (c == 'F' || c == '.'))) {
      put({&text[i], 1});
    } else {
      const auto byte = static_cast<unsigned char>(c);
      const std::array<char, 3> escaped{'=', encoding::kHex[byte >> 4], encoding::kHex[byte & 15]};
      put({escaped.data(), escaped.size()});
    }
  }
  return out;
}

std::string EscapeHtml(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (const char c : text) {
    switch (c) {
      case '&':
        out.append("&amp;");
        break;
      case '<':
        out.append("&lt;");
        break;
      case '>':
        out.append("&gt;");
        break;
      case '"':
        out.append("&quot;");
        break;
      case '\'':
        out.append("&#39;");
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

bool IsPlainAddress(std::string_view address) {
  if (address.size() > 254) return false;
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos || at > 64) return false;
  return encoding::IsDotAtom(address.substr(0, at)) && encoding::IsDomain(address.substr(at + 1));
}

std::string HarmlessLine(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string out;
  const std::string clean = encoding::Clean(text);
  std::size_t characters = 0;
  for (std::size_t i = 0; i < clean.size() && characters < kLongest;) {
    const std::size_t length = encoding::SequenceLength(static_cast<unsigned char>(clean[i]));
    const char c = clean[i];
    const auto lead = static_cast<unsigned char>(c);
    // Of the letters beyond ASCII the accented Latin ones (U+00C0 to U+017F): no full stops of other scripts.
    const bool accented = length == 2 && lead >= 0xc3 && lead <= 0xc5;
    const auto digit = [&](std::size_t at) {
      return at < clean.size() && clean[at] >= '0' && clean[at] <= '9';
    };
    // Without dots between letters, slashes, colons and at signs there is no address left to click on.
    const bool kept = accented || c == ' ' || c == ',' || c == '-' || c == '(' || c == ')' ||
                      (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c == '.' && i > 0 && digit(i - 1) && digit(i + 1));
    if (kept) {
      out.append(clean, i, length);
      ++characters;
    } else if (!out.empty() && out.back() != ' ') {
      out.push_back(' ');
      ++characters;
    }
    i += length;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace aplus::notifications
