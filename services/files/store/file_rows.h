// Rows of files and the statements over them: one life from receiving to erased.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/files/domain/state.h"

namespace aplus {

template <>
struct DbEnum<files::FileState> {
  static constexpr files::FileState kLast = files::FileState::kBrokenOff;
};

}  // namespace aplus

namespace aplus::files {

struct FileRow {
  FileId id{};
  RequestId request{};
  UserId uploader{};  // or the partner's id
  FileState state = FileState::kNone;
  FileState told = FileState::kNone;
  std::string object{};
  std::string type{};
  std::int64_t size = 0;
  std::int64_t sealed_size = 0;
  Time erase_due{};
  // By the database's clock, which alone decides (P50).
  bool expired = false;
};

inline constexpr Statement<FileRow, FileId> kReadFile{"read_file", R"sql(
  SELECT id, request_id, uploader_id, state, told, object, type, size, sealed_size, erase_due,
         erase_due <= clock_timestamp()
    FROM file
   WHERE id = $1                                     -- file_pkey
)sql"};

inline constexpr Statement<FileRow, FileId> kLockFile{"lock_file", R"sql(
  SELECT id, request_id, uploader_id, state, told, object, type, size, sealed_size, erase_due,
         erase_due <= clock_timestamp()
    FROM file
   WHERE id = $1                                     -- file_pkey
     FOR UPDATE
)sql"};

// Lifetime until it must be unreadable; lease of the upload.
inline constexpr Statement<Affected, FileId, RequestId, UserId, std::string, std::string, Duration, Duration>
    kInsertFile{"insert_file", R"sql(
  INSERT INTO file (id, request_id, uploader_id, state, told, tell_after, object, type, started_at, lease_until, erase_due)
  SELECT $1, $2, $3, 1, 1, t.now, $4, $5, t.now, t.now + $7, t.now + $6
    FROM (SELECT clock_timestamp() AS now) AS t
)sql"};

// In the transaction that makes the file: nothing is ever stored without its end being known.
inline constexpr Statement<Affected, FileId> kInsertTask{"insert_task", R"sql(
  INSERT INTO erasure_task (file_id, rule, due_at)
  SELECT id, 'P50', erase_due
    FROM file
   WHERE id = $1                                     -- file_pkey
)sql"};

// Refused before anything was stored: as if it had never been asked for.
inline constexpr Statement<Affected, FileId> kForgetFile{"forget_file", R"sql(
  DELETE FROM file
   WHERE id = $1                                     -- file_pkey
     AND state = 1
)sql"};

inline constexpr Statement<Affected, FileId, Duration> kRenewLease{"renew_lease", R"sql(
  UPDATE file
     SET lease_until = clock_timestamp() + $2
   WHERE id = $1                                     -- file_pkey
     AND state = 1
)sql"};

// The last byte is stored and the contents are what they claim to be.
inline constexpr Statement<Affected, FileId, FileState, std::string, std::int64_t, std::int64_t>
    kCompleteFile{"complete_file", R"sql(
  UPDATE file
     SET state = $2, type = $3, size = $4, sealed_size = $5,
         uploaded_at = clock_timestamp(), scan_after = clock_timestamp(), tell_after = clock_timestamp()
   WHERE id = $1                                     -- file_pkey
     AND state = 1
)sql"};

// From one of the states that have an end before them.
inline constexpr Statement<Affected, FileId, FileState> kEndFile{"end_file", R"sql(
  UPDATE file
     SET state = $2, tell_after = clock_timestamp(), tell_tries = 0
   WHERE id = $1                                     -- file_pkey
     AND state IN (1, 2, 3)
)sql"};

inline constexpr Statement<FileId, RequestId> kFilesOfRequest{"files_of_request", R"sql(
  SELECT id
    FROM file
   WHERE request_id = $1                             -- file_request
     AND state IN (1, 2, 3)
   ORDER BY id
)sql"};

// ---- The sweep of what was left behind ----

// Uploads whose process or client is gone.
inline constexpr Statement<FileId> kStaleUploads{"stale_uploads", R"sql(
  SELECT id
    FROM file
   WHERE state = 1
     AND lease_until < statement_timestamp()             -- file_receiving
   ORDER BY lease_until
   LIMIT 100
)sql"};

inline constexpr Statement<FileId, FileId> kLockStaleUpload{"lock_stale_upload", R"sql(
  SELECT id
    FROM file
   WHERE id = $1                                     -- file_pkey
     AND state = 1
     AND lease_until < statement_timestamp()
     FOR UPDATE
)sql"};

// Which of these objects some living file names; the others are orphans.
inline constexpr Statement<std::string, std::vector<std::string>> kOwnedObjects{"owned_objects", R"sql(
  SELECT object
    FROM file
   WHERE object = ANY ($1)                           -- file_object_key
     AND state IN (1, 2, 3)
)sql"};

// Which of these files are alive; the keys of the others are orphans.
inline constexpr Statement<FileId, std::vector<FileId>> kLivingFiles{"living_files", R"sql(
  SELECT id
    FROM file
   WHERE id = ANY ($1)                               -- file_pkey
     AND state IN (1, 2, 3)
)sql"};

// ---- Telling the requests service ----

// Takes a few for half a minute; what fails comes back later and later.
inline constexpr Statement<FileId> kClaimUntold{"claim_untold", R"sql(
  UPDATE file
     SET tell_after = clock_timestamp() + least(interval '30 seconds' * (tell_tries + 1), interval '10 minutes'),
         tell_tries = tell_tries + 1
   WHERE id IN (SELECT id
                  FROM file
                 WHERE state <> 1 AND told <> state
                   AND tell_after <= statement_timestamp()      -- file_untold
                 ORDER BY tell_after
                 LIMIT 20
                   FOR UPDATE SKIP LOCKED)
  RETURNING id
)sql"};

inline constexpr Statement<Affected, FileId, FileState> kNoteTold{"note_told", R"sql(
  UPDATE file
     SET told = $2, tell_tries = 0
   WHERE id = $1                                     -- file_pkey
     AND state = $2
)sql"};

// ---- Scanning (P62) ----

struct ToScan {
  FileId id{};
  RequestId request{};
  std::string object{};
  std::int64_t size = 0;
  std::int64_t sealed_size = 0;
  std::int32_t tries = 0;
};

// One at a time, for two minutes: longer than any scan may take. A scanner that failed is asked again, later
// and later.
inline constexpr Statement<ToScan> kClaimScan{"claim_scan", R"sql(
  UPDATE file
     SET scan_after = clock_timestamp() + interval '2 minutes', scan_tries = scan_tries + 1
   WHERE id = (SELECT id
                 FROM file
                WHERE state = 2
                  AND scan_after <= statement_timestamp()       -- file_scanning
                ORDER BY scan_after
                LIMIT 1
                  FOR UPDATE SKIP LOCKED)
  RETURNING id, request_id, object, size, sealed_size, scan_tries
)sql"};

inline constexpr Statement<Affected, FileId, Duration> kPutScanOff{"put_scan_off", R"sql(
  UPDATE file
     SET scan_after = clock_timestamp() + $2
   WHERE id = $1                                     -- file_pkey
     AND state = 2
)sql"};

inline constexpr Statement<Affected, FileId> kPassScan{"pass_scan", R"sql(
  UPDATE file
     SET state = 3, tell_after = clock_timestamp(), tell_tries = 0
   WHERE id = $1                                     -- file_pkey
     AND state = 2
)sql"};

inline constexpr Statement<std::int64_t> kCountScanning{"count_scanning", R"sql(
  SELECT count(*)
    FROM file
   WHERE state = 2                                   -- file_scanning
)sql"};

}  // namespace aplus::files
