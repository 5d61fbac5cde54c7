// Lines of thread and history, read marks, and what they show to whom. Texts are in contents_rows.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

struct EntryRow {
  MessageId id{};
  Lane lane = Lane::kAll;
  std::optional<std::int32_t> number_all{};
  std::int32_t number_instructors = 0;
  EntryKind kind = EntryKind::kMessage;
  Time at{};
  std::optional<UserId> actor{};
  std::optional<GroupId> actor_group{};
  bool standard_procedure = false;
  std::optional<GroupId> group{};
  std::optional<UserId> person{};
};

inline constexpr Statement<Affected, MessageId, RequestId, std::optional<std::int32_t>, std::int32_t, Lane,
                           EntryKind, Time, std::optional<UserId>, std::optional<GroupId>, bool, bool, bool,
                           std::optional<GroupId>, std::optional<UserId>>
    kInsertEntry{"insert_entry", R"sql(
  INSERT INTO entry (id, request_id, number_all, number_instructors, lane, kind, at, actor_user_id,
                     actor_group_id, in_thread, is_message, standard_procedure, group_id, person_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
)sql"};

// The lane of all, oldest first, after a number of that lane.
inline constexpr Statement<EntryRow, RequestId, std::int32_t, std::int32_t> kThreadForAll{"thread_for_all",
                                                                                          R"sql(
  SELECT id, lane, number_all, number_instructors, kind, at, actor_user_id, actor_group_id,
         standard_procedure, group_id, person_id
    FROM entry
   WHERE request_id = $1 AND lane = 1 AND number_all > $2     -- entry_number_all
     AND in_thread
   ORDER BY number_all
   LIMIT $3
)sql"};

inline constexpr Statement<EntryRow, RequestId, std::int32_t, std::int32_t> kThreadForInstructors{
    "thread_for_instructors", R"sql(
  SELECT id, lane, number_all, number_instructors, kind, at, actor_user_id, actor_group_id,
         standard_procedure, group_id, person_id
    FROM entry
   WHERE request_id = $1 AND number_instructors > $2          -- entry_number_instructors
     AND in_thread
   ORDER BY number_instructors
   LIMIT $3
)sql"};

inline constexpr Statement<EntryRow, RequestId, std::int32_t, std::int32_t> kHistoryForAll{"history_for_all",
                                                                                           R"sql(
  SELECT id, lane, number_all, number_instructors, kind, at, actor_user_id, actor_group_id,
         standard_procedure, group_id, person_id
    FROM entry
   WHERE request_id = $1 AND lane = 1 AND number_all > $2     -- entry_number_all
   ORDER BY number_all
   LIMIT $3
)sql"};

inline constexpr Statement<EntryRow, RequestId, std::int32_t, std::int32_t> kHistoryForInstructors{
    "history_for_instructors", R"sql(
  SELECT id, lane, number_all, number_instructors, kind, at, actor_user_id, actor_group_id,
         standard_procedure, group_id, person_id
    FROM entry
   WHERE request_id = $1 AND number_instructors > $2          -- entry_number_instructors
   ORDER BY number_instructors
   LIMIT $3
)sql"};

struct EntryNumbers {
  std::optional<std::int32_t> number_all{};
  std::int32_t number_instructors = 0;
  Lane lane = Lane::kAll;
  // The last number of the lane of all up to this line.
  std::int32_t reached_all = 0;
};

inline constexpr Statement<EntryNumbers, RequestId, MessageId> kFindEntry{"find_entry", R"sql(
  SELECT e.number_all, e.number_instructors, e.lane,
         coalesce(e.number_all, (SELECT max(a.number_all)
                                   FROM entry AS a
                                  WHERE a.request_id = e.request_id AND a.lane = 1
                                    AND a.number_instructors < e.number_instructors), 0)
    FROM entry AS e
   WHERE e.id = $2 AND e.request_id = $1         -- entry_pkey
     AND e.in_thread
)sql"};

struct MarkRow {
  UserId user{};
  std::optional<GroupId> group{};
  Time opened_at{};
  std::int32_t number_all = 0;
  Time all_at{};
  std::int32_t number_instructors = 0;
  Time instructors_at{};
};

inline constexpr Statement<MarkRow, UserId, RequestId> kMyMark{"my_mark", R"sql(
  SELECT user_id, group_id, opened_at, number_all, all_at, number_instructors, instructors_at
    FROM mark
   WHERE user_id = $1 AND request_id = $2        -- mark_pkey
)sql"};

// New requests of these groups that I have never opened (P32's Nouvelles), oldest first.
inline constexpr Statement<RequestId, std::vector<GroupId>, UserId, std::int32_t> kUnseenByMe{"unseen_by_me",
                                                                                              R"sql(
  SELECT w.request_id
    FROM unnest($1) AS g (group_id)
   CROSS JOIN LATERAL (
         SELECT w.request_id, w.created_at
           FROM group_work AS w
          WHERE w.group_id = g.group_id AND w.phase = 1        -- group_work_by_creation
            AND NOT EXISTS (SELECT 1 FROM mark AS m WHERE m.user_id = $2 AND m.request_id = w.request_id)
            AND NOT EXISTS (SELECT 1 FROM participant AS p
                             WHERE p.request_id = w.request_id AND p.user_id = $2 AND p.kind < 3)
          ORDER BY w.created_at
          LIMIT $3) AS w
   GROUP BY w.request_id
   ORDER BY min(w.created_at)
   LIMIT $3
)sql"};

struct ShownMark {
  UserId user{};
  std::optional<GroupId> group{};
  Time opened_at{};
  Time at{};
  // The thread's line up to which he read, in the asked lane; NULL: opened, nothing read yet.
  std::optional<MessageId> entry{};
};

inline constexpr Statement<ShownMark, RequestId> kMarksForAll{"marks_for_all", R"sql(
  SELECT m.user_id, m.group_id, m.opened_at, m.all_at,
         (SELECT e.id
            FROM entry AS e
           WHERE e.request_id = m.request_id AND e.lane = 1 AND e.number_all <= m.number_all  -- entry_number_all
             AND e.in_thread
           ORDER BY e.number_all DESC
           LIMIT 1)
    FROM mark AS m
   WHERE m.request_id = $1                       -- mark_request
   ORDER BY m.opened_at, m.user_id
)sql"};

inline constexpr Statement<ShownMark, RequestId> kMarksForInstructors{"marks_for_instructors", R"sql(
  SELECT m.user_id, m.group_id, m.opened_at, m.instructors_at,
         (SELECT e.id
            FROM entry AS e
           WHERE e.request_id = m.request_id
             AND e.number_instructors <= m.number_instructors  -- entry_number_instructors
             AND e.in_thread
           ORDER BY e.number_instructors DESC
           LIMIT 1)
    FROM mark AS m
   WHERE m.request_id = $1                       -- mark_request
   ORDER BY m.opened_at, m.user_id
)sql"};

inline constexpr Statement<Affected, UserId, RequestId, std::optional<GroupId>, Time, std::int32_t, Time,
                           std::int32_t, Time>
    kSaveMark{"save_mark", R"sql(
  INSERT INTO mark (user_id, request_id, group_id, opened_at, number_all, all_at, number_instructors,
                    instructors_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
      ON CONFLICT (user_id, request_id) DO UPDATE
     SET number_all = EXCLUDED.number_all, all_at = EXCLUDED.all_at,
         number_instructors = EXCLUDED.number_instructors, instructors_at = EXCLUDED.instructors_at
)sql"};

}  // namespace aplus::requests
