// What waits for whom: the helper side's weekly reminders (P43), files about to be erased (P50).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

// As the statements spell it.
enum class Waiting : std::int16_t { kToBeClosed = 1, kUnread = 2 };

}  // namespace aplus::requests

namespace aplus {
template <>
struct DbEnum<requests::Waiting> {
  static constexpr auto kLast = requests::Waiting::kUnread;
};
}  // namespace aplus

namespace aplus::requests {

// People of the helper side for whom something waits: a request processed longer than $1 ago, or an answer
// visible to all, older than $2, beyond what they have read. Without those reminded within $1.
inline constexpr Statement<UserId, Duration, Duration, std::int32_t> kToBeReminded{"to_be_reminded", R"sql(
  SELECT DISTINCT w.user_id
    FROM (SELECT p.user_id
            FROM request AS r
            JOIN participant AS p ON p.request_id = r.id AND p.kind < 3                        -- participant_pkey
           WHERE r.state = 3 AND r.processed_at <= statement_timestamp() - $1                  -- request_processed
          UNION ALL
          SELECT p.user_id
            FROM request AS r
            JOIN participant AS p ON p.request_id = r.id AND p.kind < 3
            LEFT JOIN mark AS m ON m.user_id = p.user_id AND m.request_id = r.id               -- mark_pkey
           WHERE r.state < 4 AND r.first_answer_at <= statement_timestamp() - $2               -- request_answered
             AND EXISTS (SELECT 1
                           FROM entry AS e
                          WHERE e.request_id = r.id AND e.lane = 1                             -- entry_number_all
                            AND e.number_all > coalesce(m.number_all, 0)
                            AND e.is_message AND e.kind IN (2, 3, 5)
                            AND e.actor_group_id <> r.creator_group_id
                            AND e.at <= statement_timestamp() - $2)) AS w
   WHERE NOT EXISTS (SELECT 1
                       FROM reminded AS d
                      WHERE d.user_id = w.user_id AND d.at > statement_timestamp() - $1)       -- reminded_pkey
   LIMIT $3
)sql"};

struct WaitingRow {
  RequestId request{};
  std::string number{};
  Waiting what = Waiting::kToBeClosed;
};

// The same for one person, oldest first: each request once.
inline constexpr Statement<WaitingRow, UserId, Duration, Duration, std::int32_t> kWaitingFor{"waiting_for",
                                                                                             R"sql(
  SELECT r.id, r.number, CASE WHEN r.state = 3 THEN 1 ELSE 2 END::smallint
    FROM person_work AS w                                                  -- person_work_by_creation
    JOIN request AS r ON r.id = w.request_id                               -- request_pkey
    JOIN participant AS p ON p.request_id = r.id AND p.user_id = w.user_id AND p.kind < 3      -- participant_pkey
    LEFT JOIN mark AS m ON m.user_id = w.user_id AND m.request_id = r.id   -- mark_pkey
   WHERE w.user_id = $1 AND NOT w.closed
     AND (r.state = 3 AND r.processed_at <= statement_timestamp() - $2
          OR r.state < 4
             AND EXISTS (SELECT 1
                           FROM entry AS e
                          WHERE e.request_id = r.id AND e.lane = 1         -- entry_number_all
                            AND e.number_all > coalesce(m.number_all, 0)
                            AND e.is_message AND e.kind IN (2, 3, 5)
                            AND e.actor_group_id <> r.creator_group_id
                            AND e.at <= statement_timestamp() - $3))
   GROUP BY r.id, w.created_at
   ORDER BY w.created_at, r.id
   LIMIT $4
)sql"};

// Whoever comes second within the time changes nothing.
inline constexpr Statement<Affected, UserId, Duration> kNoteReminded{"note_reminded", R"sql(
  INSERT INTO reminded AS d (user_id, at)
  VALUES ($1, clock_timestamp())
      ON CONFLICT (user_id) DO UPDATE SET at = EXCLUDED.at
   WHERE d.at <= clock_timestamp() - $2                                    -- reminded_pkey
)sql"};

// Sent files that will be unreadable within $1 and of which nobody was warned.
inline constexpr Statement<FileId, Duration, std::int32_t> kExpiringFiles{"expiring_files", R"sql(
  SELECT id
    FROM file
   WHERE state = 3 AND lane IS NOT NULL AND warned_at IS NULL              -- file_unwarned
     AND readable_until <= statement_timestamp() + $1
     AND readable_until > statement_timestamp()
   ORDER BY readable_until
   LIMIT $2
)sql"};

inline constexpr Statement<Affected, FileId> kNoteWarned{"note_warned", R"sql(
  UPDATE file
     SET warned_at = clock_timestamp()
   WHERE id = $1                                                           -- file_pkey
     AND warned_at IS NULL
)sql"};

}  // namespace aplus::requests
