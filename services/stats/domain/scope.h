// Whose figures somebody sees (P81): a member those of his groups, an observer those of his organisations and
// areas, an administrator all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/result.h"
#include "libs/identity/principal.h"
#include "libs/identity/rights.h"

namespace aplus::stats {

// What an observer was given to see.
struct Observed {
  std::vector<std::string> organisations;
  std::vector<std::string> areas;
};

// Which figures are asked for; empty fields do not narrow.
struct Filter {
  std::string area;
  std::string organisation;
  std::optional<GroupId> group;
};

// Which requests the figures are made of: those of the groups or of the areas, and of `narrow` where it is
// set.
struct Selection {
  bool all = false;
  std::vector<GroupId> groups;
  std::vector<std::string> areas;
  std::optional<std::vector<GroupId>> narrow;
  std::string area;  // empty: any

  friend bool operator==(const Selection&, const Selection&) = default;
};

// Asks Decide("A3") and answers what to count. `asked`: the groups that the filter names (the group itself,
// or those of the organisation). `observed_groups`: those of the observer's organisations. kNotFound: the
// group or organisation is none of the caller's, or does not exist; he cannot tell which. kForbidden: the
// caller sees no figures at all.
Result<Selection> Select(const Principal& principal, Time now, const Filter& filter,
                         const std::vector<GroupId>& asked, const Observed& observed,
                         const std::vector<GroupId>& observed_groups);

}  // namespace aplus::stats
