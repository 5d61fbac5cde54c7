// Memberships as auth's events tell them, and what the hand-over of a leaver needs (P5).
#pragma once

#include <optional>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

// Since when the instructor role is held: kept while it is held without a break.
inline constexpr Statement<Affected, UserId, GroupId, bool, bool, bool, Time> kSaveMembership{
    "save_membership", R"sql(
  INSERT INTO membership AS m (user_id, group_id, helper, instructor, manager, instructor_since)
  VALUES ($1, $2, $3, $4, $5, CASE WHEN $4 THEN $6::timestamptz END)
      ON CONFLICT (user_id, group_id) DO UPDATE
     SET helper = EXCLUDED.helper, instructor = EXCLUDED.instructor, manager = EXCLUDED.manager,
         instructor_since = CASE WHEN NOT EXCLUDED.instructor THEN NULL
                                 ELSE coalesce(m.instructor_since, EXCLUDED.instructor_since) END
)sql"};

inline constexpr Statement<Affected, UserId, GroupId> kDropMembership{"drop_membership", R"sql(
  DELETE FROM membership
   WHERE user_id = $1 AND group_id = $2         -- membership_pkey
)sql"};

// Open requests that a leaver owns.
inline constexpr Statement<RequestId, UserId> kOpenRequestsOf{"open_requests_of", R"sql(
  SELECT id
    FROM request
   WHERE owner_user_id = $1 AND state < 4       -- request_owner
   ORDER BY id
)sql"};

// ---- For the demonstration's generator. ----

struct KnownMember {
  UserId user{};
  GroupId group{};
  bool helper = false;
  bool instructor = false;
};

inline constexpr Statement<KnownMember> kKnownMembers{"known_members", R"sql(
  SELECT user_id, group_id, helper, instructor
    FROM membership
   ORDER BY group_id, user_id
   LIMIT 10000
)sql"};

// Invented requests were closed before anybody joined: demonstration people have always been there.
inline constexpr Statement<Affected> kAlwaysMember{"always_member", R"sql(
  UPDATE membership
     SET instructor_since = '2000-01-01'
   WHERE instructor_since > '2000-01-01'
)sql"};

}  // namespace aplus::requests
