// What is held on a person in requests (P53).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

struct TraceRow {
  RequestId request{};
  std::string number{};
  State state = State::kNew;
  std::string area{};
  Time created_at{};
  std::vector<ParticipantKind> parts{};
  std::optional<Time> opened_at{};
  std::int32_t messages = 0;
  std::int32_t files = 0;
};

// user, before id, limit. Requests in which he takes part by name, or that he has opened as a member of a
// group.
inline constexpr Statement<TraceRow, UserId, RequestId, std::int32_t> kMyTraces{"my_traces", R"sql(
  SELECT r.id, r.number, r.state, r.area_id, r.created_at,
         ARRAY(SELECT p.kind
                 FROM participant AS p
                WHERE p.request_id = r.id AND p.user_id = $1        -- participant_pkey
                ORDER BY p.kind),
         m.opened_at,
         (SELECT count(*)::integer
            FROM entry AS e
           WHERE e.request_id = r.id                                -- entry_number_instructors
             AND e.actor_user_id = $1 AND e.is_message),
         (SELECT count(*)::integer
            FROM file AS f
           WHERE f.request_id = r.id AND f.uploader_id = $1)        -- file_request
    FROM ((SELECT p.request_id
             FROM participant AS p
            WHERE p.user_id = $1 AND p.request_id < $2              -- participant_user
            ORDER BY p.request_id DESC
            LIMIT $3)
          UNION
          (SELECT k.request_id
             FROM mark AS k
            WHERE k.user_id = $1 AND k.request_id < $2              -- mark_pkey
            ORDER BY k.request_id DESC
            LIMIT $3)) AS mine
    JOIN request AS r ON r.id = mine.request_id                     -- request_pkey
    LEFT JOIN mark AS m ON m.user_id = $1 AND m.request_id = r.id
   ORDER BY r.id DESC
   LIMIT $3
)sql"};

}  // namespace aplus::requests
