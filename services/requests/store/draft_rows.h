// Drafts (P24): private to their author, sealed like a request, whose id they become.
#pragma once

#include <optional>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

struct DraftRow {
  RequestId id{};
  UserId author{};
  std::optional<GroupId> group{};
  Time updated_at{};
  Time erase_at{};
};

inline constexpr Statement<Affected, RequestId, UserId, std::optional<GroupId>, Time, Time> kInsertDraft{
    "insert_draft", R"sql(
  INSERT INTO draft (id, author_id, group_id, created_at, updated_at, erase_at)
  VALUES ($1, $2, $3, $4, $4, $5)
)sql"};

inline constexpr Statement<DraftRow, RequestId> kReadDraft{"read_draft", R"sql(
  SELECT id, author_id, group_id, updated_at, erase_at
    FROM draft
   WHERE id = $1                                -- draft_pkey
     AND erase_at > clock_timestamp()
)sql"};

inline constexpr Statement<DraftRow, RequestId> kLockDraft{"lock_draft", R"sql(
  SELECT id, author_id, group_id, updated_at, erase_at
    FROM draft
   WHERE id = $1                                -- draft_pkey
     AND erase_at > clock_timestamp()
     FOR UPDATE
)sql"};

inline constexpr Statement<DraftRow, UserId> kMyDrafts{"my_drafts", R"sql(
  SELECT id, author_id, group_id, updated_at, erase_at
    FROM draft
   WHERE author_id = $1                         -- draft_author
     AND erase_at > clock_timestamp()
   ORDER BY updated_at DESC
   LIMIT 100
)sql"};

inline constexpr Statement<std::int64_t, UserId> kCountMyDrafts{"count_my_drafts", R"sql(
  SELECT count(*)
    FROM draft
   WHERE author_id = $1                         -- draft_author
     AND erase_at > clock_timestamp()
)sql"};

inline constexpr Statement<Affected, RequestId, Time> kTouchDraft{"touch_draft", R"sql(
  UPDATE draft
     SET updated_at = $2
   WHERE id = $1                                -- draft_pkey
)sql"};

// Deleted by its author: nobody finds it any more, the erasure worker does the rest.
inline constexpr Statement<Affected, RequestId, Time> kExpireDraft{"expire_draft", R"sql(
  UPDATE draft
     SET erase_at = $2
   WHERE id = $1                                -- draft_pkey
)sql"};

// Its contents go with it (ON DELETE CASCADE).
inline constexpr Statement<Affected, RequestId> kDeleteDraft{"delete_draft", R"sql(
  DELETE FROM draft
   WHERE id = $1                                -- draft_pkey
)sql"};

struct DraftContentRow {
  RequestId draft{};
  std::int32_t version = 0;
  Bytes body{};
};

inline constexpr Statement<DraftContentRow, std::vector<RequestId>> kReadDraftContent{"read_draft_content",
                                                                                      R"sql(
  SELECT draft_id, version, body
    FROM draft_content
   WHERE draft_id = ANY ($1)                    -- draft_content_pkey
)sql",
                                                                                      Touches::kContents};

inline constexpr Statement<Affected, RequestId, UserId, std::int32_t, Bytes> kSaveDraftContent{
    "save_draft_content", R"sql(
  INSERT INTO draft_content (draft_id, author_id, version, body)
  VALUES ($1, $2, $3, $4)
      ON CONFLICT (draft_id) DO UPDATE SET version = EXCLUDED.version, body = EXCLUDED.body
)sql",
    Touches::kContents};

}  // namespace aplus::requests
