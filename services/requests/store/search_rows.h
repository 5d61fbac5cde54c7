// Search (P32): first the requests that hold the words, then those of them that a tab admits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/list_rows.h"

namespace aplus::requests {

// A search finds at most so many requests, the newest first.
inline constexpr std::int32_t kMostFound = 2000;

// Requests in which every searched word stands somewhere that one of the readers may read. A row of the
// instructors' lane counts only where the user is not on the helper side.
inline constexpr Statement<RequestId, std::vector<std::int64_t>, std::vector<std::int64_t>, UserId,
                           std::int32_t>
    kSearch{"search", R"sql(
  SELECT s.request_id
    FROM unnest($1) AS word (token)
    JOIN search_entry AS s
      ON s.tokens @> ARRAY[word.token] AND s.tokens && $2      -- search_entry_tokens
   WHERE s.lane = 1
      OR NOT EXISTS (SELECT 1 FROM participant AS p
                      WHERE p.request_id = s.request_id AND p.user_id = $3 AND p.kind < 3)
   GROUP BY s.request_id
  HAVING count(DISTINCT word.token) = cardinality($1)
   ORDER BY s.request_id DESC
   LIMIT $4
)sql"};

// The found requests that a tab admits, beyond a key. They are few (kMostFound): the caller brings them in
// order. found, groups, phase, user, mode, order (0 message, 1 creation, 2 deadline), after key, after id,
// limit; filters.
inline constexpr Statement<ListKey, std::vector<RequestId>, std::vector<GroupId>, GroupPhase, UserId, TabMode,
                           std::int16_t, std::optional<Time>, RequestId, std::int32_t, std::optional<GroupId>,
                           std::optional<std::string>, std::optional<std::string>, std::optional<State>,
                           std::optional<bool>>
    kFoundForGroups{"found_for_groups", R"sql(
  SELECT DISTINCT k.request_id, k.key
    FROM (SELECT w.request_id,
                 CASE $6::smallint WHEN 0 THEN w.last_message_at WHEN 1 THEN w.created_at ELSE w.deadline END AS key
            FROM unnest($1) AS f (request_id)
            JOIN group_work AS w ON w.request_id = f.request_id AND w.group_id = ANY ($2)  -- group_work_pkey
           WHERE w.phase = $3
             AND CASE $5::smallint
                   WHEN 1 THEN NOT EXISTS (SELECT 1 FROM mark AS m WHERE m.user_id = $4 AND m.request_id = w.request_id)
                   WHEN 2 THEN w.late
                            OR EXISTS (SELECT 1 FROM mark AS m WHERE m.user_id = $4 AND m.request_id = w.request_id)
                   WHEN 3 THEN w.late
                   WHEN 4 THEN NOT EXISTS (SELECT 1 FROM membership AS m
                                            WHERE m.user_id = $4 AND m.group_id = w.group_id
                                              AND m.instructor_since > w.closed_at)
                   ELSE true
                 END
             AND NOT EXISTS (SELECT 1 FROM participant AS p
                              WHERE p.request_id = w.request_id AND p.user_id = $4 AND p.kind < 3)
             AND ($10::uuid IS NULL OR w.creator_group_id = $10
                  OR EXISTS (SELECT 1 FROM addressed_group AS a WHERE a.request_id = w.request_id AND a.group_id = $10))
             AND ($11::text IS NULL OR w.area_id = $11)
             AND ($12::text IS NULL
                  OR EXISTS (SELECT 1 FROM addressed_group AS a
                              WHERE a.request_id = w.request_id AND a.organisation_id = $12))
             AND ($13::smallint IS NULL OR w.state = $13)
             AND ($14::boolean IS NULL OR w.late = $14)) AS k
   WHERE $7::timestamptz IS NULL
      OR CASE WHEN $6::smallint = 2 THEN (k.key, k.request_id) > ($7, $8) ELSE (k.key, k.request_id) < ($7, $8) END
   ORDER BY k.key, k.request_id
   LIMIT $9
)sql"};

// found, user, closed, first phase, last phase, created by me, order, after key, after id, limit; filters.
inline constexpr Statement<ListKey, std::vector<RequestId>, UserId, bool, PersonPhase, PersonPhase, bool,
                           std::int16_t, std::optional<Time>, RequestId, std::int32_t, std::optional<GroupId>,
                           std::optional<std::string>, std::optional<std::string>, std::optional<State>,
                           std::optional<bool>>
    kFoundForPerson{"found_for_person", R"sql(
  SELECT k.request_id, k.key
    FROM (SELECT w.request_id,
                 CASE $7::smallint WHEN 0 THEN w.last_message_at WHEN 1 THEN w.created_at ELSE w.deadline END AS key
            FROM unnest($1) AS f (request_id)
            JOIN person_work AS w ON w.request_id = f.request_id AND w.user_id = $2        -- person_work_pkey
           WHERE w.closed = $3
             AND w.phase BETWEEN $4 AND $5
             AND (w.mine OR NOT $6)
             AND ($11::uuid IS NULL OR w.creator_group_id = $11
                  OR EXISTS (SELECT 1 FROM addressed_group AS a WHERE a.request_id = w.request_id AND a.group_id = $11))
             AND ($12::text IS NULL OR w.area_id = $12)
             AND ($13::text IS NULL
                  OR EXISTS (SELECT 1 FROM addressed_group AS a
                              WHERE a.request_id = w.request_id AND a.organisation_id = $13))
             AND ($14::smallint IS NULL OR w.state = $14)
             AND ($15::boolean IS NULL OR w.late = $15)) AS k
   WHERE $8::timestamptz IS NULL
      OR CASE WHEN $7::smallint = 2 THEN (k.key, k.request_id) > ($8, $9) ELSE (k.key, k.request_id) < ($8, $9) END
   ORDER BY k.key, k.request_id
   LIMIT $10
)sql"};

}  // namespace aplus::requests
