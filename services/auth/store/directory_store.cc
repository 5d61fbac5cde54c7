#include "services/auth/store/directory_store.h"

#include <utility>

namespace aplus::auth {
namespace directory_store {

constexpr Statement<AreaRow> kAreas{"areas", R"sql(
  SELECT id, name, time_zone
    FROM area
   ORDER BY id            -- area_pkey
)sql"};

constexpr Statement<OrganisationRow> kOrganisations{"organisations", R"sql(
  SELECT o.id, o.short_name, o.full_name, o.side,
         ARRAY(SELECT t.theme_id
                 FROM organisation_theme t
                WHERE t.organisation_id = o.id    -- organisation_theme_pkey
                ORDER BY t.theme_id) AS theme_ids,
         o.notice, o.entitled
    FROM organisation o
   ORDER BY o.sort_key, o.id                      -- some forty rows: read whole
)sql"};

constexpr Statement<ThemeRow> kThemes{"themes", R"sql(
  SELECT id, name, suggested_subjects
    FROM theme
   ORDER BY position, id                          -- ten rows: read whole
)sql"};

constexpr Statement<GroupRow, std::string, GroupId, std::string, std::string, std::string, std::int32_t>
    kGroups{"groups", R"sql(
  SELECT c.id, c.name, c.organisation_id, c.side, c.area_ids, c.notice, c.addressable, c.sort_key
    FROM group_card c
   WHERE (c.sort_key, c.id) > ($1, $2)            -- user_group_by_name
     AND ($3 = '' OR c.side = $3)
     AND ($4 = '' OR c.organisation_id = $4)
     AND ($5 = '' OR EXISTS (SELECT
                               FROM organisation_theme t
                              WHERE t.organisation_id = c.organisation_id
                                AND t.theme_id = $5))
   ORDER BY c.sort_key, c.id
   LIMIT $6
)sql"};

constexpr Statement<GroupRow, std::string, GroupId, std::string, std::string, std::string, std::int32_t,
                    std::string>
    kGroupsOfArea{"groups_of_area", R"sql(
  SELECT c.id, c.name, c.organisation_id, c.side, c.area_ids, c.notice, c.addressable, c.sort_key
    FROM group_area ga                            -- group_area_by_area
    JOIN group_card c ON c.id = ga.group_id
   WHERE ga.area_id = $7
     AND (c.sort_key, c.id) > ($1, $2)
     AND ($3 = '' OR c.side = $3)
     AND ($4 = '' OR c.organisation_id = $4)
     AND ($5 = '' OR EXISTS (SELECT
                               FROM organisation_theme t
                              WHERE t.organisation_id = c.organisation_id
                                AND t.theme_id = $5))
   ORDER BY c.sort_key, c.id
   LIMIT $6
)sql"};

// A group without active members answers one row without a person.
struct MaybeMemberRow {
  std::optional<UserId> id;
  std::string first_name, last_name, function;
  std::int16_t roles = 0;
};

constexpr Statement<MaybeMemberRow, GroupId> kMembers{"members", R"sql(
  SELECT a.id, coalesce(a.first_name, ''), coalesce(a.last_name, ''), coalesce(a.function, ''),
         coalesce(m.helper::int + 2 * m.instructor::int + 4 * m.manager::int, 0)::smallint
    FROM user_group g                             -- user_group_pkey
    LEFT JOIN (membership m                       -- membership_by_group
               JOIN account a ON a.id = m.user_id AND a.active)
      ON m.group_id = g.id
   WHERE g.id = $1
)sql"};

std::optional<std::vector<MemberRow>> MembersOf(const std::vector<MaybeMemberRow>& rows) {
  if (rows.empty()) return std::nullopt;
  std::vector<MemberRow> members;
  members.reserve(rows.size());
  for (const MaybeMemberRow& row : rows) {
    if (row.id) members.push_back({*row.id, row.first_name, row.last_name, row.function, row.roles});
  }
  return members;
}

}  // namespace directory_store

Task<Result<std::vector<AreaRow>>> DirectoryStore::Areas(Deadline deadline) {
  return database_.Query({deadline}, directory_store::kAreas);
}

Task<Result<std::vector<OrganisationRow>>> DirectoryStore::Organisations(Deadline deadline) {
  return database_.Query({deadline}, directory_store::kOrganisations);
}

Task<Result<std::vector<ThemeRow>>> DirectoryStore::Themes(Deadline deadline) {
  return database_.Query({deadline}, directory_store::kThemes);
}

Task<Result<std::vector<GroupRow>>> DirectoryStore::Groups(GroupFilter filter, GroupPosition after, int limit,
                                                           Deadline deadline) {
  const std::string side =
      filter.side ? std::string(DbEnum<Side>::kTexts[static_cast<std::size_t>(*filter.side)]) : std::string();
  if (filter.area_id.empty()) {
    return database_.Query({deadline}, directory_store::kGroups, after.sort_key, after.id, side,
                           filter.organisation_id, filter.theme_id, limit);
  }
  return database_.Query({deadline}, directory_store::kGroupsOfArea, after.sort_key, after.id, side,
                         filter.organisation_id, filter.theme_id, limit, filter.area_id);
}

Task<Result<std::optional<std::vector<MemberRow>>>> DirectoryStore::Members(GroupId group,
                                                                            Deadline deadline) {
  CO_TRY(auto rows, co_await database_.Query({deadline}, directory_store::kMembers, group));
  co_return directory_store::MembersOf(rows);
}

Task<Result<std::optional<std::vector<MemberRow>>>> DirectoryStore::MembersAudited(GroupId group,
                                                                                   AuditEntry line,
                                                                                   Deadline deadline) {
  using Members = std::optional<std::vector<MemberRow>>;
  auto decide = [this, line = std::move(line)](const std::vector<directory_store::MaybeMemberRow>& rows) {
    AuditEntry written = line;
    if (rows.empty()) {
      written.outcome = AuditOutcome::kRefused;
      written.reason = Describe(Reason::kNotFound).code;
    }
    return Audited<Members>{directory_store::MembersOf(rows), trail_.Line(written)};
  };
  return database_.AuditedRead({deadline}, std::move(decide), Bind(directory_store::kMembers, group));
}

Task<Result<void>> DirectoryStore::Trace(AuditEntry line, Deadline deadline) {
  CO_TRY([[maybe_unused]] const bool traced,
         co_await database_.Transact({.deadline = deadline},
                                     [&](Transaction& tx) { return TraceIn(tx, line); }));
  co_return Result<void>{};
}

Task<Result<bool>> DirectoryStore::TraceIn(Transaction& tx, AuditEntry line) {
  trail_.Record(tx, line);
  co_return true;
}

StatementTable DirectoryStore::Statements() {
  using namespace directory_store;
  return aplus::Statements(kAreas, kOrganisations, kThemes, kGroups, kGroupsOfArea, kMembers);
}

}  // namespace aplus::auth
