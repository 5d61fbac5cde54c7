// What the second factor's store reads and writes, statement by statement.
#pragma once

#include <cstdint>
#include <string>

#include "libs/base/bytes.h"
#include "libs/base/id.h"
#include "libs/base/time.h"
#include "libs/crypto/digest.h"
#include "libs/postgres/statement.h"
#include "services/auth/store/second_factor_store.h"

namespace aplus::auth::second_factor_store {

struct AccountRow {
  std::string email;
  std::int16_t roles = 0;  // AccountRole bits
  Time now;
};

constexpr Statement<AccountRow, UserId> kLockAccount{"factor_lock_account", R"sql(
  SELECT email, (administrator::int + 2 * expert::int + 4 * observer::int)::smallint, clock_timestamp()
    FROM account                                               -- account_pkey
   WHERE id = $1
     AND active
     FOR NO KEY UPDATE
)sql"};

constexpr Statement<UserId, std::string> kFindAccount{"factor_find_account", R"sql(
  SELECT id
    FROM account                                               -- account_email_key
   WHERE email_key = $1
     FOR NO KEY UPDATE
)sql"};

struct FactorRow {
  std::int32_t key_version = 0;
  Bytes sealed_secret;
  std::int64_t last_step = 0;

  SealedSecret sealed() const { return {key_version, sealed_secret}; }
};

constexpr Statement<FactorRow, UserId> kFactor{"factor_find", R"sql(
  SELECT key_version, sealed_secret, last_step
    FROM second_factor                                         -- second_factor_pkey
   WHERE user_id = $1
)sql"};

// A draft counts from its first code on: no step was taken yet.
constexpr Statement<FactorRow, UserId> kDraft{"factor_draft_find", R"sql(
  SELECT key_version, sealed_secret, 0::bigint
    FROM second_factor_draft                                   -- second_factor_draft_pkey
   WHERE user_id = $1
     AND expires_at > clock_timestamp()
)sql"};

constexpr Statement<Time, UserId, std::int32_t, Bytes, Duration> kPutDraft{"factor_draft_put", R"sql(
  INSERT INTO second_factor_draft (user_id, key_version, sealed_secret, expires_at)
  VALUES ($1, $2, $3, clock_timestamp() + $4)
  ON CONFLICT (user_id) DO UPDATE
        SET key_version = EXCLUDED.key_version,
            sealed_secret = EXCLUDED.sealed_secret,
            expires_at = EXCLUDED.expires_at
  RETURNING expires_at
)sql"};

constexpr Statement<Affected, UserId> kDropDraft{"factor_draft_drop", R"sql(
  DELETE FROM second_factor_draft
   WHERE user_id = $1                                          -- second_factor_draft_pkey
)sql"};

constexpr Statement<Affected, UserId, std::int32_t, Bytes, std::int64_t> kPut{"factor_put", R"sql(
  INSERT INTO second_factor (user_id, key_version, sealed_secret, last_step)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (user_id) DO UPDATE
        SET key_version = EXCLUDED.key_version,
            sealed_secret = EXCLUDED.sealed_secret,
            last_step = EXCLUDED.last_step,
            set_at = clock_timestamp()
)sql"};

constexpr Statement<Affected, UserId, std::int64_t> kTakeStep{"factor_take_step", R"sql(
  UPDATE second_factor
     SET last_step = $2
   WHERE user_id = $1                                          -- second_factor_pkey
     AND last_step < $2
)sql"};

constexpr Statement<Affected, UserId> kDrop{"factor_drop", R"sql(
  DELETE FROM second_factor
   WHERE user_id = $1                                          -- second_factor_pkey
)sql"};

constexpr Statement<Affected, UserId> kDropCodes{"recovery_code_drop", R"sql(
  DELETE FROM recovery_code
   WHERE user_id = $1                                          -- recovery_code_pkey
)sql"};

constexpr Statement<Affected, UserId, Sha256Digest> kAddCode{"recovery_code_add", R"sql(
  INSERT INTO recovery_code (user_id, code_mac)
  VALUES ($1, $2)
)sql"};

constexpr Statement<Affected, UserId, Sha256Digest> kUseCode{"recovery_code_use", R"sql(
  UPDATE recovery_code
     SET used_at = clock_timestamp()
   WHERE user_id = $1                                          -- recovery_code_pkey
     AND code_mac = $2
     AND used_at IS NULL
)sql"};

constexpr Statement<std::int32_t, UserId> kCodesLeft{"recovery_code_left", R"sql(
  SELECT count(*)::int
    FROM recovery_code                                         -- recovery_code_pkey
   WHERE user_id = $1
     AND used_at IS NULL
)sql"};

constexpr Statement<Time, UserId> kMisses{"factor_misses", R"sql(
  SELECT missed_at
    FROM second_factor_miss                                    -- second_factor_miss_by_user
   WHERE user_id = $1
     AND missed_at > (SELECT clock_timestamp() - interval '1 day')
   ORDER BY missed_at
)sql"};

constexpr Statement<Affected, UserId> kMiss{"factor_miss", R"sql(
  INSERT INTO second_factor_miss (user_id)
  VALUES ($1)
)sql"};

constexpr Statement<Affected, UserId> kForgetMisses{"factor_forget_misses", R"sql(
  DELETE FROM second_factor_miss
   WHERE user_id = $1                                          -- second_factor_miss_by_user
)sql"};

constexpr Statement<FactorState, UserId> kState{"factor_state", R"sql(
  SELECT EXISTS (SELECT
                   FROM second_factor f                        -- second_factor_pkey
                  WHERE f.user_id = $1),
         (SELECT count(*)::int
            FROM recovery_code c                               -- recovery_code_pkey
           WHERE c.user_id = $1
             AND c.used_at IS NULL)
)sql"};

struct VersionRow {
  std::int32_t version = 0;
  std::int64_t count = 0;
};

// For operators; small: who has a second factor holds rights over others.
constexpr Statement<VersionRow> kSealedUnder{"factor_sealed_under", R"sql(
  SELECT key_version, count(*)
    FROM second_factor
   GROUP BY key_version
)sql"};

struct OldRow {
  UserId user;
  std::int32_t key_version = 0;
  Bytes sealed_secret;
};

constexpr Statement<OldRow, std::int32_t> kOld{"factor_under_old_key", R"sql(
  SELECT user_id, key_version, sealed_secret
    FROM second_factor                                         -- second_factor_by_key
   WHERE key_version < $1
   ORDER BY key_version, user_id
   LIMIT 100
     FOR UPDATE SKIP LOCKED
)sql"};

constexpr Statement<Affected, UserId, std::int32_t, Bytes> kReseal{"factor_reseal", R"sql(
  UPDATE second_factor
     SET key_version = $2,
         sealed_secret = $3
   WHERE user_id = $1                                          -- second_factor_pkey
)sql"};

constexpr Statement<Affected> kDeleteDrafts{"factor_draft_delete_old", R"sql(
  DELETE FROM second_factor_draft
   WHERE user_id = ANY (ARRAY(SELECT d.user_id
                                FROM second_factor_draft d     -- second_factor_draft_by_expiry
                               WHERE d.expires_at <= (SELECT clock_timestamp())
                               ORDER BY d.expires_at
                               LIMIT 1000
                                 FOR UPDATE SKIP LOCKED))
)sql"};

constexpr Statement<Affected> kDeleteMisses{"factor_miss_delete_old", R"sql(
  DELETE FROM second_factor_miss
   WHERE missed_at <= (SELECT clock_timestamp() - interval '1 day')  -- second_factor_miss_by_time
)sql"};

}  // namespace aplus::auth::second_factor_store
