// Erasing (P51, P52): the task that starts with the clock, its steps, and the proof line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

// In the transaction that starts the clock. A task that is already there keeps the earlier moment.
inline constexpr Statement<Affected, RequestId, std::string, Time> kScheduleErasure{"schedule_erasure", R"sql(
  INSERT INTO erasure_task (subject_id, rule, due_at)
  VALUES ($1, $2, $3)
      ON CONFLICT (subject_id) DO UPDATE
     SET rule = EXCLUDED.rule, due_at = EXCLUDED.due_at
   WHERE EXCLUDED.due_at < erasure_task.due_at
)sql"};

// Reopened in time, or a draft sent: only what no worker has begun.
inline constexpr Statement<Affected, RequestId> kCancelErasure{"cancel_erasure", R"sql(
  DELETE FROM erasure_task
   WHERE subject_id = $1                        -- erasure_task_pkey
     AND step = 0 AND lease_until < statement_timestamp()
)sql"};

struct ErasureTask {
  RequestId subject{};
  std::string rule{};
  Time due_at{};
  std::int16_t step = 0;
  std::int32_t attempts = 0;
};

// Takes the oldest due task for a minute; a task whose worker died is taken again when its minute is over.
// $1: also those that only the clock asks for, not a person (P23, P36) or a worker that had begun.
inline constexpr Statement<ErasureTask, bool> kClaimErasure{"claim_erasure", R"sql(
  UPDATE erasure_task
     SET lease_until = clock_timestamp() + interval '60 seconds', attempts = attempts + 1
   WHERE subject_id = (SELECT subject_id
                         FROM erasure_task
                        WHERE due_at <= statement_timestamp()      -- erasure_task_due
                          AND lease_until < statement_timestamp()
                          AND ($1 OR rule IN ('P23', 'P36') OR step > 0)
                        ORDER BY due_at
                        LIMIT 1
                          FOR UPDATE SKIP LOCKED)
  RETURNING subject_id, rule, due_at, step, attempts
)sql"};

inline constexpr Statement<Affected, RequestId, std::int16_t> kStepErasure{"step_erasure", R"sql(
  UPDATE erasure_task
     SET step = $2
   WHERE subject_id = $1                        -- erasure_task_pkey
)sql"};

// After a failure: again in ten seconds.
inline constexpr Statement<Affected, RequestId> kReleaseErasure{"release_erasure", R"sql(
  UPDATE erasure_task
     SET lease_until = clock_timestamp() + interval '10 seconds'
   WHERE subject_id = $1                        -- erasure_task_pkey
)sql"};

inline constexpr Statement<Affected, RequestId> kEndErasure{"end_erasure", R"sql(
  DELETE FROM erasure_task
   WHERE subject_id = $1                        -- erasure_task_pkey
)sql"};

// Tasks that are due now, and those that will have been due within an hour: what the guard compares.
struct ErasureBacklog {
  std::int64_t due = 0;
  std::int64_t within_an_hour = 0;
};

inline constexpr Statement<ErasureBacklog> kErasureBacklog{"erasure_backlog", R"sql(
  SELECT count(*) FILTER (WHERE due_at <= statement_timestamp()),
         count(*)
    FROM erasure_task
   WHERE due_at <= statement_timestamp() + interval '1 hour'   -- erasure_task_due
)sql"};

inline constexpr Statement<Affected, RequestId, std::string, Time, std::int32_t, std::int32_t> kWriteProof{
    "write_proof", R"sql(
  INSERT INTO erasure_proof (subject_id, rule, due_at, erased_at, key_rows, rows)
  VALUES ($1, $2, $3, clock_timestamp(), $4, $5)
      ON CONFLICT (subject_id) DO NOTHING
)sql"};

// ---- What is deleted. As the system; policies admit that. ----

inline constexpr Statement<Affected, RequestId> kEraseCitizenHistory{"erase_citizen_history", R"sql(
  DELETE FROM citizen_history
   WHERE request_id = $1                        -- citizen_history_pkey
)sql",
                                                                     Touches::kContents};

inline constexpr Statement<Affected, RequestId> kEraseMessages{"erase_messages", R"sql(
  DELETE FROM message_content
   WHERE request_id = $1                        -- message_content_request
)sql",
                                                               Touches::kContents};

inline constexpr Statement<Affected, RequestId> kEraseContents{"erase_contents", R"sql(
  DELETE FROM request_content
   WHERE request_id = $1                        -- request_content_pkey
)sql",
                                                               Touches::kContents};

inline constexpr Statement<Affected, RequestId> kEraseFileNames{"erase_file_names", R"sql(
  DELETE FROM file_content
   WHERE request_id = $1                        -- file_content_request
)sql",
                                                                Touches::kContents};

inline constexpr Statement<Affected, FileId> kEraseFileName{"erase_file_name", R"sql(
  DELETE FROM file_content
   WHERE file_id = $1                           -- file_content_pkey
)sql",
                                                            Touches::kContents};

inline constexpr Statement<Affected, RequestId> kEraseSearch{"erase_search", R"sql(
  DELETE FROM search_entry
   WHERE request_id = $1                        -- search_entry_request
)sql"};

inline constexpr Statement<Affected, RequestId> kEraseGroupWork{"erase_group_work", R"sql(
  DELETE FROM group_work
   WHERE request_id = $1                        -- group_work_request
)sql"};

inline constexpr Statement<Affected, RequestId> kErasePersonWork{"erase_person_work", R"sql(
  DELETE FROM person_work
   WHERE request_id = $1                        -- person_work_request
)sql"};

inline constexpr Statement<Affected, RequestId> kEraseFiles{"erase_files", R"sql(
  UPDATE file
     SET state = 5
   WHERE request_id = $1                        -- file_request
     AND state <> 5
)sql"};

// What is left of contents: zero, or the step runs again.
inline constexpr Statement<std::int64_t, RequestId> kCountContents{"count_contents", R"sql(
  SELECT (SELECT count(*) FROM request_content WHERE request_id = $1)
       + (SELECT count(*) FROM citizen_history WHERE request_id = $1)
       + (SELECT count(*) FROM message_content WHERE request_id = $1)
       + (SELECT count(*) FROM message_draft WHERE request_id = $1)
       + (SELECT count(*) FROM file_content WHERE request_id = $1)
       + (SELECT count(*) FROM draft_content WHERE draft_id = $1)
       + (SELECT count(*) FROM search_entry WHERE request_id = $1)
       + (SELECT count(*) FROM usefulness_comment WHERE request_id = $1)
)sql",
                                                                   Touches::kContents};

// ---- The keystore's side. ----

struct KeyRow {
  RequestId request{};
  std::int32_t kek_version = 1;
  Bytes wrapped{};
};

inline constexpr Statement<Affected, RequestId, std::int32_t, Bytes> kInsertKey{"insert_key",
                                                                                R"sql(
  INSERT INTO request_key (request_id, kek_version, wrapped)
  VALUES ($1, $2, $3)
)sql"};

// Many at once, for the demonstration's generator.
inline constexpr Statement<Affected, std::vector<RequestId>, std::int32_t, std::vector<Bytes>> kInsertKeys{
    "insert_keys", R"sql(
  INSERT INTO request_key (request_id, kek_version, wrapped)
  SELECT k.request_id, $2, k.wrapped
    FROM unnest($1::uuid[], $3::bytea[]) AS k (request_id, wrapped)
)sql"};

inline constexpr Statement<KeyRow, std::vector<RequestId>> kReadKeys{"read_keys", R"sql(
  SELECT request_id, kek_version, wrapped
    FROM request_key
   WHERE request_id = ANY ($1)                  -- request_key_pkey
)sql"};

inline constexpr Statement<Affected, RequestId> kDestroyKey{"destroy_key", R"sql(
  DELETE FROM request_key
   WHERE request_id = $1                        -- request_key_pkey
)sql"};

struct OldKey {
  RequestId request{};
  Time created_at{};
};

// Keys older than a day, in the order of their making, after a point.
inline constexpr Statement<OldKey, Time, RequestId, std::int32_t> kOldKeys{"old_keys", R"sql(
  SELECT request_id, created_at
    FROM request_key
   WHERE created_at < statement_timestamp() - interval '1 day'     -- request_key_created
     AND created_at >= $1
     AND (created_at, request_id) > ($1, $2)
   ORDER BY created_at, request_id
   LIMIT $3
)sql"};

// Which of these ids are neither a draft nor a request that still has contents: their keys are orphans.
inline constexpr Statement<RequestId, std::vector<RequestId>> kOrphans{"orphans", R"sql(
  SELECT k.id
    FROM unnest($1) AS k (id)
   WHERE NOT EXISTS (SELECT 1 FROM draft AS d WHERE d.id = k.id)                              -- draft_pkey
     AND NOT EXISTS (SELECT 1 FROM request AS r WHERE r.id = k.id AND r.erased_at IS NULL)    -- request_pkey
)sql"};

// Wrapped by an older version than $1, after a key; at most $4.
inline constexpr Statement<KeyRow, std::int32_t, std::int32_t, RequestId, std::int32_t> kKeysToRewrap{
    "keys_to_rewrap", R"sql(
  SELECT request_id, kek_version, wrapped
    FROM request_key
   WHERE kek_version < $1                       -- request_key_kek
     AND (kek_version, request_id) > ($2, $3)
   ORDER BY kek_version, request_id
   LIMIT $4
     FOR UPDATE SKIP LOCKED
)sql"};

struct VersionCount {
  std::int32_t version = 0;
  std::int64_t count = 0;
};

// For operators: a look over the whole index.
inline constexpr Statement<VersionCount> kKeysUnder{"keys_under", R"sql(
  SELECT kek_version, count(*)
    FROM request_key                            -- request_key_kek
   GROUP BY kek_version
)sql"};

inline constexpr Statement<Affected, RequestId, std::int32_t, Bytes> kRewrapKey{"rewrap_key", R"sql(
  UPDATE request_key
     SET kek_version = $2, wrapped = $3
   WHERE request_id = $1                        -- request_key_pkey
)sql"};

}  // namespace aplus::requests
