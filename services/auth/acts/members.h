// Who belongs to a group: added, taken out, put back, given roles (P2, P4).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "services/auth/acts/office.h"
#include "services/auth/store/member_rows.h"

namespace aplus::auth {

struct MemberNow {
  UserId user;
  std::uint8_t roles = 0;  // MembershipRole bits
};

// With the helper role only; who is a member stays what he is. kNotFound: no active account has the address.
Task<Result<MemberNow>> AddMember(const Office& office, const Asker& asker, GroupId group, std::string email);
// kImpossible: the last manager.
Task<Result<MemberNow>> RemoveMember(const Office& office, const Asker& asker, GroupId group, UserId user);
// With the roles held before. kNotFound: nobody took him out lately.
Task<Result<MemberNow>> RestoreMember(const Office& office, const Asker& asker, GroupId group, UserId user);
// `roles` is not 0. kImpossible: the last manager.
Task<Result<MemberNow>> SetRoles(const Office& office, const Asker& asker, GroupId group, UserId user,
                                 std::uint8_t roles);
Task<Result<std::vector<DepartureRow>>> ListDepartures(const Office& office, const Asker& asker,
                                                       GroupId group);

// For other acts. Locks the group; answers the caller's roles in it, 0 for none. A group that does not exist
// is told from one that is somebody else's to administrators only.
Task<Result<std::uint8_t>> EnterGroup(Transaction& tx, const Asker& asker, GroupId group);
// Queues the membership and its event.
void PutMember(Transaction& tx, const Office& office, UserId user, GroupId group, std::uint8_t roles);
// Queues the event that somebody is no member any more.
void TellRemoved(Transaction& tx, const Office& office, UserId user, GroupId group);

}  // namespace aplus::auth
