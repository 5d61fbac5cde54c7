// What the reconciliation looks at (SECURITY 2.8): every row that holds something personal, by the request it
// belongs to. On purpose nothing of erasure_rows.h is used to find it.
#pragma once

#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

// Ids of requests of which a table holds something, after an id, in order; each once.
using HoldersPage = Statement<RequestId, RequestId, std::int32_t>;

inline constexpr HoldersPage kHoldersOfContents{"holders_of_contents", R"sql(
  SELECT request_id
    FROM request_content
   WHERE request_id > $1                          -- request_content_pkey
   ORDER BY request_id
   LIMIT $2
)sql",
                                                Touches::kContents};

inline constexpr HoldersPage kHoldersOfCitizens{"holders_of_citizens", R"sql(
  SELECT DISTINCT request_id
    FROM citizen_history
   WHERE request_id > $1                          -- citizen_history_pkey
   ORDER BY request_id
   LIMIT $2
)sql",
                                                Touches::kContents};

inline constexpr HoldersPage kHoldersOfMessages{"holders_of_messages", R"sql(
  SELECT DISTINCT request_id
    FROM message_content
   WHERE request_id > $1                          -- message_content_request
   ORDER BY request_id
   LIMIT $2
)sql",
                                                Touches::kContents};

inline constexpr HoldersPage kHoldersOfHalfWritten{"holders_of_half_written", R"sql(
  SELECT DISTINCT request_id
    FROM message_draft
   WHERE request_id > $1                          -- message_draft_pkey
   ORDER BY request_id
   LIMIT $2
)sql",
                                                   Touches::kContents};

inline constexpr HoldersPage kHoldersOfFileNames{"holders_of_file_names", R"sql(
  SELECT DISTINCT request_id
    FROM file_content
   WHERE request_id > $1                          -- file_content_request
   ORDER BY request_id
   LIMIT $2
)sql",
                                                 Touches::kContents};

inline constexpr HoldersPage kHoldersOfDrafts{"holders_of_drafts", R"sql(
  SELECT draft_id
    FROM draft_content
   WHERE draft_id > $1                            -- draft_content_pkey
   ORDER BY draft_id
   LIMIT $2
)sql",
                                              Touches::kContents};

inline constexpr HoldersPage kHoldersOfWords{"holders_of_words", R"sql(
  SELECT DISTINCT request_id
    FROM search_entry
   WHERE request_id > $1                          -- search_entry_request
   ORDER BY request_id
   LIMIT $2
)sql"};

inline constexpr HoldersPage kHoldersOfGroupWork{"holders_of_group_work", R"sql(
  SELECT DISTINCT request_id
    FROM group_work
   WHERE request_id > $1                          -- group_work_request
   ORDER BY request_id
   LIMIT $2
)sql"};

inline constexpr HoldersPage kHoldersOfPersonWork{"holders_of_person_work", R"sql(
  SELECT DISTINCT request_id
    FROM person_work
   WHERE request_id > $1                          -- person_work_request
   ORDER BY request_id
   LIMIT $2
)sql"};

// Which of these may hold nothing any more: neither a draft nor a request within its time; without those that
// a worker has before it. Twelve hours late is the alarm of SECURITY 2.8.
inline constexpr Statement<RequestId, std::vector<RequestId>> kOutlived{"outlived", R"sql(
  SELECT k.id
    FROM unnest($1) AS k (id)
   WHERE NOT EXISTS (SELECT 1
                       FROM erasure_task AS t                                  -- erasure_task_pkey
                      WHERE t.subject_id = k.id
                        AND t.due_at > statement_timestamp() - interval '12 hours')
     AND NOT EXISTS (SELECT 1
                       FROM draft AS d                                         -- draft_pkey
                      WHERE d.id = k.id
                        AND d.erase_at > statement_timestamp() - interval '12 hours')
     AND NOT EXISTS (SELECT 1
                       FROM request AS r                                       -- request_pkey
                      WHERE r.id = k.id AND r.erased_at IS NULL
                        AND (r.state < 4 OR r.erase_at > statement_timestamp() - interval '12 hours'))
)sql"};

// Which of these nobody has begun to erase: their key, if it is gone, was not destroyed here and now.
inline constexpr Statement<RequestId, std::vector<RequestId>> kWithoutTask{"without_task", R"sql(
  SELECT k.id
    FROM unnest($1) AS k (id)
   WHERE NOT EXISTS (SELECT 1 FROM erasure_task AS t WHERE t.subject_id = k.id)  -- erasure_task_pkey
)sql"};

struct Unscheduled {
  RequestId request{};
  Time erase_at{};
};

// Closed requests that nothing would ever erase.
inline constexpr Statement<Unscheduled, std::int32_t> kUnscheduled{"unscheduled", R"sql(
  SELECT r.id, r.erase_at
    FROM request AS r                             -- request_to_erase
   WHERE r.state = 4 AND r.erased_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM erasure_task AS t WHERE t.subject_id = r.id)   -- erasure_task_pkey
   ORDER BY r.erase_at
   LIMIT $1
)sql"};

// Whatever became of an earlier task: from the first step on, now. A proof of before is no hindrance.
inline constexpr Statement<Affected, RequestId> kEraseAgain{"erase_again", R"sql(
  INSERT INTO erasure_task (subject_id, rule, due_at)
  VALUES ($1, 'P52', clock_timestamp())
      ON CONFLICT (subject_id) DO UPDATE
     SET rule = 'P52', due_at = clock_timestamp(), step = 0, lease_until = '-infinity'
)sql"};

}  // namespace aplus::requests
