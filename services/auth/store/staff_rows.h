// Accounts as those see and change them who look after them (P1, P2, P4–P7).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/id.h"
#include "libs/identity/principal.h"
#include "libs/postgres/statement.h"
#include "services/auth/store/codecs.h"

namespace aplus::auth {

struct StaffRow {
  UserId id;
  std::string email, first_name, last_name, function, phone;
  bool shared = false;
  bool active = false;
  std::int16_t account_roles = 0;  // AccountRole bits
  std::vector<std::string> observed_organisations, observed_areas;
  Time created_at{};
  std::optional<Time> last_login_at, deactivated_at;
  std::int16_t exclusion = 0;  // ExclusionReason; 0: none
};

inline constexpr Statement<StaffRow, UserId> kStaff{"staff", R"sql(
  SELECT a.id, a.email, a.first_name, a.last_name, a.function, a.phone, a.shared, a.active,
         (a.administrator::int + 2 * a.expert::int + 4 * a.observer::int)::smallint,
         ARRAY(SELECT o.organisation_id
                 FROM observed_organisation o                  -- observed_organisation_pkey
                WHERE o.user_id = a.id
                ORDER BY o.organisation_id),
         ARRAY(SELECT o.area_id
                 FROM observed_area o                          -- observed_area_pkey
                WHERE o.user_id = a.id
                ORDER BY o.area_id),
         a.created_at, a.last_login_at, a.deactivated_at, a.exclusion
    FROM account a                                             -- account_pkey
   WHERE a.id = $1
)sql"};

// Groups of an account, with its roles: GroupRow's columns flat.
struct StaffGroupRow {
  GroupId id;
  std::string name, organisation_id;
  Side side = Side::kHelper;
  std::vector<std::string> area_ids;
  std::string notice;
  bool addressable = false;
  std::string sort_key;
  std::int16_t roles = 0;
};

inline constexpr Statement<StaffGroupRow, UserId> kStaffGroups{"staff_groups", R"sql(
  SELECT c.id, c.name, c.organisation_id, c.side, c.area_ids, c.notice, c.addressable, c.sort_key,
         (m.helper::int + 2 * m.instructor::int + 4 * m.manager::int)::smallint
    FROM membership m                                          -- membership_pkey
    JOIN group_card c ON c.id = m.group_id
   WHERE m.user_id = $1
   ORDER BY c.sort_key, c.id
)sql"};

// nullopt of RunOne: the address belongs to somebody.
inline constexpr Statement<UserId, UserId, std::string, std::string, std::string, std::string, std::string,
                           std::string, bool>
    kOpenAccount{"open_account", R"sql(
  INSERT INTO account (id, email, email_key, first_name, last_name, function, phone, shared)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
  ON CONFLICT (email_key) DO NOTHING
  RETURNING id
)sql"};

struct StandingRow {
  bool active = false;
  bool administrator = false;
  bool expert = false;
  bool observer = false;
  std::int16_t exclusion = 0;
  std::string email_key;
  std::int64_t memberships = 0;
};

inline constexpr Statement<StandingRow, UserId> kLockStanding{"lock_standing", R"sql(
  SELECT a.active, a.administrator, a.expert, a.observer, a.exclusion, a.email_key,
         (SELECT count(*)
            FROM membership m                                  -- membership_pkey
           WHERE m.user_id = a.id)
    FROM account a                                             -- account_pkey
   WHERE a.id = $1
     FOR NO KEY UPDATE OF a
)sql"};

// Groups that would be without an active manager, or instructor, were it not for this account.
struct LossRow {
  GroupId group;
  bool last_manager = false;
  bool last_instructor = false;
};

inline constexpr Statement<LossRow, UserId> kLosses{"losses", R"sql(
  SELECT m.group_id,
         m.manager AND NOT EXISTS (SELECT
                                     FROM membership o         -- membership_by_group
                                     JOIN account a ON a.id = o.user_id AND a.active
                                    WHERE o.group_id = m.group_id
                                      AND o.user_id <> m.user_id
                                      AND o.manager),
         m.instructor AND NOT EXISTS (SELECT
                                        FROM membership o      -- membership_instructors
                                        JOIN account a ON a.id = o.user_id AND a.active
                                       WHERE o.group_id = m.group_id
                                         AND o.user_id <> m.user_id
                                         AND o.instructor)
    FROM membership m                                          -- membership_pkey
   WHERE m.user_id = $1
)sql"};

struct HeirRow {
  UserId id;
  std::string first_name, last_name;
};

// Active helpers of the groups in which the account is a helper itself.
inline constexpr Statement<HeirRow, UserId> kHeirs{"heirs", R"sql(
  SELECT a.id, a.first_name, a.last_name
    FROM account a                                             -- account_pkey
   WHERE a.active
     AND a.id <> $1
     AND a.id IN (SELECT m.user_id
                    FROM membership mine                       -- membership_pkey
                    JOIN membership m ON m.group_id = mine.group_id AND m.helper
                   WHERE mine.user_id = $1)
   ORDER BY a.sort_key, a.id
   LIMIT 1000
)sql"};

inline constexpr Statement<bool, UserId, UserId> kIsHeir{"is_heir", R"sql(
  SELECT EXISTS (SELECT
                   FROM membership mine                        -- membership_pkey
                   JOIN membership m ON m.group_id = mine.group_id AND m.helper AND m.user_id = $2
                   JOIN account a ON a.id = m.user_id AND a.active
                  WHERE mine.user_id = $1
                    AND $1 <> $2)
)sql"};

inline constexpr Statement<std::int64_t, UserId> kSessionCount{"session_count", R"sql(
  SELECT count(*)
    FROM session                                               -- session_by_user
   WHERE user_id = $1
     AND expires_at > clock_timestamp()
)sql"};

inline constexpr Statement<Affected, UserId> kCloseAccount{"close_account", R"sql(
  UPDATE account
     SET active = false, deactivated_at = clock_timestamp()
   WHERE id = $1                                               -- account_pkey
     AND active
)sql"};

inline constexpr Statement<Affected, UserId> kReopenAccount{"reopen_account", R"sql(
  UPDATE account
     SET active = true, deactivated_at = NULL, active_since = clock_timestamp(), exclusion = 0,
         inactivity_warnings = 0, inactivity_warned_at = NULL
   WHERE id = $1                                               -- account_pkey
     AND anonymised_at IS NULL
)sql"};

inline constexpr Statement<Affected, UserId, std::int16_t> kNoteExclusion{"note_exclusion", R"sql(
  UPDATE account
     SET exclusion = $2
   WHERE id = $1                                               -- account_pkey
)sql"};

inline constexpr Statement<Affected, UserId, std::string, std::string> kGiveEmail{"give_email", R"sql(
  UPDATE account
     SET email = $2, email_key = $3
   WHERE id = $1                                               -- account_pkey
     AND NOT EXISTS (SELECT
                       FROM account o                          -- account_email_key
                      WHERE o.email_key = $3
                        AND o.id <> $1)
)sql"};

// Login links that were sent and not used.
inline constexpr Statement<Affected, UserId> kEndLinks{"end_links", R"sql(
  UPDATE login_token
     SET ended_at = clock_timestamp()
   WHERE user_id = $1                                          -- login_token_by_user
     AND consumed_at IS NULL
     AND ended_at IS NULL
)sql"};

struct PlatformStaffRow {
  std::int64_t administrators = 0, experts = 0;
};

// Active ones, less one account.
inline constexpr Statement<PlatformStaffRow, UserId> kPlatformStaff{"platform_staff", R"sql(
  SELECT count(*) FILTER (WHERE administrator), count(*) FILTER (WHERE expert)
    FROM account                                               -- account_with_role
   WHERE (administrator OR expert OR observer)
     AND active
     AND id <> $1
)sql"};

// Only one changes the platform's staff at a time, so that the last administrator is counted right.
inline constexpr Statement<bool> kLockPlatformStaff{"lock_platform_staff", R"sql(
  SELECT pg_advisory_xact_lock(hashtext('aplus.auth.platform_staff')) IS NOT NULL
)sql"};

inline constexpr Statement<Affected, UserId, bool, bool, bool> kGiveAccountRoles{"give_account_roles", R"sql(
  UPDATE account
     SET administrator = $2, expert = $3, observer = $4
   WHERE id = $1                                               -- account_pkey
)sql"};

using Texts = std::vector<std::string>;

inline constexpr Statement<std::int64_t, Texts, Texts> kUnknownScope{"unknown_scope", R"sql(
  SELECT (SELECT count(*)
            FROM unnest($1) AS wanted
           WHERE NOT EXISTS (SELECT FROM organisation o WHERE o.id = wanted))
       + (SELECT count(*)
            FROM unnest($2) AS wanted
           WHERE NOT EXISTS (SELECT FROM area a WHERE a.id = wanted))
)sql"};

inline constexpr Statement<Affected, UserId> kForgetObservedOrganisations{"forget_observed_organisations",
                                                                          R"sql(
  DELETE FROM observed_organisation
   WHERE user_id = $1                                          -- observed_organisation_pkey
)sql"};
inline constexpr Statement<Affected, UserId> kForgetObservedAreas{"forget_observed_areas", R"sql(
  DELETE FROM observed_area
   WHERE user_id = $1                                          -- observed_area_pkey
)sql"};
inline constexpr Statement<Affected, UserId, Texts> kObserveOrganisations{"observe_organisations", R"sql(
  INSERT INTO observed_organisation (user_id, organisation_id)
  SELECT $1, organisation_id
    FROM unnest($2) AS organisation_id
  ON CONFLICT DO NOTHING
)sql"};
inline constexpr Statement<Affected, UserId, Texts> kObserveAreas{"observe_areas", R"sql(
  INSERT INTO observed_area (user_id, area_id)
  SELECT $1, area_id
    FROM unnest($2) AS area_id
  ON CONFLICT DO NOTHING
)sql"};

struct PublishedRow {
  std::int32_t version = 0;
  Time in_force{};
};

// Answers nothing when it is not the version after the last, or would be in force before it.
inline constexpr Statement<PublishedRow, std::int32_t, std::optional<Time>> kPublishTerms{"publish_terms",
                                                                                          R"sql(
  INSERT INTO terms_version (version, in_force)
  SELECT $1, coalesce($2, clock_timestamp())
   WHERE $1 = (SELECT coalesce(max(t.version), 0) + 1
                 FROM terms_version t)
     AND coalesce($2, clock_timestamp()) >= (SELECT coalesce(max(t.in_force), '-infinity')
                                               FROM terms_version t)
  ON CONFLICT (version) DO NOTHING
  RETURNING version, in_force
)sql"};

}  // namespace aplus::auth
