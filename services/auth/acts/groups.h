// Groups and organisations, administered and found (P8).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/auth/acts/office.h"
#include "services/auth/store/group_admin_rows.h"
#include "services/auth/store/search_rows.h"

namespace aplus::auth {

// What is absent stays as it is; `areas` when there are any.
struct GroupChange {
  MaybeText name, mailbox, notice, france_services_number;
  std::vector<std::string> areas;
};

struct NewGroup {
  std::string organisation_id, name, mailbox, notice, france_services_number;
  std::vector<std::string> areas;
};

struct OrganisationChange {
  std::string id, short_name, full_name;
  Side side = Side::kHelper;
  std::vector<std::string> themes;
  std::string notice;
  std::vector<Identifier> entitled;
};

// Where a page begins: after this name and id. The default is before all.
struct NamePosition {
  std::string sort_key;
  UuidBytes id{};
};

struct PeopleQuery {
  std::string words;
  std::optional<GroupId> group;
  bool deactivated_too = false;
  NamePosition after;
  int limit = 26;
};

Task<Result<GroupDetailsRow>> CreateGroup(const Office& office, const Asker& asker, const NewGroup& group);
Task<Result<GroupDetailsRow>> UpdateGroup(const Office& office, const Asker& asker, GroupId group,
                                          const GroupChange& change);
Task<Result<bool>> SaveOrganisation(const Office& office, const Asker& asker,
                                    const OrganisationChange& change);
// `mine`: the caller is a member.
Task<Result<GroupDetailsRow>> GetGroup(const Office& office, const Asker& asker, GroupId group, bool mine);
Task<Result<std::vector<GroupDetailsRow>>> SearchGroups(const Office& office, const Asker& asker,
                                                        std::string words, NamePosition after, int limit);
// Leaves one line in the audit trail.
Task<Result<std::vector<FoundPerson>>> SearchPeople(const Office& office, const Asker& asker,
                                                    const PeopleQuery& query);

// LIKE patterns that a folded text matches which holds all the words; one that everything matches for none.
std::vector<std::string> PatternsOf(const std::string& words);

}  // namespace aplus::auth
