#include "services/files/domain/contents/phrases.h"

#include <algorithm>
#include <array>

#include "services/files/domain/contents/pieces.h"

namespace aplus::files {
namespace phrases {

constexpr std::array<std::string_view, 10> kMarkup{"<!doctype html", "<html", "<head>", "<head ", "<script",
                                                   "<iframe",        "<body", "<svg",   "<?php",  "<object"};

std::string LowerAscii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool IsScriptPunctuation(char c) {
  return std::string_view("=(,;:?!&|+-*/%^~<>[{ \t\r\n\v\f").find(c) != std::string_view::npos;
}

// Whether the string that opens at `quote` ends on its line (a template anywhere) and a script goes on
// behind.
bool ClosesString(std::string_view text, std::size_t quote) {
  const std::size_t close = text.find(text[quote], quote + 1);
  if (close == std::string_view::npos || close + 1 >= text.size()) return false;
  const bool one_line = text.substr(quote, close - quote).find_first_of("\r\n") == std::string_view::npos;
  return (one_line || text[quote] == '`') && IsScriptPunctuation(text[close + 1]);
}

}  // namespace phrases

PhraseFinder::PhraseFinder(std::span<const std::string_view> phrases) : phrases_(phrases) {
  for (const std::string_view phrase : phrases_) longest_ = std::max(longest_, phrase.size());
}

std::size_t PhraseFinder::Search(std::string_view text) const {
  for (std::size_t i = 0; i < phrases_.size(); ++i) {
    if (text.find(phrases_[i]) != std::string_view::npos) return i;
  }
  return npos;
}

std::size_t PhraseFinder::Feed(BytesView piece) {
  const std::string_view text = AsText(piece);
  const std::size_t overlap = longest_ - 1;
  std::size_t found = npos;
  if (!carry_.empty()) {
    // What begins in an earlier piece ends in the first `overlap` bytes of this one.
    carry_.append(text.substr(0, overlap));
    found = Search(carry_);
  }
  if (found == npos) found = Search(text);
  if (text.size() >= overlap) {
    carry_.assign(text.substr(text.size() - overlap));
  } else {
    if (carry_.empty()) carry_.assign(text);
    if (carry_.size() > overlap) carry_.erase(0, carry_.size() - overlap);
  }
  return found;
}

bool HoldsMarkup(BytesView head) {
  const std::string lower = phrases::LowerAscii(AsText(head));
  return std::ranges::any_of(
      phrases::kMarkup, [&](std::string_view phrase) { return lower.find(phrase) != std::string::npos; });
}

bool BeginsLikeMarkup(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n\f");
  if (first == std::string_view::npos) return false;
  const std::string lower = phrases::LowerAscii(text.substr(first, 64));
  constexpr std::array<std::string_view, 20> kBeginnings{
      "<!doctype", "<html", "<head",  "<script", "<iframe", "<body",   "<svg",  "<?php", "<?xml", "<!--",
      "<table",    "<div",  "<style", "<h1",     "<title",  "<a href", "<img ", "#!",    "%pdf-", "{\\rtf"};
  return std::ranges::any_of(kBeginnings, [&](std::string_view begin) { return lower.starts_with(begin); });
}

bool OpensScript(BytesView after_magic) {
  const std::string_view all = AsText(after_magic);
  const std::string_view text = all.substr(0, std::min<std::size_t>(all.find('\0'), 64));
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/' && i + 1 < text.size() && (text[i + 1] == '*' || text[i + 1] == '/')) return true;
    const bool quote = text[i] == '\'' || text[i] == '"' || text[i] == '`';
    if (quote && i > 0 && phrases::IsScriptPunctuation(text[i - 1]) && phrases::ClosesString(all, i)) {
      return true;
    }
  }
  return false;
}

bool HoldsZipEnd(BytesView tail) {
  return AsText(tail).find(std::string_view("PK\x05\x06", 4)) != std::string_view::npos;
}

bool EndsAsZip(BytesView tail) {
  constexpr std::size_t kRecord = 22;
  for (std::size_t at = tail.size() < kRecord ? 0 : tail.size() - kRecord + 1; at-- > 0;) {
    if (AsText(tail.subspan(at, 4)) != std::string_view("PK\x05\x06", 4)) continue;
    if (at + kRecord + Little16(tail, at + 20) == tail.size()) return true;
  }
  return false;
}

}  // namespace aplus::files
