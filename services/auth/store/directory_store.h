// Areas, organisations, themes, groups and their members, as they are read.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/audit/audit_trail.h"
#include "libs/base/id.h"
#include "libs/identity/principal.h"
#include "libs/postgres/database.h"
#include "services/auth/store/codecs.h"

namespace aplus::auth {

struct AreaRow {
  std::string id;  // INSEE code
  std::string name;
  std::string time_zone;
};

struct OrganisationRow {
  std::string id;
  std::string short_name;
  std::string full_name;
  Side side = Side::kHelper;
  std::vector<std::string> theme_ids;
  std::string notice;
  std::vector<Identifier> entitled;
};

struct ThemeRow {
  std::string id;
  std::string name;
  std::vector<std::string> suggested_subjects;
};

// A group without its people (view group_card).
struct GroupRow {
  GroupId id;
  std::string name;
  std::string organisation_id;
  Side side = Side::kHelper;
  std::vector<std::string> area_ids;
  std::string notice;
  bool addressable = false;
  std::string sort_key;  // lists are in the order of (sort_key, id)
};

struct MemberRow {
  UserId id;
  std::string first_name;
  std::string last_name;
  std::string function;
  std::int16_t roles = 0;  // MembershipRole bits
};

// What a list of groups is narrowed to; what is empty does not narrow.
struct GroupFilter {
  std::string area_id;
  std::optional<Side> side;
  std::string organisation_id;
  std::string theme_id;
};

// Where a page begins: after this group. The default is before all.
struct GroupPosition {
  std::string sort_key;
  GroupId id;
};

// Io thread only; references must outlive it.
class DirectoryStore {
 public:
  DirectoryStore(Database& database, AuditTrail& trail) : database_(database), trail_(trail) {}

  Task<Result<std::vector<AreaRow>>> Areas(Deadline deadline);                  // by code
  Task<Result<std::vector<OrganisationRow>>> Organisations(Deadline deadline);  // by short name
  Task<Result<std::vector<ThemeRow>>> Themes(Deadline deadline);                // in the order of the screen
  // At most `limit`, by name.
  Task<Result<std::vector<GroupRow>>> Groups(GroupFilter filter, GroupPosition after, int limit,
                                             Deadline deadline);
  // The active members, in no order; nullopt: there is no such group.
  Task<Result<std::optional<std::vector<MemberRow>>>> Members(GroupId group, Deadline deadline);
  // The same, with `line` committed to the audit trail before the answer; as refused when there is no such
  // group.
  Task<Result<std::optional<std::vector<MemberRow>>>> MembersAudited(GroupId group, AuditEntry line,
                                                                     Deadline deadline);
  // Writes a line and nothing else: of a reading that was refused.
  Task<Result<void>> Trace(AuditEntry line, Deadline deadline);

  static StatementTable Statements();

 private:
  Task<Result<bool>> TraceIn(Transaction& tx, AuditEntry line);

  Database& database_;
  AuditTrail& trail_;
};

}  // namespace aplus::auth
