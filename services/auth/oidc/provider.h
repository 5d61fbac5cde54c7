// The identity provider (P12): where its pages are, what it says of the person who came back from them.
// OpenID Connect, authorisation code flow, with the facts of SECURITY 2.2b: the userinfo is a signed
// statement too, and parameters that the provider does not know are not sent.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/secret.h"
#include "libs/http/client.h"
#include "libs/identity/jwks.h"
#include "libs/runtime/config.h"

namespace aplus::auth {

struct ProviderOptions {
  std::string issuer;  // without a slash at its end, as the provider writes it
  std::string client_id;
  SecretString client_secret;
  std::string redirect_uri;
  std::string scope = "openid email";
  std::string acr_values;  // empty: not sent
  std::string ca_file;     // who vouches for the provider's certificate; empty: whom the system trusts
  // RFC 7636. Off where the provider refuses what it does not know.
  bool pkce = false;
  // How long its addresses and keys are taken for granted, and how soon after a key that we did not know they
  // may be asked for again.
  Duration keep = std::chrono::hours(1);
  Duration ask_again = std::chrono::seconds(30);

  // Of the section "proconnect": issuer, client_id, scope, acr_values, ca, pkce; the secret is
  // "proconnect_client_secret". nullopt: there is no such section, the entrance is closed. ConfigError when
  // it is incomplete or its issuer no address that may be called.
  static std::optional<ProviderOptions> From(const Config& config);
};

// What one login is bound by: drawn for it, never used again.
struct ProviderLogin {
  SecretString state;
  SecretString nonce;
  SecretString verifier;  // of PKCE
};

// Who came back.
struct ProviderIdentity {
  std::string issuer, subject;    // the identity; the address may change
  std::string email;              // as the provider has verified it
  std::vector<std::string> amr;   // ours (claims.h)
  std::optional<Time> auth_time;  // unknown: any time ago
};

// Io thread only; `http` outlives it.
class Provider {
 public:
  Provider(ProviderOptions options, HttpClient& http) : options_(std::move(options)), http_(http) {}

  const std::string& issuer() const { return options_.issuer; }

  // Where the browser goes. kUnavailable while the provider does not say where its pages are.
  Task<Result<std::string>> AuthorizationUrl(const ProviderLogin& login, SteadyTime deadline);

  // The person behind a code. kProviderRefused when the provider refuses the code or says anything that is
  // not as it must be; kUnavailable when it cannot be asked. `now`: the database's.
  Task<Result<ProviderIdentity>> Redeem(SecretString code, const ProviderLogin& login, Time now,
                                        SteadyTime deadline);

 private:
  struct Metadata {
    std::string authorization_endpoint, token_endpoint, userinfo_endpoint, jwks_uri;
    SteadyTime read{};
  };
  struct Tokens {
    SecretString id_token, access_token;
  };

  Task<Result<void>> Learn(SteadyTime deadline);
  Task<Result<void>> LearnKeys(SteadyTime deadline);
  Task<Result<Tokens>> Exchange(SecretString code, const ProviderLogin& login, SteadyTime deadline);
  Task<Result<std::string>> AskUserInfo(const SecretString& access_token, SteadyTime deadline);
  // The payload; with a key that we do not know, the keys are asked for again first.
  Task<Result<std::string>> Verify(std::string jws, SteadyTime deadline);

  ProviderOptions options_;
  HttpClient& http_;
  std::optional<Metadata> metadata_;
  std::optional<JwkSet> keys_;
  SteadyTime keys_read_{};
};

}  // namespace aplus::auth
