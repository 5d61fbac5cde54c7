#include "libs/crypto/envelope.h"

#include <fmt/format.h>

#include "libs/base/secret.h"
#include "libs/crypto/aead.h"

namespace aplus {
namespace envelope {

Result<Key> Unwrap(const Keyring& keyring, const WrappedKey& wrapped, const std::string& context) {
  const Key* kek = keyring.Find(wrapped.kek_version);
  if (kek == nullptr) {
    return Fail(Reason::kInternal, fmt::format("KEK version {} is not in the keyring", wrapped.kek_version));
  }
  std::optional<Bytes> bytes = OpenWithKey(*kek, context, wrapped.sealed);
  if (!bytes) {
    return Fail(Reason::kInternal,
                fmt::format("wrapped key does not open under KEK version {}", wrapped.kek_version));
  }
  std::optional<Key> key = Key::FromBytes(*bytes);
  Wipe(*bytes);
  if (!key) return Fail(Reason::kInternal, "wrapped key has the wrong length");
  return *std::move(key);
}

}  // namespace envelope

std::string RequestKeyContext(RequestId request, Keyring::Version kek_version) {
  return fmt::format("aplus/rk/1:{}:{}", request.ToString(), kek_version);
}

std::string FileKeyContext(FileId file, RequestId request) {
  return fmt::format("aplus/dek/1:{}:{}", file.ToString(), request.ToString());
}

std::string FileContentContext(FileId file, RequestId request) {
  return fmt::format("aplus/file/1:{}:{}", file.ToString(), request.ToString());
}

WrappedKey Envelope::WrapRequestKey(const Key& key, RequestId request) const {
  const Keyring::Version version = keyring_.active_version();
  return {version,
          SealWithKey(keyring_.active(), random_, RequestKeyContext(request, version), key.Reveal())};
}

WrappedKey Envelope::WrapFileKey(const Key& key, FileId file, RequestId request) const {
  return {keyring_.active_version(),
          SealWithKey(keyring_.active(), random_, FileKeyContext(file, request), key.Reveal())};
}

Result<Key> Envelope::UnwrapRequestKey(const WrappedKey& wrapped, RequestId request) const {
  return envelope::Unwrap(keyring_, wrapped, RequestKeyContext(request, wrapped.kek_version));
}

Result<Key> Envelope::UnwrapFileKey(const WrappedKey& wrapped, FileId file, RequestId request) const {
  return envelope::Unwrap(keyring_, wrapped, FileKeyContext(file, request));
}

Result<WrappedKey> Envelope::RewrapRequestKey(WrappedKey wrapped, RequestId request) const {
  if (wrapped.kek_version == keyring_.active_version()) return wrapped;
  TRY(const Key key, UnwrapRequestKey(wrapped, request));
  return WrapRequestKey(key, request);
}

Result<WrappedKey> Envelope::RewrapFileKey(WrappedKey wrapped, FileId file, RequestId request) const {
  if (wrapped.kek_version == keyring_.active_version()) return wrapped;
  TRY(const Key key, UnwrapFileKey(wrapped, file, request));
  return WrapFileKey(key, file, request);
}

}  // namespace aplus
