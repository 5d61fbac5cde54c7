#include "libs/crypto/field_cipher.h"

#include <fmt/format.h>

#include <cassert>

#include "libs/base/secret.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/hkdf.h"

namespace aplus {
namespace field_cipher {

constexpr std::string_view kInfo = "fields";

// The delimiter occurs in no part, so no two places share their associated data.
std::string Context(const FieldPlace& place) {
  assert(place.table.find(':') == std::string_view::npos && place.column.find(':') == std::string_view::npos);
  assert(place.row_id.find(':') == std::string::npos);
  return fmt::format("{}:{}:{}:{}", place.table, place.column, place.row_id, place.version);
}

}  // namespace field_cipher

FieldCipher::FieldCipher(const Key& request_key)
    : field_key_(DeriveKey(request_key, {}, AsBytes(field_cipher::kInfo))) {}

Bytes FieldCipher::Seal(Random& random, const FieldPlace& place, std::string_view plaintext) const {
  return SealWithKey(field_key_, random, field_cipher::Context(place), AsBytes(plaintext));
}

Result<std::string> FieldCipher::Open(const FieldPlace& place, BytesView sealed) const {
  std::optional<Bytes> plaintext = OpenWithKey(field_key_, field_cipher::Context(place), sealed);
  if (!plaintext) {
    return Fail(Reason::kInternal,
                fmt::format("sealed field {}.{} does not open", place.table, place.column));
  }
  std::string text(AsText(*plaintext));
  Wipe(*plaintext);
  return text;
}

}  // namespace aplus
