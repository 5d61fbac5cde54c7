// Groups and organisations as they are administered (P8). Names fold as their lists sort: sort_key comes from
// the caller (libs/base/text.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/id.h"
#include "libs/identity/principal.h"
#include "libs/postgres/statement.h"
#include "services/auth/store/codecs.h"

namespace aplus::auth {

// group_card's columns, then what only members and administrators see.
struct GroupDetailsRow {
  GroupId id;
  std::string name, organisation_id;
  Side side = Side::kHelper;
  std::vector<std::string> area_ids;
  std::string notice;
  bool addressable = false;
  std::string sort_key;
  std::string mailbox, france_services_number;
  std::int64_t members = 0, managers = 0;  // active ones
};

inline constexpr Statement<GroupDetailsRow, GroupId> kGroupDetails{"group_details_one", R"sql(
  SELECT c.id, c.name, c.organisation_id, c.side, c.area_ids, c.notice, c.addressable, c.sort_key,
         g.mailbox, g.france_services_number, n.members, n.managers
    FROM user_group g                                          -- user_group_pkey
    JOIN group_card c ON c.id = g.id
   CROSS JOIN LATERAL (SELECT count(*) AS members, count(*) FILTER (WHERE m.manager) AS managers
                         FROM membership m                     -- membership_by_group
                         JOIN account a ON a.id = m.user_id AND a.active
                        WHERE m.group_id = g.id) n
   WHERE g.id = $1
)sql"};

using Patterns = std::vector<std::string>;

// Groups of mine; every word in the name of the group or its organisation. Positions as in `groups`.
inline constexpr Statement<GroupDetailsRow, UserId, std::string, GroupId, Patterns, std::int32_t>
    kSearchMyGroups{"search_my_groups", R"sql(
  SELECT c.id, c.name, c.organisation_id, c.side, c.area_ids, c.notice, c.addressable, c.sort_key,
         g.mailbox, g.france_services_number, n.members, n.managers
    FROM membership mine                                       -- membership_pkey
    JOIN user_group g ON g.id = mine.group_id
    JOIN group_card c ON c.id = g.id
   CROSS JOIN LATERAL (SELECT count(*) AS members, count(*) FILTER (WHERE m.manager) AS managers
                         FROM membership m                     -- membership_by_group
                         JOIN account a ON a.id = m.user_id AND a.active
                        WHERE m.group_id = g.id) n
   WHERE mine.user_id = $1
     AND (c.sort_key, c.id) > ($2, $3)
     AND c.sort_key || ' ' || folded(c.organisation_short_name) LIKE ALL ($4)
   ORDER BY c.sort_key, c.id
   LIMIT $5
)sql"};

inline constexpr Statement<GroupDetailsRow, std::string, GroupId, Patterns, std::int32_t> kSearchGroups{
    "search_groups", R"sql(
  SELECT c.id, c.name, c.organisation_id, c.side, c.area_ids, c.notice, c.addressable, c.sort_key,
         g.mailbox, g.france_services_number, n.members, n.managers
    FROM user_group g                                          -- user_group_by_name
    JOIN group_card c ON c.id = g.id
   CROSS JOIN LATERAL (SELECT count(*) AS members, count(*) FILTER (WHERE m.manager) AS managers
                         FROM membership m                     -- membership_by_group
                         JOIN account a ON a.id = m.user_id AND a.active
                        WHERE m.group_id = g.id) n
   WHERE (g.sort_key, g.id) > ($1, $2)
     AND g.sort_key || ' ' || folded(c.organisation_short_name) LIKE ALL ($3)
   ORDER BY g.sort_key, g.id
   LIMIT $4
)sql"};

// nullopt of RunOne: no such organisation.
inline constexpr Statement<Side, std::string> kOrganisationSide{"organisation_side", R"sql(
  SELECT side
    FROM organisation                                          -- organisation_pkey
   WHERE id = $1
     FOR SHARE
)sql"};

// nullopt of RunOne: the organisation has a group of this name.
inline constexpr Statement<GroupId, GroupId, std::string, std::string, std::string, std::string, std::string,
                           std::string>
    kMakeGroup{"make_group", R"sql(
  INSERT INTO user_group (id, organisation_id, name, mailbox, notice, france_services_number, sort_key)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (organisation_id, name) DO NOTHING
  RETURNING id
)sql"};

using MaybeText = std::optional<std::string>;

// What is NULL stays. Changes nothing when the name is another group's.
inline constexpr Statement<Affected, GroupId, MaybeText, MaybeText, MaybeText, MaybeText, MaybeText>
    kChangeGroup{"change_group", R"sql(
  UPDATE user_group g
     SET name = coalesce($2, g.name),
         sort_key = coalesce($3, g.sort_key),
         mailbox = coalesce($4, g.mailbox),
         notice = coalesce($5, g.notice),
         france_services_number = coalesce($6, g.france_services_number)
   WHERE g.id = $1                                             -- user_group_pkey
     AND NOT EXISTS (SELECT
                       FROM user_group o                       -- user_group_name
                      WHERE o.organisation_id = g.organisation_id
                        AND o.name = $2
                        AND o.id <> g.id)
)sql"};

inline constexpr Statement<std::int64_t, std::vector<std::string>> kUnknownAreas{"unknown_areas", R"sql(
  SELECT count(*)
    FROM unnest($1) AS wanted
   WHERE NOT EXISTS (SELECT FROM area a WHERE a.id = wanted)   -- area_pkey
)sql"};

inline constexpr Statement<Affected, GroupId, std::vector<std::string>> kServeAreas{"serve_areas", R"sql(
  INSERT INTO group_area (group_id, area_id)
  SELECT $1, area_id
    FROM unnest($2) AS area_id
  ON CONFLICT DO NOTHING
)sql"};

inline constexpr Statement<Affected, GroupId, std::vector<std::string>> kLeaveAreas{"leave_areas", R"sql(
  DELETE FROM group_area
   WHERE group_id = $1                                         -- group_area_pkey
     AND area_id <> ALL ($2)
)sql"};

// Answers whether it has groups; nullopt of RunOne: not there yet.
struct OrganisationStanding {
  Side side = Side::kHelper;
  bool has_groups = false;
};

inline constexpr Statement<OrganisationStanding, std::string> kLockOrganisation{"lock_organisation", R"sql(
  SELECT o.side,
         EXISTS (SELECT
                   FROM user_group g                           -- user_group_name
                  WHERE g.organisation_id = o.id)
    FROM organisation o                                        -- organisation_pkey
   WHERE o.id = $1
     FOR UPDATE OF o
)sql"};

inline constexpr Statement<std::int64_t, std::vector<std::string>> kUnknownThemes{"unknown_themes", R"sql(
  SELECT count(*)
    FROM unnest($1) AS wanted
   WHERE NOT EXISTS (SELECT FROM theme t WHERE t.id = wanted)  -- theme_pkey
)sql"};

inline constexpr Statement<Affected, std::string, std::string, std::string, Side, std::string,
                           std::vector<Identifier>, std::string>
    kSaveOrganisation{"save_organisation", R"sql(
  INSERT INTO organisation (id, short_name, full_name, side, notice, entitled, sort_key)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (id) DO UPDATE
     SET short_name = excluded.short_name, full_name = excluded.full_name, side = excluded.side,
         notice = excluded.notice, entitled = excluded.entitled, sort_key = excluded.sort_key
)sql"};

inline constexpr Statement<Affected, std::string, std::vector<std::string>> kOrganisationAddThemes{
    "organisation_add_themes", R"sql(
  INSERT INTO organisation_theme (organisation_id, theme_id)
  SELECT $1, theme_id
    FROM unnest($2) AS theme_id
  ON CONFLICT DO NOTHING
)sql"};

inline constexpr Statement<Affected, std::string, std::vector<std::string>> kOrganisationDropThemes{
    "organisation_drop_themes", R"sql(
  DELETE FROM organisation_theme
   WHERE organisation_id = $1                                  -- organisation_theme_pkey
     AND theme_id <> ALL ($2)
)sql"};

}  // namespace aplus::auth
