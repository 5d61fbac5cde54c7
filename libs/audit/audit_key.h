// The key that signs the heads of a service's chain (SECURITY 2.9): its own, used for nothing else, so that
// who can write to the database still cannot write history.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "libs/base/result.h"
#include "libs/crypto/ed25519.h"

namespace aplus {

// "audit-" and the first 16 hexadecimal digits of the public key's SHA-256: a key names itself, so that a new
// one needs no new name and an old head can never be checked against the wrong one.
std::string AuditKeyId(const Ed25519PublicKey& key);

// Thread-safe.
class AuditKey {
 public:
  explicit AuditKey(Ed25519PrivateKey key);
  // A key file of libs/crypto/key_file.h, with its errors. Blocks: file I/O.
  static Result<AuditKey> Load(const std::filesystem::path& path);

  const std::string& id() const { return id_; }
  Ed25519PublicKey PublicKey() const { return key_.PublicKey(); }
  // 64 bytes.
  std::string Sign(std::string_view text) const;

 private:
  Ed25519PrivateKey key_;
  std::string id_;
};

}  // namespace aplus
