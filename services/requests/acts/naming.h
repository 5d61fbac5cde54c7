// In whose name somebody acts, and what that does to his group (P29): shared by messages and quick replies.
#pragma once

#include <optional>

#include "services/requests/acts/case.h"
#include "services/requests/acts/telling.h"

namespace aplus::requests {

// The group in whose name an instructor acts: the one named, if it is his and addressed (else kForbidden);
// his only one when none is named.
Result<GroupId> ActingGroup(const Case& on, const std::optional<GroupId>& named);

// The acting group's state after the act; kImpossible when there is none.
Result<void> MoveGroup(Transaction& tx, Case& on, const GroupId& group, Act act,
                       std::optional<GroupId> proposed = std::nullopt);

// A processed request goes back to work (P30): groups that had called it processed have answered, no more.
void BackInProgress(Transaction& tx, Case& on);

// A partner has no account: its entries carry the group alone.
Doer DoerOf(const Asker& asker, std::optional<GroupId> group);

}  // namespace aplus::requests
