// Opening, closing and changing accounts (P1, P2, P4, P5, P7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/auth/acts/office.h"
#include "services/auth/store/staff_rows.h"

namespace aplus::auth {

// An account with its groups.
struct Staff {
  StaffRow account;
  std::vector<StaffGroupRow> groups;
};

struct NewAccount {
  std::string email, first_name, last_name, function, phone;
  bool shared = false;
  std::optional<GroupId> group;
  std::uint8_t roles = 0;  // in the group; 0: helper
};

// What deactivating would touch.
struct DeactivationEffects {
  std::vector<StaffGroupRow> groups;
  std::vector<LossRow> losses;
  std::vector<HeirRow> heirs;
  std::int64_t sessions = 0;
};

struct AccountRoles {
  std::uint8_t roles = 0;                         // AccountRole bits
  std::vector<std::string> organisations, areas;  // of an observer
};

// kConflict: the address has an account.
Task<Result<UserId>> CreateAccount(const Office& office, const Asker& asker, const NewAccount& account);
Task<Result<Staff>> GetAccount(const Office& office, const Asker& asker, UserId user);
Task<Result<DeactivationEffects>> PreviewDeactivation(const Office& office, const Asker& asker, UserId user);
Task<Result<Staff>> Deactivate(const Office& office, const Asker& asker, UserId user,
                               std::optional<UserId> heir);
Task<Result<Staff>> Reactivate(const Office& office, const Asker& asker, UserId user);
// `reason` as in ExclusionReason, from 1.
Task<Result<Staff>> Exclude(const Office& office, const Asker& asker, UserId user, std::int16_t reason);
Task<Result<Staff>> ChangeEmail(const Office& office, const Asker& asker, UserId user, std::string email);
Task<Result<Staff>> SetAccountRoles(const Office& office, const Asker& asker, UserId user,
                                    const AccountRoles& roles);
Task<Result<bool>> EndSessions(const Office& office, const Asker& asker, UserId user);
Task<Result<PublishedRow>> PublishTerms(const Office& office, const Asker& asker, std::int32_t version,
                                        std::optional<Time> in_force);

// For other acts and jobs. Queues the end of an active, locked account: sessions, live links, event. `cause`
// as in events::v1::DeactivationCause.
void CloseAccount(Transaction& tx, const Office& office, UserId user, std::optional<UserId> heir, int cause);

}  // namespace aplus::auth
