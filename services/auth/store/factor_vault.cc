#include "services/auth/store/factor_vault.h"

#include <fmt/format.h>

#include "libs/crypto/aead.h"

namespace aplus::auth {
namespace factor_vault {

std::string Context(const UserId& user, Keyring::Version version) {
  return fmt::format("aplus/totp/1:{}:{}", user.ToString(), version);
}

}  // namespace factor_vault

SealedSecret FactorVault::Seal(const UserId& user, BytesView secret) const {
  const Keyring::Version version = keyring_.active_version();
  return {version, SealWithKey(keyring_.active(), random_, factor_vault::Context(user, version), secret)};
}

Result<SecretBytes> FactorVault::Open(const UserId& user, const SealedSecret& sealed) const {
  const Key* key = keyring_.Find(sealed.key_version);
  if (key == nullptr) {
    return Fail(Reason::kInternal, fmt::format("second factor keys: version {} is gone", sealed.key_version));
  }
  auto secret = OpenWithKey(*key, factor_vault::Context(user, sealed.key_version), sealed.sealed);
  if (!secret) return Fail(Reason::kInternal, "second factor: a sealed secret does not open");
  return SecretBytes(*std::move(secret));
}

}  // namespace aplus::auth
