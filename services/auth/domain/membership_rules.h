// What an account may belong to and be (P2), and what a group may not lose (P4). No I/O.
#pragma once

#include <cstdint>

namespace aplus::auth {

// As many memberships as an identity token carries (SECURITY 2.3).
inline constexpr int kMostMemberships = 200;

// What is known of an account that is to join a group.
struct JoinFacts {
  bool administrator = false;
  bool expert = false;
  int memberships = 0;  // in other groups
};

// Administrators belong to no group, experts to one at most.
constexpr bool MayJoin(const JoinFacts& facts) {
  if (facts.administrator) return false;
  if (facts.expert && facts.memberships > 0) return false;
  return facts.memberships < kMostMemberships;
}

// Roles that an account is to hold outside groups, and what stands in the way.
struct AccountRoleFacts {
  bool active = true;
  bool was_administrator = false;
  bool administrator = false;
  bool expert = false;
  int memberships = 0;
  int other_administrators = 0;  // active ones
  int other_experts = 0;
};

constexpr bool MayHold(const AccountRoleFacts& facts, int most_experts) {
  if (facts.administrator && facts.memberships > 0) return false;
  if (facts.expert && facts.memberships > 1) return false;
  if (facts.active && facts.expert && facts.other_experts >= most_experts) return false;
  // Somebody must be left to look after the platform.
  return !(facts.active && facts.was_administrator && !facts.administrator &&
           facts.other_administrators == 0);
}

}  // namespace aplus::auth
