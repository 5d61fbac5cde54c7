#include "services/auth/rpc/identity_tokens.h"

#include <utility>

namespace aplus::auth {
namespace identity_tokens {

constexpr Duration kReuse = std::chrono::seconds(20);

bool SaysTheSame(const Principal& a, const Principal& b) {
  return a.user == b.user && a.session == b.session && a.memberships == b.memberships &&
         a.account_roles == b.account_roles && a.shared_account == b.shared_account &&
         a.terms_accepted == b.terms_accepted && a.second_factor_due == b.second_factor_due &&
         a.auth_time == b.auth_time && a.amr == b.amr && a.partner == b.partner && a.scopes == b.scopes;
}

}  // namespace identity_tokens

Result<SignedIdentity> IdentityTokens::For(const Principal& principal, Time now) {
  if (const auto found = kept_.find(principal.session); found != kept_.end()) {
    const Kept& kept = found->second;
    // A database clock set back would stretch the reuse; then it is signed anew as well.
    const bool young = now >= kept.signed_at && now - kept.signed_at < identity_tokens::kReuse;
    if (young && identity_tokens::SaysTheSame(kept.principal, principal)) return kept.identity;
  }
  TRY(std::string token, issuer_.Issue(principal, now));
  ++signed_;
  Sweep(now);
  SignedIdentity identity{std::move(token), now + kIdentityTokenLifetime};
  kept_.insert_or_assign(principal.session, Kept{principal, identity, now});
  return identity;
}

void IdentityTokens::Sweep(Time now) {
  // Amortised: once per reuse time, whatever nobody can reuse any more goes.
  if (now >= swept_at_ && now - swept_at_ < identity_tokens::kReuse) return;
  swept_at_ = now;
  absl::erase_if(kept_, [&](const auto& entry) {
    const Time signed_at = entry.second.signed_at;
    return signed_at > now || now - signed_at >= identity_tokens::kReuse;
  });
}

}  // namespace aplus::auth
