// Secrets of authenticator applications at rest: sealed under auth's keyring and bound to their account.
#pragma once

#include "libs/base/id.h"
#include "libs/base/random.h"
#include "libs/base/result.h"
#include "libs/base/secret.h"
#include "libs/crypto/keyring.h"

namespace aplus::auth {

struct SealedSecret {
  Keyring::Version key_version = 0;
  Bytes sealed;
};

// Io thread only; `random` outlives it.
class FactorVault {
 public:
  FactorVault(Keyring keyring, Random& random) : keyring_(std::move(keyring)), random_(random) {}

  SealedSecret Seal(const UserId& user, BytesView secret) const;
  // kInternal when the key's version is gone or this is not what was sealed for this account: an alarm, never
  // a user's mistake.
  Result<SecretBytes> Open(const UserId& user, const SealedSecret& sealed) const;

  Keyring::Version active_version() const { return keyring_.active_version(); }

 private:
  Keyring keyring_;
  Random& random_;
};

}  // namespace aplus::auth
