#include "libs/audit/audit_key.h"

#include <utility>

#include "libs/base/bytes.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/key_file.h"

namespace aplus {

std::string AuditKeyId(const Ed25519PublicKey& key) {
  const auto digest = Sha256(key.bytes());
  return "audit-" + ToHex(BytesView(digest).first(8));
}

AuditKey::AuditKey(Ed25519PrivateKey key) : key_(std::move(key)), id_(AuditKeyId(key_.PublicKey())) {}

Result<AuditKey> AuditKey::Load(const std::filesystem::path& path) {
  TRY(const Key seed, ReadKeyFile(path));
  return AuditKey(Ed25519PrivateKey(seed));
}

std::string AuditKey::Sign(std::string_view text) const {
  const Ed25519Signature signature = key_.Sign(AsBytes(text));
  return std::string(AsText(signature));
}

}  // namespace aplus
