#include "services/stats/domain/scope.h"

#include <algorithm>

namespace aplus::stats {
namespace scope {

bool Holds(const std::vector<GroupId>& groups, const GroupId& group) {
  return std::find(groups.begin(), groups.end(), group) != groups.end();
}

// The groups that both name.
std::vector<GroupId> Common(const std::vector<GroupId>& a, const std::vector<GroupId>& b) {
  std::vector<GroupId> common;
  std::copy_if(a.begin(), a.end(), std::back_inserter(common),
               [&](const GroupId& group) { return Holds(b, group); });
  return common;
}

}  // namespace scope

Result<Selection> Select(const Principal& principal, Time now, const Filter& filter,
                         const std::vector<GroupId>& asked, const Observed& observed,
                         const std::vector<GroupId>& observed_groups) {
  const Caller caller = CallerOf(principal, now);
  Selection mine;
  mine.all = caller.administrator;
  mine.area = filter.area;
  for (const Membership& membership : principal.memberships) mine.groups.push_back(membership.group);
  if (caller.observer) {
    for (const GroupId& group : observed_groups) {
      if (!scope::Holds(mine.groups, group)) mine.groups.push_back(group);
    }
    mine.areas = observed.areas;
  }

  const bool narrowed = filter.group.has_value() || !filter.organisation.empty();
  Selection selection = mine;
  bool in_scope = mine.all || !mine.groups.empty() || !mine.areas.empty();
  if (narrowed) {
    const std::vector<GroupId> common = mine.all ? asked : scope::Common(asked, mine.groups);
    if (mine.areas.empty()) {
      // Plainly the groups asked for, where they are mine.
      selection.all = false;
      selection.groups = common;
      in_scope = !common.empty();
    } else {
      // Whatever group he asks for, of his areas; of other areas only where the group itself is his.
      selection.groups = common;
      selection.narrow = asked;
      in_scope = !asked.empty();
    }
  }
  const Verdict verdict = Decide(caller, Operation::kA3, {.in_scope = in_scope});
  const auto reason = ReasonOf(verdict);
  if (!reason && (!narrowed || !asked.empty())) return selection;
  // Whether a group exists that is none of his is not his to know; that he may see no figures at all is.
  const bool could_see = !ReasonOf(Decide(caller, Operation::kA3, {.in_scope = true}));
  return Fail(narrowed && could_see ? Reason::kNotFound : reason.value_or(Reason::kForbidden));
}

}  // namespace aplus::stats
