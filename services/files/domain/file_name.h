// The name that people see: personal data, sealed with the request's contents by the requests service, and
// never a path of ours (objects are named at random).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aplus::files {

inline constexpr std::size_t kMaxNameCharacters = 150;

struct FileName {
  std::string text;       // as it is kept and shown
  std::string extension;  // ASCII, lower case, without the dot; empty: none

  friend bool operator==(const FileName&, const FileName&) = default;
};

// NFC, one line, without control and bidirectional characters, without what file systems or shells take for
// something else (/ \ : * ? " < > |), without dots and spaces at its ends, without the names that Windows
// reserves; cut to 150 characters before its extension. nullopt: not UTF-8, or nothing is left.
std::optional<FileName> CleanFileName(std::string_view raw);

}  // namespace aplus::files
