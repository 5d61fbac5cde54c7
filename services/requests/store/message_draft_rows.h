// Half-written messages (P33): private to their author, sealed with the request's key.
#pragma once

#include <optional>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

struct MessageDraftRow {
  std::int32_t version = 0;
  Lane lane = Lane::kAll;
  Bytes body{};
  // The last line of the request when it was begun, in each lane.
  std::int32_t begun_all = 0;
  std::int32_t begun_instructors = 0;
  Time updated_at{};
  Time erase_at{};
};

inline constexpr Statement<MessageDraftRow, RequestId, UserId> kReadMessageDraft{"read_message_draft", R"sql(
  SELECT version, lane, body, begun_all, begun_instructors, updated_at, erase_at
    FROM message_draft
   WHERE request_id = $1 AND author_id = $2        -- message_draft_pkey
     AND erase_at > statement_timestamp()
)sql",
                                                                                 Touches::kContents};

// What was begun stays begun when it was; beginning again after a draft's end begins anew.
inline constexpr Statement<Affected, RequestId, UserId, std::int32_t, Lane, Bytes, std::int32_t, std::int32_t,
                           Time, Time>
    kSaveMessageDraft{"save_message_draft", R"sql(
  INSERT INTO message_draft (request_id, author_id, version, lane, body, begun_all, begun_instructors, updated_at,
                             erase_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
      ON CONFLICT (request_id, author_id) DO UPDATE
     SET version = EXCLUDED.version, lane = EXCLUDED.lane, body = EXCLUDED.body, begun_all = EXCLUDED.begun_all,
         begun_instructors = EXCLUDED.begun_instructors, updated_at = EXCLUDED.updated_at,
         erase_at = EXCLUDED.erase_at
)sql",
                      Touches::kContents};

inline constexpr Statement<Affected, RequestId, UserId> kDropMessageDraft{"drop_message_draft", R"sql(
  DELETE FROM message_draft
   WHERE request_id = $1 AND author_id = $2        -- message_draft_pkey
)sql",
                                                                          Touches::kContents};

// Messages that others wrote after a line, in a lane.
inline constexpr Statement<std::int32_t, RequestId, std::int32_t, UserId> kNewerForAll{"newer_for_all", R"sql(
  SELECT count(*)::integer
    FROM entry
   WHERE request_id = $1 AND lane = 1 AND number_all > $2      -- entry_number_all
     AND is_message AND actor_user_id IS DISTINCT FROM $3
)sql"};

inline constexpr Statement<std::int32_t, RequestId, std::int32_t, UserId> kNewerForInstructors{
    "newer_for_instructors", R"sql(
  SELECT count(*)::integer
    FROM entry
   WHERE request_id = $1 AND number_instructors > $2           -- entry_number_instructors
     AND is_message AND actor_user_id IS DISTINCT FROM $3
)sql"};

// As the system: those whose time is over, and all of an erased request.
inline constexpr Statement<Affected> kSweepMessageDrafts{"sweep_message_drafts", R"sql(
  DELETE FROM message_draft
   WHERE erase_at <= statement_timestamp()         -- message_draft_erase_at
)sql",
                                                         Touches::kContents};

inline constexpr Statement<Affected, RequestId> kEraseMessageDrafts{"erase_message_drafts", R"sql(
  DELETE FROM message_draft
   WHERE request_id = $1                           -- message_draft_pkey
)sql",
                                                                    Touches::kContents};

}  // namespace aplus::requests
