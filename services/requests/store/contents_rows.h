// Contents: sealed bytes under forced row-level security. Every statement here is kContents, so a lane
// refuses it without a principal.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

struct ContentsRow {
  Bytes subject{};
  Bytes description{};
  Bytes citizen{};
  std::optional<Bytes> signed_by{};
  std::int32_t citizen_version = 1;
};

inline constexpr Statement<ContentsRow, RequestId> kReadContents{"read_contents", R"sql(
  SELECT subject, description, citizen, signed_by, citizen_version
    FROM request_content
   WHERE request_id = $1                         -- request_content_pkey
)sql",
                                                                 Touches::kContents};

struct ListedContents {
  RequestId request{};
  Bytes subject{};
  Bytes citizen{};
  std::int32_t citizen_version = 1;
};

inline constexpr Statement<ListedContents, std::vector<RequestId>> kListContents{"list_contents", R"sql(
  SELECT request_id, subject, citizen, citizen_version
    FROM request_content
   WHERE request_id = ANY ($1)                   -- request_content_pkey
)sql",
                                                                                 Touches::kContents};

inline constexpr Statement<Affected, RequestId, Bytes, Bytes, Bytes, std::optional<Bytes>> kInsertContents{
    "insert_contents", R"sql(
  INSERT INTO request_content (request_id, subject, description, citizen, signed_by)
  VALUES ($1, $2, $3, $4, $5)
)sql",
    Touches::kContents};

inline constexpr Statement<Affected, RequestId, Bytes, std::int32_t> kSaveCitizen{"save_citizen", R"sql(
  UPDATE request_content
     SET citizen = $2, citizen_version = $3
   WHERE request_id = $1                         -- request_content_pkey
)sql",
                                                                                  Touches::kContents};

inline constexpr Statement<Affected, RequestId, std::int32_t, Bytes, MessageId> kKeepOldCitizen{
    "keep_old_citizen", R"sql(
  INSERT INTO citizen_history (request_id, version, citizen, entry_id)
  VALUES ($1, $2, $3, $4)
)sql",
    Touches::kContents};

struct OldCitizenRow {
  std::int32_t version = 0;
  Bytes citizen{};
  MessageId entry{};
  Time at{};
  std::optional<UserId> actor{};
  std::optional<GroupId> actor_group{};
  std::optional<Bytes> signed_by{};
};

// With who corrected it, newest first.
inline constexpr Statement<OldCitizenRow, RequestId> kOldCitizens{"old_citizens", R"sql(
  SELECT h.version, h.citizen, h.entry_id, e.at, e.actor_user_id, e.actor_group_id, c.signed_by
    FROM citizen_history AS h                     -- citizen_history_pkey
    JOIN entry AS e ON e.id = h.entry_id          -- entry_pkey
    LEFT JOIN message_content AS c ON c.entry_id = h.entry_id   -- message_content_pkey
   WHERE h.request_id = $1
   ORDER BY h.version DESC
   LIMIT 100
)sql",
                                                                  Touches::kContents};

struct MessageContentRow {
  MessageId entry{};
  std::optional<Bytes> text{};
  std::optional<Bytes> signed_by{};
};

inline constexpr Statement<MessageContentRow, RequestId, std::vector<MessageId>> kMessageContent{
    "read_message_content", R"sql(
  SELECT entry_id, text, signed_by
    FROM message_content
   WHERE entry_id = ANY ($2)                     -- message_content_pkey
     AND request_id = $1
)sql",
    Touches::kContents};

inline constexpr Statement<Affected, MessageId, RequestId, Lane, std::optional<Bytes>, std::optional<Bytes>>
    kInsertMessageContent{"insert_message_content", R"sql(
  INSERT INTO message_content (entry_id, request_id, lane, text, signed_by)
  VALUES ($1, $2, $3, $4, $5)
)sql",
                          Touches::kContents};

// ---- Search. Keyed hashes, no row-level security (0002_contents.sql says why). ----

inline constexpr Statement<Affected, UuidBytes, RequestId, Lane, std::int32_t, std::vector<std::int64_t>>
    kSaveSearchEntry{"save_search_entry", R"sql(
  INSERT INTO search_entry (id, request_id, lane, key_epoch, tokens)
  VALUES ($1, $2, $3, $4, $5)
      ON CONFLICT (id) DO UPDATE SET key_epoch = EXCLUDED.key_epoch, tokens = EXCLUDED.tokens
)sql"};

// New readers may find what was written before they came.
inline constexpr Statement<Affected, RequestId, std::vector<std::int64_t>, bool> kAddSearchReaders{
    "add_search_readers", R"sql(
  UPDATE search_entry
     SET tokens = tokens || $2
   WHERE request_id = $1                         -- search_entry_request
     AND (lane = 1 OR $3)
)sql"};

}  // namespace aplus::requests
