// What timers look for: requests that became late or are about to, and where the event log stands.
#pragma once

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

inline constexpr Statement<RequestId, std::int32_t> kBecameLate{"became_late", R"sql(
  SELECT id
    FROM request
   WHERE late_from <= statement_timestamp() AND late_from IS NOT NULL AND NOT late   -- request_late_from
   ORDER BY late_from
   LIMIT $1
)sql"};

inline constexpr Statement<RequestId, std::int32_t> kToBeWarned{"to_be_warned", R"sql(
  SELECT id
    FROM request
   WHERE warn_at <= statement_timestamp()                          -- request_warn_at
   ORDER BY warn_at
   LIMIT $1
)sql"};

inline constexpr Statement<Affected, RequestId> kForgetWarning{"forget_warning", R"sql(
  UPDATE request
     SET warn_at = NULL
   WHERE id = $1                                               -- request_pkey
)sql"};

// What nobody acts on (P35). The job asks again under the row's lock.
inline constexpr Statement<RequestId, std::int32_t> kToBeAnnounced{"to_be_announced", R"sql(
  SELECT id
    FROM request
   WHERE notice_at <= statement_timestamp()                        -- request_notice_at
   ORDER BY notice_at
   LIMIT $1
)sql"};

inline constexpr Statement<RequestId, std::int32_t> kToBeRaised{"to_be_raised", R"sql(
  SELECT id
    FROM request
   WHERE raise_at <= statement_timestamp()                         -- request_raise_at
   ORDER BY raise_at
   LIMIT $1
)sql"};

inline constexpr Statement<RequestId, std::int32_t> kToBeClosed{"to_be_closed", R"sql(
  SELECT id
    FROM request
   WHERE close_at <= statement_timestamp() AND notice_at IS NULL   -- request_close_at
   ORDER BY close_at
   LIMIT $1
)sql"};

// The last position that the relay gave.
inline constexpr Statement<std::int64_t> kLogPosition{"log_position", R"sql(
  SELECT position
    FROM event_relay
   WHERE only_row
)sql"};

// A draft whatever its time, for the worker that erases it.
inline constexpr Statement<UserId, RequestId> kLockDraftToErase{"lock_draft_to_erase", R"sql(
  SELECT author_id
    FROM draft
   WHERE id = $1                                               -- draft_pkey
     FOR UPDATE
)sql"};

}  // namespace aplus::requests
