#include "libs/telemetry/redaction.h"

#include <algorithm>

#include "libs/base/text.h"

namespace aplus::log {
namespace redaction {

constexpr std::size_t kMaxTextBytes = 500;
constexpr std::size_t kMaxCodeBytes = 128;
constexpr std::size_t kTokenCharacters = 24;
constexpr std::size_t kPersonalDigits = 6;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsWord(char c) { return IsDigit(c) || IsUpper(c) || IsLower(c); }
bool IsTokenCharacter(char c) { return IsWord(c) || c == '-' || c == '_' || c == '+' || c == '='; }
// What people put between the digits of one number.
bool IsNumberSeparator(char c) {
  return c == ' ' || c == '.' || c == '-' || c == '/' || c == '(' || c == ')';
}

// A long run of letters and digits mixed: tokens and keys. Words have no digits, names of methods have dots.
// `both_cases`: only runs with both cases, so that UUIDs and trace ids pass.
bool HoldsToken(std::string_view text, bool both_cases) {
  std::size_t run = 0, digits = 0, upper = 0, lower = 0;
  for (char c : text) {
    if (!IsTokenCharacter(c)) {
      run = digits = upper = lower = 0;
      continue;
    }
    ++run;
    digits += IsDigit(c) ? 1 : 0;
    upper += IsUpper(c) ? 1 : 0;
    lower += IsLower(c) ? 1 : 0;
    const bool mixed = both_cases ? upper > 0 && lower > 0 : upper + lower > 0;
    if (run >= kTokenCharacters && digits > 0 && mixed) return true;
  }
  return false;
}

// Marks what must not be seen.
std::string Mask(std::string_view text) {
  std::string hide(text.size(), 0);
  const auto mark = [&](std::size_t from, std::size_t to) { std::fill_n(hide.data() + from, to - from, 1); };
  // Numbers of people: digits, possibly separated.
  for (std::size_t i = 0; i < text.size();) {
    if (!IsDigit(text[i])) {
      ++i;
      continue;
    }
    // Our own machine is nobody's number, and every failed connection quotes it.
    constexpr std::string_view kLoopback = "127.0.0.1";
    if (text.substr(i).starts_with(kLoopback) &&
        (i == 0 || !IsNumberSeparator(text[i - 1]) || text[i - 1] == ' ') &&
        (i + kLoopback.size() == text.size() || !IsDigit(text[i + kLoopback.size()]))) {
      i += kLoopback.size();
      continue;
    }
    std::size_t end = i, digits = 0, last_digit = i;
    bool wide_gap = false;
    while (end < text.size() && !wide_gap) {
      if (IsDigit(text[end])) {
        ++digits;
        last_digit = ++end;
      } else if (IsNumberSeparator(text[end]) || text[end] == 'A' || text[end] == 'B') {
        wide_gap = end - last_digit >= 1;
        ++end;
      } else {
        break;
      }
    }
    if (digits >= kPersonalDigits) mark(i, last_digit);
    i = std::max(last_digit, i + 1);
  }
  // Words that hold an @ or look like a token.
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == ' ') {
      ++i;
      continue;
    }
    const std::size_t end = std::min(text.find(' ', i), text.size());
    const std::string_view word = text.substr(i, end - i);
    if (word.find('@') != std::string_view::npos || HoldsToken(word, false)) mark(i, end);
    i = end;
  }
  return hide;
}

}  // namespace redaction

bool LooksLikeCode(std::string_view text) {
  if (text.size() > redaction::kMaxCodeBytes) return false;
  for (char c : text) {
    if (!redaction::IsWord(c) && std::string_view("_-.:/*+,").find(c) == std::string_view::npos) return false;
  }
  return !redaction::HoldsToken(text, true);
}

std::string Redact(std::string_view text) {
  text = text.substr(0, redaction::kMaxTextBytes);
  // A character cut in two at the end is no reason to lose the rest.
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80 && !IsValidUtf8(text)) {
    text.remove_suffix(1);
  }
  if (!text.empty() && static_cast<unsigned char>(text.back()) >= 0xc0) text.remove_suffix(1);
  std::string clean(text);
  const bool valid = IsValidUtf8(clean);
  for (char& c : clean) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) c = ' ';
    if (byte >= 0x80 && !valid) c = '?';
  }
  const std::string hide = redaction::Mask(clean);
  std::string out;
  for (std::size_t i = 0; i < clean.size();) {
    if (hide[i] == 0) {
      out.push_back(clean[i++]);
      continue;
    }
    while (i < clean.size() && hide[i] != 0) ++i;
    out += kRedacted;
  }
  return out;
}

}  // namespace aplus::log
