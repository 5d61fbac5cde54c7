// Ed25519 signatures (RFC 8032), pure, no context: identity tokens (SECURITY 2.1) and the heads of the audit
// chain.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "libs/base/bytes.h"
#include "libs/crypto/key.h"
#include "libs/crypto/openssl.h"

namespace aplus {

using Ed25519Signature = std::array<std::uint8_t, 64>;

// Thread-safe. A verification costs about 100 µs.
class Ed25519PublicKey {
 public:
  static constexpr std::size_t kSize = 32;
  // nullopt unless 32 bytes. A point that lies on no curve is accepted here and verifies nothing.
  static std::optional<Ed25519PublicKey> FromBytes(BytesView bytes);

  [[nodiscard]] bool Verify(BytesView message, BytesView signature) const;
  const std::array<std::uint8_t, kSize>& bytes() const { return bytes_; }

 private:
  explicit Ed25519PublicKey(BytesView bytes);
  friend class Ed25519PrivateKey;

  std::array<std::uint8_t, kSize> bytes_;
  openssl::PrivateOrPublicKey key_;
};

// Thread-safe.
class Ed25519PrivateKey {
 public:
  // The 32 bytes that RFC 8032 calls the private key; key files hold them (libs/crypto/key_file.h).
  explicit Ed25519PrivateKey(const Key& seed);

  Ed25519Signature Sign(BytesView message) const;
  Ed25519PublicKey PublicKey() const;

 private:
  openssl::PrivateOrPublicKey key_;
};

}  // namespace aplus
