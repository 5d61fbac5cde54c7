#include "services/files/domain/byte_range.h"

#include <algorithm>
#include <limits>

namespace aplus::files {
namespace byte_range {

constexpr std::uint64_t kHuge = std::numeric_limits<std::uint64_t>::max();

std::string_view TrimSpace(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Digits only; a number that does not fit means "far behind the end".
std::optional<std::uint64_t> Number(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (kHuge - digit) / 10 ? kHuge : value * 10 + digit;
  }
  return value;
}

constexpr RangeAnswer kUnsatisfiable{RangeAnswer::Kind::kUnsatisfiable, 0, 0};

// nullopt: not of the form, to be ignored.
std::optional<RangeAnswer> One(std::string_view spec, std::uint64_t size) {
  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view first_text = spec.substr(0, dash), last_text = spec.substr(dash + 1);
  const auto first = Number(first_text), last = Number(last_text);
  if (first_text.empty()) {
    if (!last) return std::nullopt;
    if (*last == 0) return kUnsatisfiable;
    const std::uint64_t length = std::min(*last, size);
    return RangeAnswer{RangeAnswer::Kind::kPart, size - length, length};
  }
  if (!first || (!last && !last_text.empty())) return std::nullopt;
  if (last && *last < *first) return std::nullopt;
  if (*first >= size) return kUnsatisfiable;
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return RangeAnswer{RangeAnswer::Kind::kPart, *first, end - *first + 1};
}

}  // namespace byte_range

RangeAnswer ResolveRange(std::string_view range, std::string_view if_range, std::string_view etag,
                         std::uint64_t size) {
  const RangeAnswer whole{RangeAnswer::Kind::kWhole, 0, size};
  range = byte_range::TrimSpace(range);
  if_range = byte_range::TrimSpace(if_range);
  if (range.empty() || (!if_range.empty() && if_range != etag)) return whole;
  constexpr std::string_view kUnit = "bytes";
  if (range.size() <= kUnit.size()) return whole;
  const bool in_bytes = std::equal(kUnit.begin(), kUnit.end(), range.begin(),
                                   [](char known, char c) { return known == (c | 0x20); });
  if (!in_bytes || range[kUnit.size()] != '=') return whole;
  const std::string_view set = byte_range::TrimSpace(range.substr(kUnit.size() + 1));
  if (set.find(',') != std::string_view::npos) return whole;
  return byte_range::One(set, size).value_or(whole);
}

std::string WriteContentRange(const RangeAnswer& part, std::uint64_t size) {
  return "bytes " + std::to_string(part.offset) + "-" + std::to_string(part.offset + part.length - 1) + "/" +
         std::to_string(size);
}

}  // namespace aplus::files
