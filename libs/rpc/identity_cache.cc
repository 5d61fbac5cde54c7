#include "libs/rpc/identity_cache.h"

namespace aplus {

IdentityCache::IdentityCache(IdentityTokenVerifier verifier, std::size_t capacity)
    : verifier_(std::move(verifier)), capacity_(capacity) {}

Result<std::shared_ptr<const Principal>> IdentityCache::Verify(std::string_view token, Time now) {
  // Longer ones are refused by the verifier too, but not worth a hash.
  if (token.size() > kIdentityTokenMaxBytes) return Fail(Reason::kUnauthenticated, "identity token too long");
  if (auto found = kept_.find(token); found != kept_.end()) {
    if (now < found->second->expires + kIdentityTokenSkew) return found->second;
    kept_.erase(found);
  }
  TRY(Principal verified, verifier_.Verify(token, now));
  auto principal = std::make_shared<const Principal>(std::move(verified));
  if (kept_.size() >= capacity_) MakeRoom(now);
  kept_.emplace(principal->token, principal);
  return principal;
}

void IdentityCache::MakeRoom(Time now) {
  absl::erase_if(kept_,
                 [now](const auto& entry) { return now >= entry.second->expires + kIdentityTokenSkew; });
  if (kept_.size() >= capacity_) kept_.clear();
}

}  // namespace aplus
