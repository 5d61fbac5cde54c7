// Lists, counters and search (P32). Every page starts from worklist rows in the order of one of their
// indexes; one statement per side and order, so that each is served by its index whatever the filters.
// $-filters that are NULL do not narrow.
//
// A request on which the reader stands on the helper side never appears in his instructor side's lists: there
// he would see times and order of private messages (P28).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

struct ListKey {
  RequestId request{};
  Time key{};  // what the page is ordered by
};

// What a tab admits beside its phase; as the statements spell it.
enum class TabMode : std::int16_t {
  kAny = 0,
  kUnopened = 1,
  kOpenedOrLate = 2,
  kLate = 3,
  kMemberAtClosing = 4
};

}  // namespace aplus::requests

namespace aplus {
template <>
struct DbEnum<requests::TabMode> {
  static constexpr auto kLast = requests::TabMode::kMemberAtClosing;
};
}  // namespace aplus

namespace aplus::requests {

// groups, phase, user, mode, after key, after id, limit; group, area, organisation, state, late.
using InstructorList = Statement<ListKey, std::vector<GroupId>, GroupPhase, UserId, TabMode, Time, RequestId,
                                 std::int32_t, std::optional<GroupId>, std::optional<std::string>,
                                 std::optional<std::string>, std::optional<State>, std::optional<bool>>;

inline constexpr InstructorList kGroupsByMessage{"groups_by_message", R"sql(
  SELECT w.request_id, w.last_message_at
    FROM unnest($1) AS g (group_id)
   CROSS JOIN LATERAL (
         SELECT w.request_id, w.last_message_at
           FROM group_work AS w
          WHERE w.group_id = g.group_id AND w.phase = $2       -- group_work_by_message
            AND (w.last_message_at, w.request_id) < ($5, $6)
            AND CASE $4::smallint
                  WHEN 1 THEN NOT EXISTS (SELECT 1 FROM mark AS m WHERE m.user_id = $3 AND m.request_id = w.request_id)
                  WHEN 2 THEN w.late
                           OR EXISTS (SELECT 1 FROM mark AS m WHERE m.user_id = $3 AND m.request_id = w.request_id)
                  WHEN 3 THEN w.late
                  WHEN 4 THEN NOT EXISTS (SELECT 1 FROM membership AS m
                                           WHERE m.user_id = $3 AND m.group_id = w.group_id
                                             AND m.instructor_since > w.closed_at)
                  ELSE true
                END
            AND NOT EXISTS (SELECT 1 FROM participant AS p
                             WHERE p.request_id = w.request_id AND p.user_id = $3 AND p.kind < 3)
            AND ($8::uuid IS NULL OR w.creator_group_id = $8
                 OR EXISTS (SELECT 1 FROM addressed_group AS a WHERE a.request_id = w.request_id AND a.group_id = $8))
            AND ($9::text IS NULL OR w.area_id = $9)
            AND ($10::text IS NULL
                 OR EXISTS (SELECT 1 FROM addressed_group AS a
                             WHERE a.request_id = w.request_id AND a.organisation_id = $10))
            AND ($11::smallint IS NULL OR w.state = $11)
            AND ($12::boolean IS NULL OR w.late = $12)
          ORDER BY w.last_message_at DESC, w.request_id DESC
          LIMIT $7) AS w
   GROUP BY w.request_id, w.last_message_at
   ORDER BY w.last_message_at DESC, w.request_id DESC
   LIMIT $7
)sql"};

inline constexpr InstructorList kGroupsByCreation{"groups_by_creation", R"sql(
  SELECT w.request_id, w.created_at
    FROM unnest($1) AS g (group_id)
   CROSS JOIN LATERAL (
         SELECT w.request_id, w.created_at
           FROM group_work AS w
          WHERE w.group_id = g.group_id AND w.phase = $2       -- group_work_by_creation
            AND (w.created_at, w.request_id) < ($5, $6)
            AND CASE $4::smallint
                  WHEN 1 THEN NOT EXISTS (SELECT 1 FROM mark AS m WHERE m.user_id = $3 AND m.request_id = w.request_id)
                  WHEN 2 THEN w.late
                           OR EXISTS (SELECT 1 FROM mark AS m WHERE m.user_id = $3 AND m.request_id = w.request_id)
                  WHEN 3 THEN w.late
                  WHEN 4 THEN NOT EXISTS (SELECT 1 FROM membership AS m
                                           WHERE m.user_id = $3 AND m.group_id = w.group_id
                                             AND m.instructor_since > w.closed_at)
                  ELSE true
                END
            AND NOT EXISTS (SELECT 1 FROM participant AS p
                             WHERE p.request_id = w.request_id AND p.user_id = $3 AND p.kind < 3)
            AND ($8::uuid IS NULL OR w.creator_group_id = $8
                 OR EXISTS (SELECT 1 FROM addressed_group AS a WHERE a.request_id = w.request_id AND a.group_id = $8))
            AND ($9::text IS NULL OR w.area_id = $9)
            AND ($10::text IS NULL
                 OR EXISTS (SELECT 1 FROM addressed_group AS a
                             WHERE a.request_id = w.request_id AND a.organisation_id = $10))
            AND ($11::smallint IS NULL OR w.state = $11)
            AND ($12::boolean IS NULL OR w.late = $12)
          ORDER BY w.created_at DESC, w.request_id DESC
          LIMIT $7) AS w
   GROUP BY w.request_id, w.created_at
   ORDER BY w.created_at DESC, w.request_id DESC
   LIMIT $7
)sql"};

inline constexpr InstructorList kGroupsByDeadline{"groups_by_deadline", R"sql(
  SELECT w.request_id, w.deadline
    FROM unnest($1) AS g (group_id)
   CROSS JOIN LATERAL (
         SELECT w.request_id, w.deadline
           FROM group_work AS w
          WHERE w.group_id = g.group_id AND w.phase = $2       -- group_work_by_deadline
            AND (w.deadline, w.request_id) > ($5, $6)
            AND CASE $4::smallint
                  WHEN 1 THEN NOT EXISTS (SELECT 1 FROM mark AS m WHERE m.user_id = $3 AND m.request_id = w.request_id)
                  WHEN 2 THEN w.late
                           OR EXISTS (SELECT 1 FROM mark AS m WHERE m.user_id = $3 AND m.request_id = w.request_id)
                  WHEN 3 THEN w.late
                  WHEN 4 THEN NOT EXISTS (SELECT 1 FROM membership AS m
                                           WHERE m.user_id = $3 AND m.group_id = w.group_id
                                             AND m.instructor_since > w.closed_at)
                  ELSE true
                END
            AND NOT EXISTS (SELECT 1 FROM participant AS p
                             WHERE p.request_id = w.request_id AND p.user_id = $3 AND p.kind < 3)
            AND ($8::uuid IS NULL OR w.creator_group_id = $8
                 OR EXISTS (SELECT 1 FROM addressed_group AS a WHERE a.request_id = w.request_id AND a.group_id = $8))
            AND ($9::text IS NULL OR w.area_id = $9)
            AND ($10::text IS NULL
                 OR EXISTS (SELECT 1 FROM addressed_group AS a
                             WHERE a.request_id = w.request_id AND a.organisation_id = $10))
            AND ($11::smallint IS NULL OR w.state = $11)
            AND ($12::boolean IS NULL OR w.late = $12)
          ORDER BY w.deadline, w.request_id
          LIMIT $7) AS w
   GROUP BY w.request_id, w.deadline
   ORDER BY w.deadline, w.request_id
   LIMIT $7
)sql"};

// user, closed, first phase, last phase, created by me, after key, after id, limit; filters as above.
using HelperList = Statement<ListKey, UserId, bool, PersonPhase, PersonPhase, bool, Time, RequestId,
                             std::int32_t, std::optional<GroupId>, std::optional<std::string>,
                             std::optional<std::string>, std::optional<State>, std::optional<bool>>;

inline constexpr HelperList kPersonByMessage{"person_by_message", R"sql(
  SELECT w.request_id, w.last_message_at
    FROM person_work AS w
   WHERE w.user_id = $1 AND w.closed = $2                      -- person_work_by_message
     AND (w.last_message_at, w.request_id) < ($6, $7)
     AND w.phase BETWEEN $3 AND $4
     AND (w.mine OR NOT $5)
     AND ($9::uuid IS NULL OR w.creator_group_id = $9
          OR EXISTS (SELECT 1 FROM addressed_group AS a WHERE a.request_id = w.request_id AND a.group_id = $9))
     AND ($10::text IS NULL OR w.area_id = $10)
     AND ($11::text IS NULL
          OR EXISTS (SELECT 1 FROM addressed_group AS a
                      WHERE a.request_id = w.request_id AND a.organisation_id = $11))
     AND ($12::smallint IS NULL OR w.state = $12)
     AND ($13::boolean IS NULL OR w.late = $13)
   ORDER BY w.last_message_at DESC, w.request_id DESC
   LIMIT $8
)sql"};

inline constexpr HelperList kPersonByCreation{"person_by_creation", R"sql(
  SELECT w.request_id, w.created_at
    FROM person_work AS w
   WHERE w.user_id = $1 AND w.closed = $2                      -- person_work_by_creation
     AND (w.created_at, w.request_id) < ($6, $7)
     AND w.phase BETWEEN $3 AND $4
     AND (w.mine OR NOT $5)
     AND ($9::uuid IS NULL OR w.creator_group_id = $9
          OR EXISTS (SELECT 1 FROM addressed_group AS a WHERE a.request_id = w.request_id AND a.group_id = $9))
     AND ($10::text IS NULL OR w.area_id = $10)
     AND ($11::text IS NULL
          OR EXISTS (SELECT 1 FROM addressed_group AS a
                      WHERE a.request_id = w.request_id AND a.organisation_id = $11))
     AND ($12::smallint IS NULL OR w.state = $12)
     AND ($13::boolean IS NULL OR w.late = $13)
   ORDER BY w.created_at DESC, w.request_id DESC
   LIMIT $8
)sql"};

inline constexpr HelperList kPersonByDeadline{"person_by_deadline", R"sql(
  SELECT w.request_id, w.deadline
    FROM person_work AS w
   WHERE w.user_id = $1 AND w.closed = $2                      -- person_work_by_deadline
     AND (w.deadline, w.request_id) > ($6, $7)
     AND w.phase BETWEEN $3 AND $4
     AND (w.mine OR NOT $5)
     AND ($9::uuid IS NULL OR w.creator_group_id = $9
          OR EXISTS (SELECT 1 FROM addressed_group AS a WHERE a.request_id = w.request_id AND a.group_id = $9))
     AND ($10::text IS NULL OR w.area_id = $10)
     AND ($11::text IS NULL
          OR EXISTS (SELECT 1 FROM addressed_group AS a
                      WHERE a.request_id = w.request_id AND a.organisation_id = $11))
     AND ($12::smallint IS NULL OR w.state = $12)
     AND ($13::boolean IS NULL OR w.late = $13)
   ORDER BY w.deadline, w.request_id
   LIMIT $8
)sql"};

// What a line of a list shows besides contents.
struct ListedRow {
  RequestId id{};
  std::string number{};
  State state = State::kNew;
  std::int64_t version_all = 1, version_instructors = 1;
  std::string area{};
  GroupId creator_group{};
  Time created_at{};
  Time last_message_all{}, last_message_instructors{};
  std::optional<Time> deadline{};
  bool late = false;
  std::optional<UserId> in_charge_user{};
  std::optional<GroupId> in_charge_group{};
  std::optional<CloseReason> close_reason{};
  std::optional<Time> closed_at{};
  std::optional<Time> erase_at{};
  bool opened_by_me = false;
  std::int64_t unread_all = 0, unread_instructors = 0;
};

inline constexpr Statement<ListedRow, std::vector<RequestId>, UserId> kListedRows{"listed_rows", R"sql(
  SELECT r.id, r.number, r.state, r.version_all, r.version_instructors, r.area_id, r.creator_group_id,
         r.created_at, r.last_message_all, r.last_message_instructors, r.deadline, r.late,
         r.in_charge_user_id, r.in_charge_group_id, r.close_reason, r.closed_at, r.erase_at,
         m.user_id IS NOT NULL,
         (SELECT count(*)
            FROM entry AS e
           WHERE e.request_id = r.id AND e.lane = 1             -- entry_number_all
             AND e.number_all > coalesce(m.number_all, 0)
             AND e.is_message AND e.actor_user_id IS DISTINCT FROM $2),
         (SELECT count(*)
            FROM entry AS e
           WHERE e.request_id = r.id                            -- entry_number_instructors
             AND e.number_instructors > coalesce(m.number_instructors, 0)
             AND e.is_message AND e.actor_user_id IS DISTINCT FROM $2)
    FROM request AS r
    LEFT JOIN mark AS m ON m.user_id = $2 AND m.request_id = r.id  -- mark_pkey
   WHERE r.id = ANY ($1)                                        -- request_pkey
)sql"};

struct ListedGroup {
  RequestId request{};
  GroupId group{};
  std::string organisation{};
  GroupState state = GroupState::kWaiting;
  Time invited_at{};
  std::optional<GroupId> proposed{};
};

inline constexpr Statement<ListedGroup, std::vector<RequestId>> kListedGroups{"listed_groups", R"sql(
  SELECT request_id, group_id, organisation_id, state, invited_at, proposed_group_id
    FROM addressed_group
   WHERE request_id = ANY ($1)                                  -- addressed_group_pkey
   ORDER BY request_id, invited_at, group_id
)sql"};

// One audit line per user, tab and hour (P90): answers a row only the first time.
inline constexpr Statement<Affected, UserId, std::string> kNoteListShown{"note_list_shown", R"sql(
  INSERT INTO list_shown (user_id, what, hour)
  VALUES ($1, $2, date_trunc('hour', clock_timestamp()))
      ON CONFLICT (user_id, what, hour) DO NOTHING
)sql"};

inline constexpr Statement<Affected> kForgetListsShown{"forget_lists_shown", R"sql(
  DELETE FROM list_shown
   WHERE hour < statement_timestamp() - interval '2 hours'          -- list_shown_hour
)sql"};

}  // namespace aplus::requests
