// AES-256-GCM. SealWithKey/OpenWithKey are for single values: nonce || ciphertext || tag, the nonce 96 random
// bits per call, so one key may seal at most 2^31 values (SECURITY 2.6). AesGcm is the bare cipher for
// formats that make their nonces themselves.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "libs/base/bytes.h"
#include "libs/base/random.h"
#include "libs/crypto/key.h"
#include "libs/crypto/openssl.h"

namespace aplus {

// Keeps the key scheduled over any number of calls, either way. Not thread-safe.
class AesGcm {
 public:
  static constexpr std::size_t kNonceSize = 12;
  static constexpr std::size_t kTagSize = 16;
  using Nonce = std::array<std::uint8_t, kNonceSize>;

  explicit AesGcm(const Key& key);

  // out.size() == plaintext.size() + kTagSize; `out` may begin where `plaintext` does. Never twice with one
  // nonce under one key: that gives both plaintexts and the power to forge away.
  void Seal(const Nonce& nonce, BytesView associated, BytesView plaintext, std::span<std::uint8_t> out);

  // out.size() == sealed.size() - kTagSize; `out` may begin where `sealed` does. False: not authentic, and
  // `out` is wiped.
  [[nodiscard]] bool Open(const Nonce& nonce, BytesView associated, BytesView sealed,
                          std::span<std::uint8_t> out);

 private:
  openssl::CipherContext context_;
};

constexpr std::size_t kSealOverhead = AesGcm::kNonceSize + AesGcm::kTagSize;

Bytes SealWithKey(const Key& key, Random& random, std::string_view associated, BytesView plaintext);
// nullopt: not authentic under this key and these associated data. The caller owns (and wipes) the plaintext.
std::optional<Bytes> OpenWithKey(const Key& key, std::string_view associated, BytesView sealed);

}  // namespace aplus
