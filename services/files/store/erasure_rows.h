// Erasing (P50, P52): the task that is there from the beginning, its steps, the proof line. Conditions that
// an index serves compare with statement_timestamp(): clock_timestamp() is volatile, which no index scan can
// use.
#pragma once

#include <string>

#include "libs/postgres/statement.h"

namespace aplus::files {

struct ErasureTask {
  FileId file{};
  std::string rule{};
  Time due_at{};
  std::int16_t step = 0;
  std::int32_t keys = 0;
  std::int32_t objects = 0;
  std::int32_t tries = 0;
};

// The oldest due task, for a minute; a task whose worker died is taken again when its minute is over. Ends of
// lives only while they may be ended.
inline constexpr Statement<ErasureTask, bool> kClaimErasure{"claim_erasure", R"sql(
  UPDATE erasure_task
     SET lease_until = clock_timestamp() + interval '60 seconds', tries = tries + 1
   WHERE file_id = (SELECT file_id
                      FROM erasure_task
                     WHERE due_at <= statement_timestamp()      -- erasure_task_due
                       AND lease_until < statement_timestamp()
                       AND ($1 OR rule <> 'P50')
                     ORDER BY due_at
                     LIMIT 1
                       FOR UPDATE SKIP LOCKED)
  RETURNING file_id, rule, due_at, step, keys, objects, tries
)sql"};

// This one, if it is due and nobody is at it.
inline constexpr Statement<ErasureTask, FileId> kClaimErasureOf{"claim_erasure_of", R"sql(
  UPDATE erasure_task
     SET lease_until = clock_timestamp() + interval '60 seconds', tries = tries + 1
   WHERE file_id = $1                                -- erasure_task_pkey
     AND due_at <= statement_timestamp()
     AND lease_until < statement_timestamp()
  RETURNING file_id, rule, due_at, step, keys, objects, tries
)sql"};

// Destroy it now and not at the end of its life. What is due already keeps its rule.
inline constexpr Statement<Affected, FileId, std::string> kHastenErasure{"hasten_erasure", R"sql(
  UPDATE erasure_task
     SET rule = $2, due_at = clock_timestamp()
   WHERE file_id = $1                                -- erasure_task_pkey
     AND due_at > clock_timestamp()
)sql"};

inline constexpr Statement<Affected, FileId, std::int16_t, std::int32_t, std::int32_t> kStepErasure{
    "step_erasure", R"sql(
  UPDATE erasure_task
     SET step = $2, keys = $3, objects = $4
   WHERE file_id = $1                                -- erasure_task_pkey
)sql"};

// After a failure: again after a pause that grows.
inline constexpr Statement<Affected, FileId> kReleaseErasure{"release_erasure", R"sql(
  UPDATE erasure_task
     SET lease_until = clock_timestamp() + least(interval '2 seconds' * tries, interval '5 minutes')
   WHERE file_id = $1                                -- erasure_task_pkey
)sql"};

inline constexpr Statement<Affected, FileId> kEndErasure{"end_erasure", R"sql(
  DELETE FROM erasure_task
   WHERE file_id = $1                                -- erasure_task_pkey
)sql"};

inline constexpr Statement<Affected, FileId, RequestId, std::string, Time, std::int32_t, std::int32_t>
    kWriteProof{"write_proof", R"sql(
  INSERT INTO erasure_proof (file_id, request_id, rule, due_at, erased_at, keys, objects)
  VALUES ($1, $2, $3, $4, clock_timestamp(), $5, $6)
      ON CONFLICT (file_id) DO NOTHING
)sql"};

struct ErasureLoad {
  std::int64_t due = 0;      // by the end of a life, not by anybody's order
  std::int64_t overdue = 0;  // twelve hours and more: the alarm of SECURITY 2.8
};

inline constexpr Statement<ErasureLoad> kErasureLoad{"erasure_load", R"sql(
  SELECT count(*) FILTER (WHERE rule = 'P50'),
         count(*) FILTER (WHERE due_at <= statement_timestamp() - interval '12 hours')
    FROM erasure_task
   WHERE due_at <= statement_timestamp()                 -- erasure_task_due
)sql"};

// How many lives end between now and then, for the guard's forecast.
inline constexpr Statement<std::int64_t, Duration> kForecastErasures{"forecast_erasures", R"sql(
  SELECT count(*)
    FROM erasure_task
   WHERE due_at <= statement_timestamp() + $1            -- erasure_task_due
     AND rule = 'P50'
)sql"};

}  // namespace aplus::files
