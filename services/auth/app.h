// Composition root of auth: builds everything in order, owns it, and stops it in the reverse order.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "libs/crypto/key.h"
#include "libs/crypto/keyring.h"
#include "libs/identity/token.h"
#include "libs/rpc/service_main.h"
#include "services/auth/oidc/provider.h"
#include "services/auth/settings.h"

namespace aplus::auth {

// Commands beside serving: --load-reference DIR, --load-demo DIR, --create-administrator EMAIL,
// --reset-second-factor EMAIL, --end-sessions EMAIL, --note-act WORD, --rewrap-second-factors,
// --keys-status.
std::vector<CommandFlag> Commands();

class AuthApp final : public App {
 public:
  // ConfigError when a key or a setting is missing or wrong.
  explicit AuthApp(ServiceContext& context);
  ~AuthApp() override;

  Task<Result<void>> Start() override;
  Task<> StopJobs() override;
  Task<> CloseStores() override;
  bool Ready() override;
  Task<Result<void>> Migrate() override;
  Task<Result<void>> Command(const Flags& flags) override;

 private:
  struct Parts;

  Task<Result<void>> Load(const Flags& flags, SteadyTime deadline);
  Task<Result<void>> Rewrap(SteadyTime deadline);
  Task<Result<void>> ShowKeys(SteadyTime deadline);

  ServiceContext& context_;
  Settings settings_;
  Key code_key_, cursor_key_;
  Keyring factor_keys_;                        // moves to the parts
  std::optional<ProviderOptions> proconnect_;  // likewise, where the entrance is open
  std::unique_ptr<HttpClient> http_;           // likewise
  IdentityTokenIssuer issuer_;                 // moves to the parts
  std::unique_ptr<Parts> parts_;
};

}  // namespace aplus::auth
