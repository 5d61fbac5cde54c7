#include "tests/unit/libs/crypto/tink_reference.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <stdexcept>

namespace aplus::testing {
namespace tink_reference {

Bytes Hmac(BytesView key, BytesView message) {
  Bytes mac(32);
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(), mac.data(),
       &size);
  return mac;
}

// RFC 5869 for 32 bytes: extract, then one block of expand.
Bytes DerivedKey(BytesView dek, std::string_view associated, BytesView header) {
  Bytes message(associated.begin(), associated.end());
  message.push_back(1);
  return Hmac(Hmac(header.subspan(1, 32), dek), message);
}

Bytes Nonce(BytesView header, std::uint64_t segment, bool last) {
  Bytes nonce(header.begin() + 33, header.begin() + 40);
  for (int shift = 24; shift >= 0; shift -= 8) nonce.push_back(static_cast<std::uint8_t>(segment >> shift));
  nonce.push_back(last);
  return nonce;
}

// One GCM operation. Sealing appends the tag; opening expects it at the end.
std::optional<Bytes> Gcm(bool seal, const Bytes& key, const Bytes& nonce, BytesView in) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  Bytes out(in.size() + 16);
  int written = 0, rest = 0;
  EVP_CipherInit_ex(context, EVP_aes_256_gcm(), nullptr, key.data(), nonce.data(), seal);
  const std::size_t text = seal ? in.size() : in.size() - 16;
  if (text > 0) EVP_CipherUpdate(context, out.data(), &written, in.data(), static_cast<int>(text));
  Bytes tag(16);
  if (!seal) {
    std::copy(in.end() - 16, in.end(), tag.begin());
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, 16, tag.data());
  }
  const bool good = EVP_CipherFinal_ex(context, out.data() + written, &rest) == 1;
  if (seal) EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, tag.data());
  EVP_CIPHER_CTX_free(context);
  if (!good) return std::nullopt;
  out.resize(text);
  if (seal) out.insert(out.end(), tag.begin(), tag.end());
  return out;
}

}  // namespace tink_reference

Bytes ReferenceSeal(BytesView dek, std::string_view associated, BytesView header, BytesView plaintext,
                    std::uint32_t segment_size) {
  const Bytes key = tink_reference::DerivedKey(dek, associated, header);
  Bytes object(header.begin(), header.end());
  std::size_t room = segment_size - 56;
  for (std::uint64_t segment = 0;; ++segment, room = segment_size - 16) {
    const bool last = plaintext.size() <= room;
    const BytesView part = plaintext.first(std::min(room, plaintext.size()));
    plaintext = plaintext.subspan(part.size());
    const auto sealed = tink_reference::Gcm(true, key, tink_reference::Nonce(header, segment, last), part);
    if (!sealed) throw std::runtime_error("reference cannot seal");
    object.insert(object.end(), sealed->begin(), sealed->end());
    if (last) return object;
  }
}

std::optional<Bytes> ReferenceOpen(BytesView dek, std::string_view associated, BytesView object,
                                   std::uint32_t segment_size) {
  if (object.size() < 56 || object[0] != 0x28) return std::nullopt;
  const BytesView header = object.first(40);
  const Bytes key = tink_reference::DerivedKey(dek, associated, header);
  Bytes plaintext;
  std::size_t begin = 40;
  for (std::uint64_t segment = 0;; ++segment) {
    const std::size_t end = std::min<std::size_t>((segment + 1) * segment_size, object.size());
    const bool last = end == object.size();
    if (end - begin < 16) return std::nullopt;
    const auto part = tink_reference::Gcm(false, key, tink_reference::Nonce(header, segment, last),
                                          object.subspan(begin, end - begin));
    if (!part) return std::nullopt;
    plaintext.insert(plaintext.end(), part->begin(), part->end());
    if (last) return plaintext;
    begin = end;
  }
}

}  // namespace aplus::testing
