#include "services/requests/acts/naming.h"

#include <algorithm>

#include "services/requests/acts/checks.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {

Result<GroupId> ActingGroup(const Case& on, const std::optional<GroupId>& named) {
  const std::vector<GroupId>& mine = on.facts.instructor_groups;
  if (named) {
    if (std::ranges::find(mine, *named) == mine.end()) return Fail(Reason::kForbidden);
    return *named;
  }
  if (mine.size() == 1) return mine.front();
  return Fail(
      Violation("groupId", "required",
                "Vous appartenez à plusieurs groupes sollicités : indiquez au nom duquel vous agissez."));
}

Result<void> MoveGroup(Transaction& tx, Case& on, const GroupId& group, Act act,
                       std::optional<GroupId> proposed) {
  AddressedRow* addressed = on.FindGroup(group);
  const std::optional<GroupState> after = GroupAfter(addressed->state, act);
  if (!after) return Fail(on.Refusal(Reason::kImpossible));
  addressed->state = *after;
  addressed->proposed = *after == GroupState::kDeclined ? proposed : std::nullopt;
  tx.Send(kSaveAddressed, on.row.id, group, addressed->state, addressed->proposed, on.now);
  return {};
}

void BackInProgress(Transaction& tx, Case& on) {
  on.row.processed_at.reset();
  for (AddressedRow& addressed : on.groups) {
    const GroupState after = GroupBackInProgress(addressed.state);
    if (after == addressed.state) continue;
    addressed.state = after;
    tx.Send(kSaveAddressed, on.row.id, addressed.group, after, addressed.proposed, on.now);
  }
}

Doer DoerOf(const Asker& asker, std::optional<GroupId> group) {
  return {.user = asker.user.IsNil() ? std::nullopt : std::optional(asker.user), .group = group};
}

}  // namespace aplus::requests
