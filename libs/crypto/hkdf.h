// HKDF-SHA256 (RFC 5869), extract and expand in one.
#pragma once

#include <span>

#include "libs/base/bytes.h"
#include "libs/crypto/key.h"

namespace aplus {

// `out` may be up to 255 * 32 bytes. An empty salt is RFC 5869's default of zeros.
void HkdfSha256(BytesView input_key, BytesView salt, BytesView info, std::span<std::uint8_t> out);

Key DeriveKey(const Key& input_key, BytesView salt, BytesView info);

}  // namespace aplus
