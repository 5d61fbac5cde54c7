// Worklist rows: written after each act from the request's row, read by lists and counters (P32).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

// Stands for "none" in the deadline's order: after all others, and it travels, unlike 'infinity'.
inline constexpr Time kNoDeadline{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}};

inline constexpr Statement<Affected, RequestId, State, bool, Time, Time, Time, std::optional<Time>,
                           std::string, GroupId, std::vector<GroupId>, std::vector<GroupPhase>,
                           std::vector<std::string>>
    kSaveGroupWork{"save_group_work", R"sql(
  INSERT INTO group_work (group_id, request_id, phase, state, late, created_at, last_message_at, deadline,
                          closed_at, area_id, creator_group_id, organisation_id)
  SELECT g.group_id, $1, g.phase, $2, $3, $4, $5, $6, $7, $8, $9, g.organisation_id
    FROM unnest($10::uuid[], $11::smallint[], $12::text[]) AS g (group_id, phase, organisation_id)
      ON CONFLICT (group_id, request_id) DO UPDATE
     SET phase = EXCLUDED.phase, state = EXCLUDED.state, late = EXCLUDED.late,
         last_message_at = EXCLUDED.last_message_at, deadline = EXCLUDED.deadline,
         closed_at = EXCLUDED.closed_at
)sql"};

inline constexpr Statement<Affected, RequestId, PersonPhase, State, bool, Time, Time, Time, bool, std::string,
                           GroupId, std::vector<UserId>, std::vector<bool>>
    kSavePersonWork{"save_person_work", R"sql(
  INSERT INTO person_work (user_id, request_id, mine, phase, state, late, created_at, last_message_at,
                           deadline, closed, area_id, creator_group_id)
  SELECT p.user_id, $1, p.mine, $2, $3, $4, $5, $6, $7, $8, $9, $10
    FROM unnest($11::uuid[], $12::boolean[]) AS p (user_id, mine)
      ON CONFLICT (user_id, request_id) DO UPDATE
     SET mine = EXCLUDED.mine, phase = EXCLUDED.phase, state = EXCLUDED.state, late = EXCLUDED.late,
         last_message_at = EXCLUDED.last_message_at, deadline = EXCLUDED.deadline, closed = EXCLUDED.closed
)sql"};

inline constexpr Statement<Affected, RequestId, std::vector<UserId>> kDropPersonWork{"drop_person_work",
                                                                                     R"sql(
  DELETE FROM person_work
   WHERE request_id = $1                         -- person_work_request
     AND user_id = ANY ($2)
)sql"};

}  // namespace aplus::requests
