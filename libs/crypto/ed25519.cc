#include "libs/crypto/ed25519.h"

#include <openssl/err.h>

#include <algorithm>

namespace aplus {

using openssl::Require;

Ed25519PublicKey::Ed25519PublicKey(BytesView bytes)
    : key_(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes.data(), bytes.size())) {
  Require(key_ != nullptr, "Ed25519 public key");
  std::ranges::copy(bytes, bytes_.begin());
}

std::optional<Ed25519PublicKey> Ed25519PublicKey::FromBytes(BytesView bytes) {
  if (bytes.size() != kSize) return std::nullopt;
  return Ed25519PublicKey(bytes);
}

bool Ed25519PublicKey::Verify(BytesView message, BytesView signature) const {
  if (signature.size() != Ed25519Signature{}.size()) return false;
  const openssl::DigestContext context(EVP_MD_CTX_new());
  Require(context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1,
          "Ed25519");
  const bool good = EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(),
                                     message.size()) == 1;
  // A refused signature leaves its reason in the thread's queue, where it would be taken for a later call's.
  if (!good) ERR_clear_error();
  return good;
}

Ed25519PrivateKey::Ed25519PrivateKey(const Key& seed)
    : key_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.Reveal().data(), Key::kSize)) {
  Require(key_ != nullptr, "Ed25519 private key");
}

Ed25519Signature Ed25519PrivateKey::Sign(BytesView message) const {
  const openssl::DigestContext context(EVP_MD_CTX_new());
  Require(context && EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key_.get()) == 1,
          "Ed25519");
  Ed25519Signature signature;
  std::size_t size = signature.size();
  Require(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1 &&
              size == signature.size(),
          "Ed25519 sign");
  return signature;
}

Ed25519PublicKey Ed25519PrivateKey::PublicKey() const {
  std::array<std::uint8_t, Ed25519PublicKey::kSize> bytes;
  std::size_t size = bytes.size();
  Require(EVP_PKEY_get_raw_public_key(key_.get(), bytes.data(), &size) == 1 && size == bytes.size(),
          "Ed25519 public half");
  return Ed25519PublicKey(bytes);
}

}  // namespace aplus
