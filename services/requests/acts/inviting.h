// Bringing others in (P27): each invitation is a line in the thread, and the invited are told.
#pragma once

#include <string>
#include <vector>

#include "services/requests/acts/case.h"
#include "services/requests/acts/running.h"

namespace aplus::requests {

struct GroupInvitation {
  RequestId request{};
  std::vector<GroupId> groups;
  std::string text;  // why; an instructor's words stay between instructors
  std::string signed_by;
};
Task<Result<Acted>> InviteGroups(const Workshop& shop, const Asker& asker, const GroupInvitation& invitation);

struct HelperInvitation {
  RequestId request{};
  std::vector<UserId> users;  // colleagues of the creator's group
  std::string signed_by;
};
Task<Result<Acted>> InviteHelpers(const Workshop& shop, const Asker& asker,
                                  const HelperInvitation& invitation);

struct ExpertInvitation {
  RequestId request{};
  std::string signed_by;
};
Task<Result<Acted>> InviteExperts(const Workshop& shop, const Asker& asker,
                                  const ExpertInvitation& invitation);

// People who are brought in by name: as what, by whom.
struct Bringing {
  ParticipantKind kind = ParticipantKind::kHelper;
  std::optional<UserId> actor = {};
  std::optional<GroupId> actor_group = {};
  std::string signed_by = {};
};
// One line each, for acts and jobs alike; who takes part already is left out. Answers who came. The caller
// saves the case and tells. `cipher` may be nullptr where nobody signed.
Result<std::vector<UserId>> AddPeople(Transaction& tx, const Workshop& shop, Case& on,
                                      const std::vector<UserId>& users, const Bringing& bringing,
                                      const FieldCipher* cipher);

}  // namespace aplus::requests
