// Bytes as text and back: hexadecimal, base64url, Crockford's base32; and the comparison for secrets.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aplus {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

// The same memory seen as bytes or as text; the caller keeps it alive.
inline BytesView AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view AsText(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Lower case.
std::string ToHex(BytesView bytes);
// nullopt unless an even number of hexadecimal digits, of either case.
std::optional<Bytes> FromHex(std::string_view text);

// RFC 4648 section 5, without padding: what cookies, tokens and JWS carry.
std::string ToBase64Url(BytesView bytes);
// nullopt unless exactly what ToBase64Url writes: no padding, no white space, spare bits zero. So two
// different texts never mean the same bytes.
std::optional<Bytes> FromBase64Url(std::string_view text);

// Crockford's base32 (https://www.crockford.com/base32.html): for what people read in a mail and type. Five
// bytes make the eight characters of a login code (P10).
std::string ToCrockford(BytesView bytes);
// Forgives what typing does: lower case, O for 0, I and L for 1, spaces and hyphens anywhere. nullopt when
// anything else stands there or spare bits are not zero.
std::optional<Bytes> FromCrockford(std::string_view text);

// Takes the same time wherever the difference is; only a difference in length answers at once.
bool ConstantTimeEquals(BytesView a, BytesView b);
inline bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  return ConstantTimeEquals(AsBytes(a), AsBytes(b));
}

}  // namespace aplus
