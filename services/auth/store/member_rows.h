// Who belongs to a group, as it is changed (P2, P4). Whoever changes memberships locks the groups first, in
// the order of their ids, then the account: the last manager is counted under the group's lock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/id.h"
#include "libs/postgres/statement.h"

namespace aplus::auth {

// nullopt of RunOne: no such group.
inline constexpr Statement<GroupId, GroupId> kLockGroup{"lock_group", R"sql(
  SELECT id
    FROM user_group                                            -- user_group_pkey
   WHERE id = $1
     FOR NO KEY UPDATE
)sql"};

inline constexpr Statement<GroupId, UserId> kLockGroupsOf{"lock_groups_of", R"sql(
  SELECT g.id
    FROM user_group g                                          -- user_group_pkey
   WHERE g.id IN (SELECT m.group_id
                    FROM membership m                          -- membership_pkey
                   WHERE m.user_id = $1)
   ORDER BY g.id
     FOR NO KEY UPDATE OF g
)sql"};

// Roles as bits (MembershipRole); 0: not a member, or deactivated meanwhile.
inline constexpr Statement<std::int16_t, UserId, GroupId> kActingRoles{"acting_roles", R"sql(
  SELECT coalesce((SELECT m.helper::int + 2 * m.instructor::int + 4 * m.manager::int
                     FROM membership m                         -- membership_pkey
                     JOIN account a ON a.id = m.user_id AND a.active
                    WHERE m.user_id = $1
                      AND m.group_id = $2), 0)::smallint
)sql"};

// Whether the first manages a group of the second.
inline constexpr Statement<bool, UserId, UserId> kManages{"manages", R"sql(
  SELECT EXISTS (SELECT
                   FROM membership mine                        -- membership_pkey
                   JOIN membership theirs ON theirs.group_id = mine.group_id AND theirs.user_id = $2
                  WHERE mine.user_id = $1
                    AND mine.manager)
)sql"};

inline constexpr Statement<std::int16_t, UserId, GroupId> kRolesOf{"roles_of", R"sql(
  SELECT (helper::int + 2 * instructor::int + 4 * manager::int)::smallint
    FROM membership                                            -- membership_pkey
   WHERE user_id = $1
     AND group_id = $2
)sql"};

// Active managers of a group but one person.
inline constexpr Statement<std::int64_t, GroupId, UserId> kOtherManagers{"other_managers", R"sql(
  SELECT count(*)
    FROM membership m                                          -- membership_by_group
    JOIN account a ON a.id = m.user_id AND a.active
   WHERE m.group_id = $1
     AND m.manager
     AND m.user_id <> $2
)sql"};

struct JoiningRow {
  UserId id;
  bool active = false;
  bool administrator = false;
  bool expert = false;
  std::int64_t memberships = 0;
};

inline constexpr Statement<JoiningRow, std::string> kLockByEmail{"lock_account_by_email", R"sql(
  SELECT a.id, a.active, a.administrator, a.expert,
         (SELECT count(*)
            FROM membership m                                  -- membership_pkey
           WHERE m.user_id = a.id)
    FROM account a                                             -- account_email_key
   WHERE a.email_key = $1
     FOR NO KEY UPDATE OF a
)sql"};

inline constexpr Statement<JoiningRow, UserId> kLockById{"lock_account_by_id", R"sql(
  SELECT a.id, a.active, a.administrator, a.expert,
         (SELECT count(*)
            FROM membership m                                  -- membership_pkey
           WHERE m.user_id = a.id)
    FROM account a                                             -- account_pkey
   WHERE a.id = $1
     FOR NO KEY UPDATE OF a
)sql"};

inline constexpr Statement<Affected, UserId, GroupId, bool, bool, bool> kPutMember{"put_member", R"sql(
  INSERT INTO membership (user_id, group_id, helper, instructor, manager)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (user_id, group_id) DO UPDATE
     SET helper = excluded.helper, instructor = excluded.instructor, manager = excluded.manager
)sql"};

inline constexpr Statement<Affected, UserId, GroupId> kDropMember{"drop_member", R"sql(
  DELETE FROM membership
   WHERE user_id = $1                                          -- membership_pkey
     AND group_id = $2
)sql"};

inline constexpr Statement<Affected, GroupId, UserId, bool, bool, bool, UserId> kNoteDeparture{
    "note_departure", R"sql(
  INSERT INTO departure (group_id, user_id, helper, instructor, manager, actor_id)
  VALUES ($1, $2, $3, $4, $5, $6)
  ON CONFLICT (group_id, user_id) DO UPDATE
     SET helper = excluded.helper, instructor = excluded.instructor, manager = excluded.manager,
         actor_id = excluded.actor_id, at = clock_timestamp()
)sql"};

inline constexpr Statement<Affected, GroupId, UserId> kForgetDeparture{"forget_departure", R"sql(
  DELETE FROM departure
   WHERE group_id = $1                                         -- departure_pkey
     AND user_id = $2
)sql"};

inline constexpr Statement<std::int16_t, GroupId, UserId, Duration> kDepartedRoles{"departed_roles", R"sql(
  SELECT (helper::int + 2 * instructor::int + 4 * manager::int)::smallint
    FROM departure                                             -- departure_pkey
   WHERE group_id = $1
     AND user_id = $2
     AND at > clock_timestamp() - $3
)sql"};

struct DepartureRow {
  UserId user;
  std::string first_name, last_name;
  std::int16_t roles = 0;
  Time at{};
  UserId actor;
};

inline constexpr Statement<DepartureRow, GroupId, Duration> kDepartures{"departures", R"sql(
  SELECT d.user_id, a.first_name, a.last_name,
         (d.helper::int + 2 * d.instructor::int + 4 * d.manager::int)::smallint, d.at, d.actor_id
    FROM departure d                                           -- departure_pkey
    JOIN account a ON a.id = d.user_id
   WHERE d.group_id = $1
     AND d.at > clock_timestamp() - $2
   ORDER BY d.at DESC, d.user_id
   LIMIT 1000
)sql"};

inline constexpr Statement<Affected, Duration> kForgetOldDepartures{"forget_old_departures", R"sql(
  DELETE FROM departure
   WHERE at <= (SELECT clock_timestamp() - $1)                 -- departure_by_time
)sql"};

}  // namespace aplus::auth
