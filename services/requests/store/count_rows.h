// Counters of tabs (P32): true up to a limit, at which each stops counting.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

struct InstructorCounts {
  std::int64_t fresh = 0, in_progress = 0, late = 0, processed = 0, archived = 0;
};

// Each count stops at the limit. A request addressed to two of my groups counts once.
inline constexpr Statement<InstructorCounts, std::vector<GroupId>, UserId, std::int32_t> kCountForGroups{
    "count_for_groups", R"sql(
  SELECT
    (SELECT count(*)
       FROM (SELECT 1
               FROM group_work AS w                             -- group_work_by_message
              WHERE w.group_id = ANY ($1) AND w.phase = 1
                AND NOT EXISTS (SELECT 1 FROM mark AS m WHERE m.user_id = $2 AND m.request_id = w.request_id)
                AND NOT EXISTS (SELECT 1 FROM participant AS p
                                 WHERE p.request_id = w.request_id AND p.user_id = $2 AND p.kind < 3)
                AND (cardinality($1) = 1 OR NOT EXISTS (
                       SELECT 1 FROM group_work AS d
                        WHERE d.request_id = w.request_id AND d.group_id = ANY ($1)
                          AND d.phase = w.phase AND d.group_id < w.group_id))
              LIMIT $3) AS t),
    (SELECT count(*)
       FROM (SELECT 1
               FROM group_work AS w
              WHERE w.group_id = ANY ($1) AND w.phase = 1
                AND (w.late
                     OR EXISTS (SELECT 1 FROM mark AS m WHERE m.user_id = $2 AND m.request_id = w.request_id))
                AND NOT EXISTS (SELECT 1 FROM participant AS p
                                 WHERE p.request_id = w.request_id AND p.user_id = $2 AND p.kind < 3)
                AND (cardinality($1) = 1 OR NOT EXISTS (
                       SELECT 1 FROM group_work AS d
                        WHERE d.request_id = w.request_id AND d.group_id = ANY ($1)
                          AND d.phase = w.phase AND d.group_id < w.group_id))
              LIMIT $3) AS t),
    (SELECT count(*)
       FROM (SELECT 1
               FROM group_work AS w
              WHERE w.group_id = ANY ($1) AND w.phase = 1
                AND w.late
                AND NOT EXISTS (SELECT 1 FROM participant AS p
                                 WHERE p.request_id = w.request_id AND p.user_id = $2 AND p.kind < 3)
                AND (cardinality($1) = 1 OR NOT EXISTS (
                       SELECT 1 FROM group_work AS d
                        WHERE d.request_id = w.request_id AND d.group_id = ANY ($1)
                          AND d.phase = w.phase AND d.group_id < w.group_id))
              LIMIT $3) AS t),
    (SELECT count(*)
       FROM (SELECT 1
               FROM group_work AS w
              WHERE w.group_id = ANY ($1) AND w.phase = 2
                AND NOT EXISTS (SELECT 1 FROM participant AS p
                                 WHERE p.request_id = w.request_id AND p.user_id = $2 AND p.kind < 3)
                AND (cardinality($1) = 1 OR NOT EXISTS (
                       SELECT 1 FROM group_work AS d
                        WHERE d.request_id = w.request_id AND d.group_id = ANY ($1)
                          AND d.phase = w.phase AND d.group_id < w.group_id))
              LIMIT $3) AS t),
    (SELECT count(*)
       FROM (SELECT 1
               FROM group_work AS w
              WHERE w.group_id = ANY ($1) AND w.phase = 3
                AND NOT EXISTS (SELECT 1 FROM membership AS m
                                 WHERE m.user_id = $2 AND m.group_id = w.group_id
                                   AND m.instructor_since > w.closed_at)
                AND NOT EXISTS (SELECT 1 FROM participant AS p
                                 WHERE p.request_id = w.request_id AND p.user_id = $2 AND p.kind < 3)
                AND (cardinality($1) = 1 OR NOT EXISTS (
                       SELECT 1 FROM group_work AS d
                        WHERE d.request_id = w.request_id AND d.group_id = ANY ($1)
                          AND d.phase = w.phase AND d.group_id < w.group_id))
              LIMIT $3) AS t)
)sql"};

struct HelperCounts {
  std::int64_t all = 0, mine = 0, fresh = 0, in_progress = 0, to_archive = 0, archived = 0;
};

inline constexpr Statement<HelperCounts, UserId, std::int32_t> kCountForPerson{"count_for_person", R"sql(
  SELECT
    (SELECT count(*) FROM (SELECT 1 FROM person_work AS w      -- person_work_by_message
                            WHERE w.user_id = $1 AND NOT w.closed LIMIT $2) AS t),
    (SELECT count(*) FROM (SELECT 1 FROM person_work AS w
                            WHERE w.user_id = $1 AND NOT w.closed AND w.mine LIMIT $2) AS t),
    (SELECT count(*) FROM (SELECT 1 FROM person_work AS w
                            WHERE w.user_id = $1 AND NOT w.closed AND w.phase = 1 LIMIT $2) AS t),
    (SELECT count(*) FROM (SELECT 1 FROM person_work AS w
                            WHERE w.user_id = $1 AND NOT w.closed AND w.phase = 2 LIMIT $2) AS t),
    (SELECT count(*) FROM (SELECT 1 FROM person_work AS w
                            WHERE w.user_id = $1 AND NOT w.closed AND w.phase = 3 LIMIT $2) AS t),
    (SELECT count(*) FROM (SELECT 1 FROM person_work AS w
                            WHERE w.user_id = $1 AND w.closed LIMIT $2) AS t)
)sql"};

}  // namespace aplus::requests
