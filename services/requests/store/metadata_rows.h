// Metadata of requests for those who see no contents (P34). Counts and times of the lane of all alone (P28).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

struct MetadataRow {
  RequestId id{};
  std::string number{};
  State state = State::kNew;
  std::string area{};
  GroupId creator_group{};
  Time created_at{};
  Time last_message_at{};
  std::optional<Time> first_answer_at{};
  std::optional<Time> processed_at{};
  std::optional<Time> closed_at{};
  std::optional<CloseReason> close_reason{};
  std::optional<Time> erased_at{};
  std::optional<Time> deadline{};
  bool late = false;
  bool standard_procedure = false;
  std::optional<Usefulness> usefulness{};
  std::int32_t messages = 0;
  std::int32_t files = 0;
  std::int32_t helpers = 0;
  std::int32_t experts = 0;
};

inline constexpr Statement<MetadataRow, std::vector<RequestId>> kMetadata{"metadata", R"sql(
  SELECT r.id, r.number, r.state, r.area_id, r.creator_group_id, r.created_at, r.last_message_all,
         r.first_answer_at, r.processed_at, r.closed_at, r.close_reason, r.erased_at, r.deadline, r.late,
         r.standard_procedure, r.usefulness,
         (SELECT count(*)::integer
            FROM entry AS e
           WHERE e.request_id = r.id AND e.lane = 1 AND e.is_message),       -- entry_number_all
         (SELECT count(*)::integer
            FROM file AS f
           WHERE f.request_id = r.id AND f.lane = 1),                        -- file_request
         (SELECT count(DISTINCT p.user_id)::integer
            FROM participant AS p
           WHERE p.request_id = r.id AND p.kind < 3),                        -- participant_pkey
         (SELECT count(*)::integer
            FROM participant AS p
           WHERE p.request_id = r.id AND p.kind = 3)
    FROM request AS r
   WHERE r.id = ANY ($1)                                                     -- request_pkey
   ORDER BY r.id DESC
)sql"};

// groups, before id, limit; area, state, late. Ids grow with time, so their order is that of creation.
inline constexpr Statement<RequestId, std::vector<GroupId>, RequestId, std::int32_t,
                           std::optional<std::string>, std::optional<State>, std::optional<bool>>
    kMetadataOfGroups{"metadata_of_groups", R"sql(
  SELECT id
    FROM (SELECT mine.id
            FROM unnest($1) AS g (group_id)
           CROSS JOIN LATERAL (
                 SELECT r.id
                   FROM request AS r                                         -- request_creator_group
                  WHERE r.creator_group_id = g.group_id AND r.id < $2
                    AND ($4::text IS NULL OR r.area_id = $4)
                    AND ($5::smallint IS NULL OR r.state = $5)
                    AND ($6::boolean IS NULL OR r.late = $6)
                  ORDER BY r.id DESC
                  LIMIT $3) AS mine
          UNION
          SELECT asked.request_id
            FROM unnest($1) AS g (group_id)
           CROSS JOIN LATERAL (
                 SELECT a.request_id
                   FROM addressed_group AS a                                 -- addressed_group_of_group
                   JOIN request AS r ON r.id = a.request_id                  -- request_pkey
                  WHERE a.group_id = g.group_id AND a.request_id < $2
                    AND ($4::text IS NULL OR r.area_id = $4)
                    AND ($5::smallint IS NULL OR r.state = $5)
                    AND ($6::boolean IS NULL OR r.late = $6)
                  ORDER BY a.request_id DESC
                  LIMIT $3) AS asked) AS found (id)
   ORDER BY id DESC
   LIMIT $3
)sql"};

// before id, limit; area, state, late.
inline constexpr Statement<RequestId, RequestId, std::int32_t, std::optional<std::string>,
                           std::optional<State>, std::optional<bool>>
    kMetadataOfAll{"metadata_of_all", R"sql(
  SELECT r.id
    FROM request AS r                                                        -- request_pkey
   WHERE r.id < $1
     AND ($3::text IS NULL OR r.area_id = $3)
     AND ($4::smallint IS NULL OR r.state = $4)
     AND ($5::boolean IS NULL OR r.late = $5)
   ORDER BY r.id DESC
   LIMIT $2
)sql"};

}  // namespace aplus::requests
