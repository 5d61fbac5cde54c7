// The Range header (RFC 9110 section 14): one range of bytes, or the whole file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aplus::files {

struct RangeAnswer {
  enum class Kind {
    kWhole,          // 200: no range, several ranges, or not of the header's form
    kPart,           // 206
    kUnsatisfiable,  // 416: begins at or behind the end
  };
  Kind kind = Kind::kWhole;
  std::uint64_t offset = 0;  // of kWhole and kPart
  std::uint64_t length = 0;

  friend bool operator==(const RangeAnswer&, const RangeAnswer&) = default;
};

// What to send of a file of `size` bytes, size > 0. `range` and `if_range` as the client sent them, empty
// when absent; `etag` is the file's strong one, quotes included. Only that very tag keeps a range alive: a
// date or a weak tag does not.
RangeAnswer ResolveRange(std::string_view range, std::string_view if_range, std::string_view etag,
                         std::uint64_t size);

// "bytes 0-99/1000".
std::string WriteContentRange(const RangeAnswer& part, std::uint64_t size);

}  // namespace aplus::files
