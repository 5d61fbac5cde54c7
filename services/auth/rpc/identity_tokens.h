// Identity tokens, signed anew at most every twenty seconds per session (SECURITY 2.1), and at once when what
// they say has changed: roles taken away must not live on in a token that was signed a moment ago.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <string>

#include "libs/base/result.h"
#include "libs/base/time.h"
#include "libs/identity/token.h"

namespace aplus::auth {

struct SignedIdentity {
  std::string token;
  Time expires;
};

// Io thread only.
class IdentityTokens {
 public:
  explicit IdentityTokens(IdentityTokenIssuer issuer) : issuer_(std::move(issuer)) {}

  // `now`: the database's.
  Result<SignedIdentity> For(const Principal& principal, Time now);

  std::size_t size() const { return kept_.size(); }
  std::uint64_t signed_count() const { return signed_; }

 private:
  struct Kept {
    Principal principal;
    SignedIdentity identity;
    Time signed_at;
  };
  void Sweep(Time now);

  IdentityTokenIssuer issuer_;
  absl::flat_hash_map<SessionId, Kept> kept_;
  Time swept_at_{};
  std::uint64_t signed_ = 0;
};

}  // namespace aplus::auth
