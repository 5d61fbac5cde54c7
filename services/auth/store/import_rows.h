// Tables of people (P4): kept while they are looked at and can be undone. Columns travel as arrays, so that
// five thousand rows are one statement.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/id.h"
#include "libs/crypto/digest.h"
#include "libs/postgres/statement.h"
#include "services/auth/domain/import_plan.h"

namespace aplus {

template <>
struct DbEnum<auth::RowOutcome> {
  static constexpr auth::RowOutcome kLast = auth::RowOutcome::kKept;
};

namespace auth {

using ImportId = Id<struct ImportTag>;

enum class ImportState : std::int16_t { kNone, kPreview, kApplied, kUndone };

}  // namespace auth

template <>
struct DbEnum<auth::ImportState> {
  static constexpr auth::ImportState kLast = auth::ImportState::kUndone;
};

namespace auth {

struct KnownRow {
  std::string email_key;
  UserId id;
  bool active = false;
  bool member = false;
  bool administrator = false;
  bool expert = false;
  std::int64_t memberships = 0;  // in other groups
};

inline constexpr Statement<KnownRow, std::vector<std::string>, GroupId> kKnownAccounts{"known_accounts",
                                                                                       R"sql(
  SELECT a.email_key, a.id, a.active,
         EXISTS (SELECT
                   FROM membership m                           -- membership_pkey
                  WHERE m.user_id = a.id
                    AND m.group_id = $2),
         a.administrator, a.expert,
         (SELECT count(*)
            FROM membership m
           WHERE m.user_id = a.id
             AND m.group_id <> $2)
    FROM account a                                             -- account_email_key
   WHERE a.email_key = ANY ($1)
)sql"};

// Answers under which id it is kept: the same people looked at again, before they are applied, are the same
// import, planned anew.
inline constexpr Statement<ImportId, ImportId, GroupId, UserId, Sha256Digest> kKeepImport{"keep_import",
                                                                                          R"sql(
  INSERT INTO account_import (id, group_id, author_id, digest)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (author_id, group_id, digest) WHERE state = 1    -- account_import_looked_at
  DO UPDATE SET created_at = clock_timestamp()
  RETURNING id
)sql"};

inline constexpr Statement<Affected, ImportId> kDropRows{"drop_import_rows", R"sql(
  DELETE FROM account_import_row
   WHERE import_id = $1                                        -- account_import_row_pkey
)sql"};

using Column = std::vector<std::string>;

inline constexpr Statement<Affected, ImportId, std::vector<std::int32_t>, std::vector<std::int16_t>, Column,
                           Column, Column, Column, Column, Column, Column, std::vector<std::int16_t>,
                           std::vector<std::int16_t>, std::vector<UserId>>
    kKeepRows{"keep_import_rows", R"sql(
  INSERT INTO account_import_row (import_id, line, outcome, wrong, email, email_key, first_name, last_name,
                                  function, phone, shared, roles, user_id)
  SELECT $1, r.line, r.outcome, r.wrong, r.email, r.email_key, r.first_name, r.last_name,
         r.function, r.phone, r.shared <> 0, r.roles, r.user_id
    FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
      AS r (line, outcome, wrong, email, email_key, first_name, last_name, function, phone, shared, roles, user_id)
)sql"};

struct ImportHead {
  ImportId id;
  GroupId group;
  ImportState state = ImportState::kNone;
  Time created_at{};
  std::optional<Time> applied_at, undone_at;
};

// Of its author alone; nullopt of RunOne: none of his.
inline constexpr Statement<ImportHead, ImportId, UserId> kFindImport{"find_import", R"sql(
  SELECT id, group_id, state, created_at, applied_at, undone_at
    FROM account_import                                        -- account_import_pkey
   WHERE id = $1
     AND author_id = $2
)sql"};

inline constexpr Statement<ImportHead, ImportId, UserId> kLockImport{"lock_import", R"sql(
  SELECT id, group_id, state, created_at, applied_at, undone_at
    FROM account_import                                        -- account_import_pkey
   WHERE id = $1
     AND author_id = $2
     FOR UPDATE
)sql"};

struct OutcomeCount {
  RowOutcome outcome = RowOutcome::kNone;
  std::int64_t rows = 0;
};

inline constexpr Statement<OutcomeCount, ImportId> kImportFigures{"import_figures", R"sql(
  SELECT outcome, count(*)
    FROM account_import_row                                    -- account_import_row_pkey
   WHERE import_id = $1
   GROUP BY outcome
   ORDER BY outcome
)sql"};

struct ImportedRow {
  std::int32_t line = 0;
  RowOutcome outcome = RowOutcome::kNone;
  std::string wrong, email, first_name, last_name;
  std::int16_t roles = 0;
  UserId user;
};

inline constexpr Statement<ImportedRow, ImportId, std::int16_t, std::int32_t, std::int32_t> kImportRows{
    "import_rows", R"sql(
  SELECT line, outcome, wrong, email, first_name, last_name, roles, user_id
    FROM account_import_row                                    -- account_import_row_pkey
   WHERE import_id = $1
     AND ($2 = 0 OR outcome = $2)
     AND line > $3
   ORDER BY line
   LIMIT $4
)sql"};

// ---- Applying: 1 create, 2 add, 3 member, 6 deactivated, 7 refused, 8 created, 9 added. ----

// Whether applying would give more than the helper role (A10).
inline constexpr Statement<bool, ImportId> kGrantsMore{"import_grants_more", R"sql(
  SELECT EXISTS (SELECT
                   FROM account_import_row                     -- account_import_row_pkey
                  WHERE import_id = $1
                    AND outcome IN (1, 2)
                    AND roles <> 1)
)sql"};

inline constexpr Statement<Affected, ImportId> kMakeAccounts{"import_make_accounts", R"sql(
  INSERT INTO account (id, email, email_key, first_name, last_name, function, phone, shared)
  SELECT r.user_id, r.email, r.email_key, r.first_name, r.last_name, r.function, r.phone, r.shared
    FROM account_import_row r                                  -- account_import_row_pkey
   WHERE r.import_id = $1
     AND r.outcome = 1
  ON CONFLICT (email_key) DO NOTHING
)sql"};

// An address that somebody took meanwhile: the row is planned anew, for the account that has it.
inline constexpr Statement<Affected, ImportId> kPlanTaken{"import_plan_taken", R"sql(
  UPDATE account_import_row r
     SET outcome = CASE WHEN a.active THEN 2 ELSE 6 END, user_id = a.id
    FROM account a                                             -- account_email_key
   WHERE r.import_id = $1
     AND r.outcome = 1
     AND a.email_key = r.email_key
     AND a.id <> r.user_id
)sql"};

struct GivenRow {
  UserId user;
  std::int16_t roles = 0;
  bool created = false;
};

// Whoever may join joins (P2) and is marked; answers who did.
inline constexpr Statement<GivenRow, ImportId, GroupId> kGiveMemberships{"import_give_memberships", R"sql(
  WITH joining AS (
    SELECT r.line, r.user_id, r.roles, r.outcome = 1 AS created
      FROM account_import_row r                                -- account_import_row_pkey
      JOIN account a ON a.id = r.user_id
     WHERE r.import_id = $1
       AND r.outcome IN (1, 2)
       AND a.active
       AND NOT a.administrator
       AND NOT EXISTS (SELECT
                         FROM membership m                     -- membership_pkey
                        WHERE m.user_id = a.id
                          AND (m.group_id = $2 OR a.expert))
  ), given AS (
    INSERT INTO membership (user_id, group_id, helper, instructor, manager)
    SELECT user_id, $2, roles & 1 <> 0, roles & 2 <> 0, roles & 4 <> 0
      FROM joining
  ), marked AS (
    UPDATE account_import_row r
       SET outcome = CASE WHEN j.created THEN 8 ELSE 9 END
      FROM joining j
     WHERE r.import_id = $1
       AND r.line = j.line
  )
  SELECT user_id, roles, created
    FROM joining
   ORDER BY line
)sql"};

// What could not be done says why.
inline constexpr Statement<Affected, ImportId, GroupId> kMarkLeftOut{"import_mark_left_out", R"sql(
  UPDATE account_import_row r
     SET outcome = CASE WHEN NOT a.active THEN 6
                        WHEN EXISTS (SELECT
                                       FROM membership m       -- membership_pkey
                                      WHERE m.user_id = a.id
                                        AND m.group_id = $2) THEN 3
                        ELSE 7
                   END
    FROM account a                                             -- account_pkey
   WHERE r.import_id = $1
     AND r.outcome = 2
     AND a.id = r.user_id
)sql"};

inline constexpr Statement<Affected, ImportId, ImportState> kMarkImport{"mark_import", R"sql(
  UPDATE account_import
     SET state = $2,
         applied_at = CASE WHEN $2 = 2 THEN clock_timestamp() ELSE applied_at END,
         undone_at = CASE WHEN $2 = 3 THEN clock_timestamp() ELSE undone_at END
   WHERE id = $1                                               -- account_import_pkey
)sql"};

// ---- Undoing: 10 undone, 11 kept. ----

// Takes the memberships back; answers whom.
inline constexpr Statement<UserId, ImportId, GroupId> kTakeMemberships{"import_take_memberships", R"sql(
  DELETE FROM membership m                                     -- membership_pkey
   USING account_import_row r
   WHERE r.import_id = $1
     AND r.outcome IN (8, 9)
     AND m.user_id = r.user_id
     AND m.group_id = $2
  RETURNING m.user_id
)sql"};

// Accounts that it made, that nobody used and that belong nowhere else.
inline constexpr Statement<UserId, ImportId> kUnusedAccounts{"import_unused_accounts", R"sql(
  SELECT a.id
    FROM account_import_row r                                  -- account_import_row_pkey
    JOIN account a ON a.id = r.user_id
   WHERE r.import_id = $1
     AND r.outcome = 8
     AND a.last_login_at IS NULL
     AND NOT (a.administrator OR a.expert OR a.observer)
     AND NOT EXISTS (SELECT
                       FROM membership m                       -- membership_pkey
                      WHERE m.user_id = a.id)
   ORDER BY a.id
     FOR UPDATE OF a
)sql"};

inline constexpr Statement<Affected, std::vector<UserId>> kRemoveAccounts{"import_remove_accounts", R"sql(
  DELETE FROM account
   WHERE id = ANY ($1)                                         -- account_pkey
)sql"};

inline constexpr Statement<Affected, ImportId> kMarkUndone{"import_mark_undone", R"sql(
  UPDATE account_import_row r
     SET outcome = CASE WHEN r.outcome = 8 AND EXISTS (SELECT
                                                         FROM account a   -- account_pkey
                                                        WHERE a.id = r.user_id) THEN 11
                        ELSE 10
                   END
   WHERE r.import_id = $1
     AND r.outcome IN (8, 9)
)sql"};

inline constexpr Statement<Affected, std::vector<UserId>> kEndSessionsOf{"end_sessions_of", R"sql(
  DELETE FROM session
   WHERE user_id = ANY ($1)                                    -- session_by_user
)sql"};

inline constexpr Statement<std::int64_t, GroupId> kManagersLeft{"managers_left", R"sql(
  SELECT count(*)
    FROM membership m                                          -- membership_by_group
    JOIN account a ON a.id = m.user_id AND a.active
   WHERE m.group_id = $1
     AND m.manager
)sql"};

// Tables nobody applied, and those that can no longer be undone.
inline constexpr Statement<Affected, Duration, Duration> kForgetImports{"forget_imports", R"sql(
  DELETE FROM account_import i
   WHERE i.created_at <= (SELECT clock_timestamp() - $1)       -- account_import_by_time
     AND (i.state = 1 OR coalesce(i.applied_at, i.created_at) <= clock_timestamp() - $2)
)sql"};

}  // namespace auth
}  // namespace aplus
