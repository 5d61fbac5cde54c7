#include "libs/base/text.h"

#include <utf8proc.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace aplus {
namespace unicode {

using Codepoint = utf8proc_int32_t;

// Calls visit(codepoint, bytes) for each character; false as soon as something is not UTF-8.
template <class Visit>
bool ForEach(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto* data = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
    Codepoint codepoint = -1;
    const utf8proc_ssize_t length =
        utf8proc_iterate(data, static_cast<utf8proc_ssize_t>(text.size()), &codepoint);
    if (length <= 0) return false;
    visit(codepoint, text.substr(0, static_cast<std::size_t>(length)));
    text.remove_prefix(static_cast<std::size_t>(length));
  }
  return true;
}

constexpr bool IsBidiControl(Codepoint c) {
  return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

constexpr bool IsControl(Codepoint c) { return c < 0x20 || (c >= 0x7f && c < 0xa0); }

// Line ends that are not control characters to be dropped: CR, NEL, line and paragraph separators.
constexpr bool IsLineEnd(Codepoint c) {
  return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

bool IsSpace(Codepoint c) {
  return c == '\t' || IsLineEnd(c) || utf8proc_category(c) == UTF8PROC_CATEGORY_ZS;
}

bool IsWordPart(Codepoint c) {
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return true;
    default:
      return false;
  }
}

// Something that a reader sees: neither space nor mark without its letter, and none of the characters that
// are made to be invisible (zero-width space and joiners, fillers).
bool IsVisible(Codepoint c) {
  if (c == 0x115f || c == 0x1160 || c == 0x2800 || c == 0x3164 || c == 0xffa0) return false;
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
      return false;
    default:
      return true;
  }
}

bool AnyVisible(std::string_view text) {
  bool any = false;
  ForEach(text, [&](Codepoint c, std::string_view) { any = any || IsVisible(c); });
  return any;
}

// Letters that Unicode does not decompose and that people type without thinking of them as letters apart.
constexpr std::string_view WithoutStroke(Codepoint c) {
  switch (c) {
    case 0x0153:
      return "oe";  // œ
    case 0x00e6:
      return "ae";  // æ
    case 0x00f8:
      return "o";  // ø
    case 0x0142:
      return "l";  // ł
    case 0x0111:
      return "d";  // đ
    case 0x0131:
      return "i";  // ı
    default:
      return {};
  }
}

// The input is UTF-8 of a size that was checked, so that only memory can be missing.
std::string Map(std::string_view text, int options) {
  utf8proc_uint8_t* mapped = nullptr;
  const utf8proc_ssize_t length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                               static_cast<utf8proc_ssize_t>(text.size()), &mapped,
                                               static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  if (length < 0) throw std::bad_alloc();
  return std::string(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length));
}

std::string ToNfc(std::string_view text) { return Map(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE); }

}  // namespace unicode

bool IsValidUtf8(std::string_view text) {
  return unicode::ForEach(text, [](unicode::Codepoint, std::string_view) {});
}

// Characters are taken out before composing: a letter and its accent that a control kept apart must meet.
std::optional<std::string> NormaliseText(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  bool after_return = false;
  const bool valid = unicode::ForEach(text, [&](unicode::Codepoint c, std::string_view bytes) {
    const bool second_of_crlf = after_return && c == '\n';
    after_return = c == '\r';
    if (second_of_crlf || unicode::IsBidiControl(c)) return;
    if (unicode::IsLineEnd(c)) {
      kept.push_back('\n');
    } else if (c == '\t' || !unicode::IsControl(c)) {
      kept.append(bytes);
    }
  });
  if (!valid) return std::nullopt;
  if (!unicode::AnyVisible(kept)) return std::string();
  return unicode::ToNfc(kept);
}

std::optional<std::string> NormaliseLine(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  bool space_due = false;
  const bool valid = unicode::ForEach(text, [&](unicode::Codepoint c, std::string_view bytes) {
    if (unicode::IsSpace(c)) {
      space_due = !kept.empty();
    } else if (!unicode::IsBidiControl(c) && !unicode::IsControl(c)) {
      if (space_due) kept.push_back(' ');
      space_due = false;
      kept.append(bytes);
    }
  });
  if (!valid) return std::nullopt;
  if (!unicode::AnyVisible(kept)) return std::string();
  return unicode::ToNfc(kept);
}

std::optional<std::size_t> CountCharacters(std::string_view text) {
  std::size_t count = 0;
  if (!unicode::ForEach(text, [&](unicode::Codepoint, std::string_view) { ++count; })) return std::nullopt;
  return count;
}

std::optional<std::string> FoldForSearch(std::string_view text) {
  if (!IsValidUtf8(text)) return std::nullopt;
  // Marks go before case: folding the case of a Greek capital with its iota below would make a letter of the
  // mark, and the composed and the decomposed spelling would fold apart.
  constexpr int kStrip =
      UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
  const std::string folded = unicode::Map(unicode::Map(text, kStrip), kStrip | UTF8PROC_CASEFOLD);
  std::string opened;
  opened.reserve(folded.size());
  unicode::ForEach(folded, [&](unicode::Codepoint c, std::string_view bytes) {
    const std::string_view plain = unicode::WithoutStroke(c);
    opened.append(plain.empty() ? bytes : plain);
  });
  return opened;
}

std::optional<std::vector<std::string>> FoldedWords(std::string_view text) {
  const std::optional<std::string> folded = FoldForSearch(text);
  if (!folded) return std::nullopt;
  std::vector<std::string> words;
  bool inside = false;
  unicode::ForEach(*folded, [&](unicode::Codepoint c, std::string_view bytes) {
    const bool part = unicode::IsWordPart(c);
    if (part && !inside) words.emplace_back();
    if (part) words.back().append(bytes);
    inside = part;
  });
  return words;
}

}  // namespace aplus
