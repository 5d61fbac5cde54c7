// The key hierarchy of SECURITY 2.6: request keys and file keys, wrapped by the active version of the KEK, as
// the keystore holds them. Each wrapping is bound to what the key belongs to: a row moved to another request
// or file does not unwrap.
#pragma once

#include <cstdint>
#include <string>

#include "libs/base/id.h"
#include "libs/base/result.h"
#include "libs/crypto/keyring.h"

namespace aplus {

struct WrappedKey {
  Keyring::Version kek_version = 0;
  Bytes sealed;  // nonce || ciphertext || tag, 60 bytes

  friend bool operator==(const WrappedKey&, const WrappedKey&) = default;
};

// Associated data, exactly as SECURITY 2.6 spells them.
std::string RequestKeyContext(RequestId request, Keyring::Version kek_version);  // aplus/rk/1:<request>:<v>
std::string FileKeyContext(FileId file, RequestId request);      // aplus/dek/1:<file>:<request>
std::string FileContentContext(FileId file, RequestId request);  // aplus/file/1:<file>:<request>

// Keeps references; keyring and random outlive it. Thread-safe as far as `random` is.
class Envelope {
 public:
  Envelope(const Keyring& keyring, Random& random) : keyring_(keyring), random_(random) {}

  WrappedKey WrapRequestKey(const Key& key, RequestId request) const;
  WrappedKey WrapFileKey(const Key& key, FileId file, RequestId request) const;

  // kInternal when the KEK version is gone or the row is not what was wrapped: an alarm, never a user's
  // mistake.
  Result<Key> UnwrapRequestKey(const WrappedKey& wrapped, RequestId request) const;
  Result<Key> UnwrapFileKey(const WrappedKey& wrapped, FileId file, RequestId request) const;

  // The same key under the active KEK, for the rewrap job; it answers what it was given when that is up to
  // date.
  Result<WrappedKey> RewrapRequestKey(WrappedKey wrapped, RequestId request) const;
  Result<WrappedKey> RewrapFileKey(WrappedKey wrapped, FileId file, RequestId request) const;

 private:
  const Keyring& keyring_;
  Random& random_;
};

}  // namespace aplus
