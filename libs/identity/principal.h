// Who calls: what the identity token says, as auth knew it when it signed. Relations to a request are not in
// here; the owning service reads them in its own transaction and asks `decide`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/id.h"
#include "libs/base/time.h"

namespace aplus {

using PartnerId = Id<struct PartnerTag>;

// On which side of a request a group stands (P8, P28).
enum class Side : std::uint8_t { kHelper = 1, kInstructor = 2 };

// Roles of one membership, in any combination (P2).
enum MembershipRole : std::uint8_t {
  kRoleHelper = 1,
  kRoleInstructor = 2,
  kRoleManager = 4,
};

// Roles of the account itself (P2).
enum AccountRole : std::uint8_t {
  kRoleAdministrator = 1,
  kRoleExpert = 2,
  kRoleObserver = 4,
};

struct Membership {
  GroupId group;
  std::uint8_t roles = 0;  // MembershipRole bits
  Side side = Side::kHelper;

  bool Has(MembershipRole role) const { return (roles & role) != 0; }
  friend bool operator==(const Membership&, const Membership&) = default;
};

struct Principal {
  UserId user;
  // The session's row, so that "this session" can be told from others; the cookie's token is not derivable.
  SessionId session;
  std::vector<Membership> memberships;  // at most 200
  std::uint8_t account_roles = 0;       // AccountRole bits
  bool shared_account = false;          // must sign what it writes (P3)
  bool terms_accepted = false;          // the current version (P7)
  // The session waits for a second factor, or for one to be set up (P13): it may do nothing else.
  bool second_factor_due = false;
  Time auth_time{};              // when the person last proved who he is (step-up)
  std::vector<std::string> amr;  // how: "mail", "otp", "pop" …
  // A partner system acting for one group (P100); user is nil then.
  std::optional<PartnerId> partner;
  std::vector<std::string> scopes;  // of the partner
  Time expires{};
  std::string token;  // the identity token itself, to hand on to the next service; never logged

  bool Is(AccountRole role) const { return (account_roles & role) != 0; }
  // The membership of a group, or nullptr.
  const Membership* Find(const GroupId& group) const {
    for (const Membership& membership : memberships) {
      if (membership.group == group) return &membership;
    }
    return nullptr;
  }
  bool Has(const GroupId& group, MembershipRole role) const {
    const Membership* membership = Find(group);
    return membership != nullptr && membership->Has(role);
  }
  bool HasAnywhere(MembershipRole role) const {
    for (const Membership& membership : memberships) {
      if (membership.Has(role)) return true;
    }
    return false;
  }
  bool HasScope(std::string_view scope) const {
    for (const std::string& held : scopes) {
      if (held == scope) return true;
    }
    return false;
  }
};

}  // namespace aplus
