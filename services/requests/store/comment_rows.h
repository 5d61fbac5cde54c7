// Comments on usefulness (P31): for the statistics team, without personal data.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

// The last closing's counts.
inline constexpr Statement<Affected, RequestId, Time, std::string> kSaveComment{"save_comment", R"sql(
  INSERT INTO usefulness_comment (request_id, at, text)
  VALUES ($1, $2, $3)
      ON CONFLICT (request_id) DO UPDATE SET at = EXCLUDED.at, text = EXCLUDED.text
)sql"};

inline constexpr Statement<Affected, RequestId> kEraseComment{"erase_comment", R"sql(
  DELETE FROM usefulness_comment
   WHERE request_id = $1                          -- usefulness_comment_pkey
)sql"};

struct CommentRow {
  RequestId request{};
  std::string number{};
  Time at{};
  std::string text{};
  std::optional<Usefulness> usefulness{};
  std::string area{};
  GroupId creator_group{};
  std::vector<std::string> organisations{};
};

// Newest first, after a moment and an id; of requests that are still closed.
inline constexpr Statement<CommentRow, Time, RequestId, std::int32_t> kComments{"comments", R"sql(
  SELECT c.request_id, r.number, c.at, c.text, r.usefulness, r.area_id, r.creator_group_id,
         ARRAY(SELECT DISTINCT a.organisation_id
                 FROM addressed_group AS a
                WHERE a.request_id = c.request_id              -- addressed_group_pkey
                ORDER BY a.organisation_id)
    FROM usefulness_comment AS c                               -- usefulness_comment_by_time
    JOIN request AS r ON r.id = c.request_id                   -- request_pkey
   WHERE (c.at, c.request_id) < ($1, $2)
     AND r.state = 4
   ORDER BY c.at DESC, c.request_id DESC
   LIMIT $3
)sql"};

}  // namespace aplus::requests
