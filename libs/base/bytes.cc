#include "libs/base/bytes.h"

#include <openssl/crypto.h>

#include <array>

namespace aplus {
namespace bytes_text {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kCrockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

constexpr std::uint8_t kInvalid = 0xff;
constexpr std::uint8_t kSkip = 0xfe;
using Table = std::array<std::uint8_t, 256>;

constexpr Table Reverse(std::string_view alphabet) {
  Table table{};
  for (std::uint8_t& value : table) value = kInvalid;
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}

constexpr void AcceptLowerCase(Table& table) {
  for (int c = 'A'; c <= 'Z'; ++c) table[c - 'A' + 'a'] = table[c];
}

constexpr Table ReverseCrockford() {
  Table table = Reverse(kCrockford);
  table['O'] = 0;
  table['I'] = table['L'] = 1;
  AcceptLowerCase(table);
  table[' '] = table['-'] = kSkip;
  return table;
}

constexpr Table ReverseHex() {
  Table table = Reverse("0123456789ABCDEF");
  AcceptLowerCase(table);
  return table;
}

constexpr Table kFromHex = ReverseHex();
constexpr Table kFromBase64Url = Reverse(kBase64Url);
constexpr Table kFromCrockford = ReverseCrockford();

// Most significant bits first, the last symbol filled up with zeros.
std::string Encode(BytesView bytes, std::string_view alphabet, int bits_per_symbol) {
  std::string text;
  text.reserve((bytes.size() * 8 + bits_per_symbol - 1) / bits_per_symbol);
  std::uint32_t buffer = 0;
  int held = 0;
  const std::uint32_t mask = (1u << bits_per_symbol) - 1;
  for (std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    for (held += 8; held >= bits_per_symbol;) {
      held -= bits_per_symbol;
      text.push_back(alphabet[(buffer >> held) & mask]);
    }
  }
  if (held > 0) text.push_back(alphabet[(buffer << (bits_per_symbol - held)) & mask]);
  return text;
}

std::optional<Bytes> Decode(std::string_view text, const Table& table, int bits_per_symbol) {
  Bytes bytes;
  bytes.reserve(text.size() * bits_per_symbol / 8);
  std::uint32_t buffer = 0;
  int held = 0;
  for (char c : text) {
    const std::uint8_t value = table[static_cast<unsigned char>(c)];
    if (value == kSkip) continue;
    if (value == kInvalid) return std::nullopt;
    buffer = (buffer << bits_per_symbol) | value;
    held += bits_per_symbol;
    if (held >= 8) {
      held -= 8;
      bytes.push_back(static_cast<std::uint8_t>(buffer >> held));
    }
  }
  // A whole symbol too many, or spare bits set, would be a second spelling of the same bytes.
  if (held >= bits_per_symbol || (buffer & ((1u << held) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace bytes_text

std::string ToHex(BytesView bytes) { return bytes_text::Encode(bytes, bytes_text::kHex, 4); }

std::optional<Bytes> FromHex(std::string_view text) {
  return bytes_text::Decode(text, bytes_text::kFromHex, 4);
}

std::string ToBase64Url(BytesView bytes) { return bytes_text::Encode(bytes, bytes_text::kBase64Url, 6); }

std::optional<Bytes> FromBase64Url(std::string_view text) {
  return bytes_text::Decode(text, bytes_text::kFromBase64Url, 6);
}

std::string ToCrockford(BytesView bytes) { return bytes_text::Encode(bytes, bytes_text::kCrockford, 5); }

std::optional<Bytes> FromCrockford(std::string_view text) {
  return bytes_text::Decode(text, bytes_text::kFromCrockford, 5);
}

bool ConstantTimeEquals(BytesView a, BytesView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace aplus
