// What every file here needs of OpenSSL: owners for its objects and one way to fail.
#pragma once

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>

namespace aplus::openssl {

// With arguments that we checked, OpenSSL only fails for want of memory or with a broken provider: nothing to
// go on with. Throws std::runtime_error with `what` and OpenSSL's own reason; neither holds data.
void Require(bool ok, const char* what);

template <auto kFree>
struct Free {
  template <class T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, Free<EVP_CIPHER_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using KdfContext = std::unique_ptr<EVP_KDF_CTX, Free<EVP_KDF_CTX_free>>;
using MacContext = std::unique_ptr<EVP_MAC_CTX, Free<EVP_MAC_CTX_free>>;
using PrivateOrPublicKey = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;

}  // namespace aplus::openssl
