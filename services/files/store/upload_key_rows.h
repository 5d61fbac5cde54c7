// "The same upload twice is one file" (P25). An upload lasts longer than a transaction may, so its key is
// taken when it begins and holds the digest of what came once it has ended; libs/postgres/idempotency.h is
// for calls that fit into one.
#pragma once

#include <optional>

#include "libs/postgres/statement.h"
#include "services/files/store/file_rows.h"

namespace aplus::files {

struct UploadKeyRow {
  FileId file{};
  Bytes head_hmac{};
  std::optional<Bytes> body_hmac{};  // none: not complete
  FileState state = FileState::kNone;
  std::int64_t size = 0;
  bool running = false;  // somebody receives it now
  bool old = false;      // beyond 24 hours: as good as none
};

inline constexpr Statement<UploadKeyRow, UserId, IdempotencyKey> kLockUploadKey{"lock_upload_key", R"sql(
  SELECT k.file_id, k.head_hmac, k.body_hmac, f.state, f.size,
         f.state = 1 AND f.lease_until > clock_timestamp(),
         k.created_at < clock_timestamp() - interval '24 hours'
    FROM upload_key AS k
    JOIN file AS f ON f.id = k.file_id               -- file_pkey
   WHERE k.owner_id = $1 AND k.key = $2              -- upload_key_pkey
     FOR UPDATE OF k
)sql"};

// Changes nothing when another call has just taken it.
inline constexpr Statement<Affected, UserId, IdempotencyKey, FileId, BytesView> kTakeUploadKey{
    "take_upload_key", R"sql(
  INSERT INTO upload_key (owner_id, key, file_id, head_hmac, created_at)
  VALUES ($1, $2, $3, $4, clock_timestamp())
      ON CONFLICT (owner_id, key) DO NOTHING
)sql"};

inline constexpr Statement<Affected, UserId, IdempotencyKey> kDropUploadKey{"drop_upload_key", R"sql(
  DELETE FROM upload_key
   WHERE owner_id = $1 AND key = $2                  -- upload_key_pkey
)sql"};

inline constexpr Statement<Affected, FileId, BytesView> kFinishUploadKey{"finish_upload_key", R"sql(
  UPDATE upload_key
     SET body_hmac = $2
   WHERE file_id = $1                                -- upload_key_file
)sql"};

// With the file's contents goes what could tell one content from another.
inline constexpr Statement<Affected, FileId> kForgetUploadKey{"forget_upload_key", R"sql(
  DELETE FROM upload_key
   WHERE file_id = $1                                -- upload_key_file
)sql"};

inline constexpr Statement<Affected> kSweepUploadKeys{"sweep_upload_keys", R"sql(
  DELETE FROM upload_key
   WHERE ctid IN (SELECT ctid
                    FROM upload_key
                   WHERE created_at < statement_timestamp() - interval '24 hours'   -- upload_key_created
                   ORDER BY created_at
                   LIMIT 1000
                     FOR UPDATE SKIP LOCKED)
)sql"};

}  // namespace aplus::files
