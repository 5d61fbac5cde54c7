#include "services/auth/domain/login_link.h"

namespace aplus::auth {

std::optional<Reason> WhyRefused(const LinkFacts& facts) {
  if (!facts.found) return Reason::kLinkUnknown;
  if (facts.consumed) return Reason::kLinkUsed;
  if (facts.ended || facts.expired || facts.dead) return Reason::kLinkExpired;
  if (!facts.same_browser) return Reason::kWrongBrowser;
  return std::nullopt;
}

}  // namespace aplus::auth
