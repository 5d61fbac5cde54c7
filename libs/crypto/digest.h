// SHA-256 and HMAC-SHA-256: hashes of tokens (SECURITY 2.1), MACs of login codes, idempotent bodies, search
// words.
#pragma once

#include <array>
#include <cstdint>

#include "libs/base/bytes.h"
#include "libs/crypto/key.h"
#include "libs/crypto/openssl.h"

namespace aplus {

using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest Sha256(BytesView message);

// SHA-256 of what comes in pieces. Not thread-safe.
class Sha256Stream {
 public:
  Sha256Stream();
  void Update(BytesView piece);
  // Ends the stream; nothing may follow.
  Sha256Digest Finish();

 private:
  openssl::DigestContext context_;
};

// Keeps the key scheduled, so that a MAC of a word costs one or two compressions. Compare MACs with
// ConstantTimeEquals. Not thread-safe.
class HmacSha256 {
 public:
  explicit HmacSha256(const Key& key);
  Sha256Digest Mac(BytesView message);

 private:
  openssl::MacContext context_;
};

}  // namespace aplus
