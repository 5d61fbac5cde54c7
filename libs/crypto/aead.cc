#include "libs/crypto/aead.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include <algorithm>
#include <limits>

#include "libs/base/secret.h"

namespace aplus {
namespace aead {

using openssl::Require;

const EVP_CIPHER* Cipher() {
  static EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  Require(cipher != nullptr, "AES-256-GCM");
  return cipher;
}

// Associated data go in with no output; empty input is no call at all.
void Update(EVP_CIPHER_CTX* context, std::uint8_t* out, BytesView in) {
  if (in.empty()) return;
  Require(in.size() <= static_cast<std::size_t>(std::numeric_limits<int>::max()), "AES-256-GCM input size");
  int written = 0;
  Require(EVP_CipherUpdate(context, out, &written, in.data(), static_cast<int>(in.size())) == 1,
          "AES-256-GCM update");
}

}  // namespace aead

using openssl::Require;

AesGcm::AesGcm(const Key& key) : context_(EVP_CIPHER_CTX_new()) {
  Require(context_ && EVP_CipherInit_ex2(context_.get(), aead::Cipher(), key.Reveal().data(), nullptr, 1,
                                         nullptr) == 1,
          "AES-256-GCM key");
}

void AesGcm::Seal(const Nonce& nonce, BytesView associated, BytesView plaintext,
                  std::span<std::uint8_t> out) {
  Require(out.size() == plaintext.size() + kTagSize, "AES-256-GCM output size");
  EVP_CIPHER_CTX* context = context_.get();
  Require(EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), 1, nullptr) == 1, "AES-256-GCM nonce");
  aead::Update(context, nullptr, associated);
  aead::Update(context, out.data(), plaintext);
  int written = 0;
  std::uint8_t* tag = out.data() + plaintext.size();
  Require(EVP_CipherFinal_ex(context, tag, &written) == 1 && written == 0, "AES-256-GCM final");
  Require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagSize, tag) == 1, "AES-256-GCM tag");
}

bool AesGcm::Open(const Nonce& nonce, BytesView associated, BytesView sealed, std::span<std::uint8_t> out) {
  Require(sealed.size() >= kTagSize && out.size() == sealed.size() - kTagSize, "AES-256-GCM output size");
  EVP_CIPHER_CTX* context = context_.get();
  // The tag is copied first: decrypting in place must not depend on what stands behind the ciphertext.
  std::array<std::uint8_t, kTagSize> tag;
  std::ranges::copy(sealed.last(kTagSize), tag.begin());
  Require(EVP_CipherInit_ex2(context, nullptr, nullptr, nonce.data(), 0, nullptr) == 1, "AES-256-GCM nonce");
  aead::Update(context, nullptr, associated);
  aead::Update(context, out.data(), sealed.first(out.size()));
  Require(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, kTagSize, tag.data()) == 1, "AES-256-GCM tag");
  int written = 0;
  std::uint8_t nothing[16];
  if (EVP_CipherFinal_ex(context, nothing, &written) == 1) return true;
  ERR_clear_error();
  Wipe(out);
  return false;
}

Bytes SealWithKey(const Key& key, Random& random, std::string_view associated, BytesView plaintext) {
  AesGcm::Nonce nonce;
  random.Fill(nonce);
  Bytes sealed(plaintext.size() + kSealOverhead);
  std::ranges::copy(nonce, sealed.begin());
  AesGcm(key).Seal(nonce, AsBytes(associated), plaintext, std::span(sealed).subspan(AesGcm::kNonceSize));
  return sealed;
}

std::optional<Bytes> OpenWithKey(const Key& key, std::string_view associated, BytesView sealed) {
  if (sealed.size() < kSealOverhead) return std::nullopt;
  AesGcm::Nonce nonce;
  std::ranges::copy(sealed.first(AesGcm::kNonceSize), nonce.begin());
  Bytes plaintext(sealed.size() - kSealOverhead);
  if (!AesGcm(key).Open(nonce, AsBytes(associated), sealed.subspan(AesGcm::kNonceSize), plaintext))
    return std::nullopt;
  return plaintext;
}

}  // namespace aplus
