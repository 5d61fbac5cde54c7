// Reports of misuse (P7), and what somebody who leaves leaves behind (P5).
#pragma once

#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

using ReportId = Id<struct ReportTag>;

// Answers whether it is the first of its kind by this person.
inline constexpr Statement<bool, ReportId, RequestId, UserId, std::int16_t> kKeepReport{"keep_report", R"sql(
  INSERT INTO misuse_report AS r (id, request_id, reporter_id, kind)
  VALUES ($1, $2, $3, $4)
      ON CONFLICT (request_id, reporter_id, kind) DO UPDATE
     SET at = clock_timestamp()
  RETURNING r.xmax = 0
)sql"};

struct ReportRow {
  ReportId id{};
  Time at{};
  std::int16_t kind = 0;
  std::string number{};
  UserId reporter{};
  UserId creator{};
  GroupId creator_group{};
};

// $1, $2: the last one of the page before.
inline constexpr Statement<ReportRow, Time, ReportId, std::int32_t> kReports{"reports", R"sql(
  SELECT m.id, m.at, m.kind, r.number, m.reporter_id, r.creator_user_id, r.creator_group_id
    FROM misuse_report m                                       -- misuse_report_newest
    JOIN request r ON r.id = m.request_id
   WHERE (m.at, m.id) < ($1, $2)
   ORDER BY m.at DESC, m.id DESC
   LIMIT $3
)sql"};

// Whether one of the groups is the person's: what a manager may know of (P34).
inline constexpr Statement<bool, UserId, std::vector<GroupId>> kIsMemberOfAny{"is_member_of_any", R"sql(
  SELECT EXISTS (SELECT
                   FROM membership                             -- membership_pkey
                  WHERE user_id = $1
                    AND group_id = ANY ($2))
)sql"};

struct OwnedRow {
  std::int64_t open = 0, alone = 0;
};

inline constexpr Statement<OwnedRow, UserId> kOwned{"owned", R"sql(
  SELECT count(*),
         count(*) FILTER (WHERE NOT EXISTS (SELECT
                                              FROM participant p   -- participant_pkey
                                             WHERE p.request_id = r.id
                                               AND p.user_id <> $1
                                               AND p.kind = 2))
    FROM request r                                             -- request_owner
   WHERE r.owner_user_id = $1
     AND r.state < 4
)sql"};

struct InvitedRow {
  UserId user{};
  std::int64_t requests = 0;
};

inline constexpr Statement<InvitedRow, UserId> kInvitedToOwned{"invited_to_owned", R"sql(
  SELECT p.user_id, count(*)
    FROM request r                                             -- request_owner
    JOIN participant p ON p.request_id = r.id                  -- participant_pkey
   WHERE r.owner_user_id = $1
     AND r.state < 4
     AND p.user_id <> $1
     AND p.kind = 2
   GROUP BY p.user_id
   ORDER BY count(*) DESC, p.user_id
   LIMIT 1000
)sql"};

}  // namespace aplus::requests
