// The keystore's side: wrapped keys of files (SECURITY 2.6).
#pragma once

#include <vector>

#include "libs/postgres/statement.h"

namespace aplus::files {

struct KeyRow {
  FileId file{};
  RequestId request{};
  std::int32_t kek_version = 0;
  Bytes wrapped{};
};

inline constexpr Statement<Affected, FileId, RequestId, std::int32_t, Bytes> kInsertKey{"insert_key", R"sql(
  INSERT INTO file_key (file_id, request_id, kek_version, wrapped)
  VALUES ($1, $2, $3, $4)
)sql"};

inline constexpr Statement<KeyRow, FileId> kReadKey{"read_key", R"sql(
  SELECT file_id, request_id, kek_version, wrapped
    FROM file_key
   WHERE file_id = $1                                -- file_key_pkey
)sql"};

inline constexpr Statement<Affected, FileId> kDestroyKey{"destroy_key", R"sql(
  DELETE FROM file_key
   WHERE file_id = $1                                -- file_key_pkey
)sql"};

struct AgedKey {
  FileId file{};
  Time created_at{};
};

// Keys older than that, in the order of their making, after a point.
inline constexpr Statement<AgedKey, Duration, Time, FileId> kAgedKeys{"aged_keys", R"sql(
  SELECT file_id, created_at
    FROM file_key
   WHERE created_at < statement_timestamp() - $1         -- file_key_created
     AND created_at >= $2
     AND (created_at, file_id) > ($2, $3)
   ORDER BY created_at, file_id
   LIMIT 500
)sql"};

inline constexpr Statement<KeyRow, std::int32_t> kKeysToRewrap{"keys_to_rewrap", R"sql(
  SELECT file_id, request_id, kek_version, wrapped
    FROM file_key
   WHERE kek_version < $1                            -- file_key_kek
   ORDER BY kek_version, file_id
   LIMIT 100
     FOR UPDATE SKIP LOCKED
)sql"};

struct VersionCount {
  std::int32_t version = 0;
  std::int64_t count = 0;
};

// For operators: a look over the whole index.
inline constexpr Statement<VersionCount> kKeysUnder{"keys_under", R"sql(
  SELECT kek_version, count(*)
    FROM file_key                                    -- file_key_kek
   GROUP BY kek_version
)sql"};

inline constexpr Statement<Affected, FileId, std::int32_t, Bytes> kRewrapKey{"rewrap_key", R"sql(
  UPDATE file_key
     SET kek_version = $2, wrapped = $3
   WHERE file_id = $1                                -- file_key_pkey
)sql"};

}  // namespace aplus::files
