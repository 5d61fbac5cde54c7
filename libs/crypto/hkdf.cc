#include "libs/crypto/hkdf.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "libs/crypto/openssl.h"

namespace aplus {
namespace hkdf {

EVP_KDF* Algorithm() {
  static EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr);
  openssl::Require(kdf != nullptr, "HKDF");
  return kdf;
}

// OSSL_PARAM is one type for reading and writing; a KDF only reads these.
OSSL_PARAM Octets(const char* name, BytesView bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace hkdf

void HkdfSha256(BytesView input_key, BytesView salt, BytesView info, std::span<std::uint8_t> out) {
  const openssl::KdfContext context(EVP_KDF_CTX_new(hkdf::Algorithm()));
  openssl::Require(context != nullptr, "HKDF context");
  char name[] = "SHA256";
  OSSL_PARAM parameters[5];
  std::size_t count = 0;
  parameters[count++] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, name, 0);
  parameters[count++] = hkdf::Octets(OSSL_KDF_PARAM_KEY, input_key);
  // OpenSSL takes an empty octet string for a missing one; leaving it out says the same without a null
  // pointer.
  if (!salt.empty()) parameters[count++] = hkdf::Octets(OSSL_KDF_PARAM_SALT, salt);
  if (!info.empty()) parameters[count++] = hkdf::Octets(OSSL_KDF_PARAM_INFO, info);
  parameters[count] = OSSL_PARAM_construct_end();
  openssl::Require(EVP_KDF_derive(context.get(), out.data(), out.size(), parameters) == 1, "HKDF derive");
}

Key DeriveKey(const Key& input_key, BytesView salt, BytesView info) {
  return Key::Make(
      [&](std::span<std::uint8_t, Key::kSize> out) { HkdfSha256(input_key.Reveal(), salt, info, out); });
}

}  // namespace aplus
