#include "libs/crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/sha.h>

namespace aplus {
namespace digest {

using openssl::Require;

// Fetching searches the providers; once per process is enough. Never freed: OpenSSL cleans up at exit.
EVP_MAC* Hmac() {
  static EVP_MAC* const mac = EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr);
  Require(mac != nullptr, "HMAC");
  return mac;
}

}  // namespace digest

Sha256Digest Sha256(BytesView message) {
  Sha256Digest result;
  SHA256(message.data(), message.size(), result.data());
  return result;
}

Sha256Stream::Sha256Stream() : context_(EVP_MD_CTX_new()) {
  digest::Require(context_ && EVP_DigestInit_ex2(context_.get(), EVP_sha256(), nullptr) == 1, "SHA-256");
}

void Sha256Stream::Update(BytesView piece) {
  digest::Require(EVP_DigestUpdate(context_.get(), piece.data(), piece.size()) == 1, "SHA-256 update");
}

Sha256Digest Sha256Stream::Finish() {
  Sha256Digest result;
  digest::Require(EVP_DigestFinal_ex(context_.get(), result.data(), nullptr) == 1, "SHA-256 final");
  return result;
}

HmacSha256::HmacSha256(const Key& key) : context_(EVP_MAC_CTX_new(digest::Hmac())) {
  char name[] = "SHA256";
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name, 0),
                                   OSSL_PARAM_construct_end()};
  digest::Require(context_ && EVP_MAC_init(context_.get(), key.Reveal().data(), Key::kSize, parameters) == 1,
                  "HMAC key");
}

Sha256Digest HmacSha256::Mac(BytesView message) {
  Sha256Digest result;
  std::size_t size = 0;
  // Without a key, init goes back to the state after the key.
  digest::Require(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1 &&
                      EVP_MAC_update(context_.get(), message.data(), message.size()) == 1 &&
                      EVP_MAC_final(context_.get(), result.data(), &size, result.size()) == 1 &&
                      size == result.size(),
                  "HMAC");
  return result;
}

}  // namespace aplus
