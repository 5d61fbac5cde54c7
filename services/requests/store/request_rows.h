// Metadata of a request: the row that an act locks, changes and saves, and who takes part. No personal data.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/domain/types.h"
#include "services/requests/store/enums.h"

namespace aplus::requests {

struct RequestRow {
  RequestId id{};
  std::string number{};
  State state = State::kNew;
  std::int64_t version_all = 1;
  std::int64_t version_instructors = 1;
  std::int32_t entries_all = 0;
  std::int32_t entries_instructors = 0;
  Time last_message_all{};
  Time last_message_instructors{};
  std::string area_id{};
  std::optional<UserId> owner{};
  UserId creator{};
  GroupId creator_group{};
  MandateKind mandate_kind = MandateKind::kPaper;
  std::chrono::year_month_day mandate_given_on{};
  Time created_at{};
  Time changed_at{};
  Time clock_started_at{};
  std::optional<Time> last_answer_at{};
  std::optional<Time> first_answer_at{};
  std::optional<Time> deadline{};
  std::optional<Time> late_from{};
  std::optional<Time> warn_at{};
  bool late = false;
  std::optional<Time> opened_at{};
  std::optional<UserId> in_charge_user{};
  std::optional<GroupId> in_charge_group{};
  std::optional<Time> processed_at{};
  bool standard_procedure = false;
  std::optional<Time> closed_at{};
  std::optional<CloseReason> close_reason{};
  std::optional<Usefulness> usefulness{};
  std::optional<Time> erase_at{};
  std::optional<Time> erased_at{};
  // What the system does when nobody acts (domain/neglect.h).
  Time active_at{};
  std::optional<Time> close_at{};
  std::optional<Time> notice_at{};
  std::optional<Time> raise_at{};
};

struct ParticipantRow {
  UserId user{};
  ParticipantKind kind = ParticipantKind::kHelper;
  Time since{};
};

struct AddressedRow {
  GroupId group{};
  std::string organisation{};
  std::int16_t entitled = 0;  // Identifiers
  GroupState state = GroupState::kWaiting;
  Time invited_at{};
  std::optional<GroupId> proposed{};
};

// Who locks this row orders all that happens on the request: states, versions, entries, events.
inline constexpr Statement<RequestRow, RequestId> kLockRequest{"lock_request", R"sql(
  SELECT id, number, state, version_all, version_instructors, entries_all, entries_instructors,
         last_message_all, last_message_instructors, area_id, owner_user_id, creator_user_id, creator_group_id,
         mandate_kind, mandate_given_on, created_at, changed_at, clock_started_at, last_answer_at,
         first_answer_at, deadline, late_from, warn_at, late, opened_at, in_charge_user_id, in_charge_group_id,
         processed_at, standard_procedure, closed_at, close_reason, usefulness, erase_at, erased_at,
         coalesce(active_at, last_message_all), close_at, notice_at, raise_at
    FROM request
   WHERE id = $1                                -- request_pkey
     FOR UPDATE
)sql"};

inline constexpr Statement<RequestRow, RequestId> kReadRequest{"read_request", R"sql(
  SELECT id, number, state, version_all, version_instructors, entries_all, entries_instructors,
         last_message_all, last_message_instructors, area_id, owner_user_id, creator_user_id, creator_group_id,
         mandate_kind, mandate_given_on, created_at, changed_at, clock_started_at, last_answer_at,
         first_answer_at, deadline, late_from, warn_at, late, opened_at, in_charge_user_id, in_charge_group_id,
         processed_at, standard_procedure, closed_at, close_reason, usefulness, erase_at, erased_at,
         coalesce(active_at, last_message_all), close_at, notice_at, raise_at
    FROM request
   WHERE id = $1                                -- request_pkey
)sql"};

// Asked after the lock, so that it never lies before what the lock waited for.
inline constexpr Statement<Time> kDatabaseTime{"database_time", "SELECT clock_timestamp()"};

// "26-0004217": the year and a count, without further meaning (P20).
inline constexpr Statement<std::string> kNextNumber{"next_number", R"sql(
  SELECT to_char(clock_timestamp() AT TIME ZONE 'Europe/Paris', 'YY') || '-'
         || lpad(n::text, greatest(7, length(n::text)), '0')
    FROM nextval('request_number') AS n
)sql"};

// With its first entry, the line that says it was created.
inline constexpr Statement<Affected, RequestId, std::string, State, Time, std::string, UserId, GroupId,
                           MandateKind, std::chrono::year_month_day, std::optional<Time>, std::optional<Time>,
                           std::optional<Time>, std::optional<Time>, std::optional<Time>, std::optional<Time>>
    kInsertRequest{"insert_request", R"sql(
  INSERT INTO request (id, number, state, last_message_all, last_message_instructors, created_at, changed_at,
                       clock_started_at, area_id, owner_user_id, creator_user_id, creator_group_id,
                       mandate_kind, mandate_given_on, deadline, late_from, warn_at, active_at, close_at, notice_at,
                       raise_at, entries_all, entries_instructors)
  VALUES ($1, $2, $3, $4, $4, $4, $4, $4, $5, $6, $6, $7, $8, $9, $10, $11, $12, $4, $13, $14, $15, 1, 1)
)sql"};

// Writes back what acts change. The row is locked by kLockRequest.
inline constexpr Statement<Affected, RequestId, State, std::int64_t, std::int64_t, std::int32_t, std::int32_t,
                           Time, Time, std::optional<UserId>, Time, Time, std::optional<Time>,
                           std::optional<Time>, std::optional<Time>, std::optional<Time>, std::optional<Time>,
                           bool, std::optional<Time>, std::optional<UserId>, std::optional<GroupId>,
                           std::optional<Time>, bool, std::optional<Time>, std::optional<CloseReason>,
                           std::optional<Usefulness>, std::optional<Time>, std::optional<Time>, Time,
                           std::optional<Time>, std::optional<Time>, std::optional<Time>>
    kSaveRequest{"save_request", R"sql(
  UPDATE request
     SET state = $2, version_all = $3, version_instructors = $4, entries_all = $5, entries_instructors = $6,
         last_message_all = $7, last_message_instructors = $8, owner_user_id = $9, changed_at = $10,
         clock_started_at = $11, last_answer_at = $12, first_answer_at = $13, deadline = $14, late_from = $15,
         warn_at = $16, late = $17, opened_at = $18, in_charge_user_id = $19, in_charge_group_id = $20,
         processed_at = $21, standard_procedure = $22, closed_at = $23, close_reason = $24, usefulness = $25,
         erase_at = $26, erased_at = $27, active_at = $28, close_at = $29, notice_at = $30, raise_at = $31
   WHERE id = $1                                -- request_pkey
)sql"};

inline constexpr Statement<ParticipantRow, RequestId> kParticipants{"participants", R"sql(
  SELECT user_id, kind, since
    FROM participant
   WHERE request_id = $1                        -- participant_pkey
   ORDER BY since, kind, user_id
)sql"};

inline constexpr Statement<AddressedRow, RequestId> kAddressedGroups{"addressed_groups", R"sql(
  SELECT group_id, organisation_id, entitled, state, invited_at, proposed_group_id
    FROM addressed_group
   WHERE request_id = $1                        -- addressed_group_pkey
   ORDER BY invited_at, group_id
)sql"};

// The caller's groups of those addressed whose instructor role is younger than the closing (P32).
inline constexpr Statement<GroupId, UserId, RequestId> kJoinedAfterClosing{"joined_after_closing", R"sql(
  SELECT g.group_id
    FROM request AS r
    JOIN addressed_group AS g ON g.request_id = r.id          -- addressed_group_pkey
    JOIN membership AS m ON m.user_id = $1 AND m.group_id = g.group_id  -- membership_pkey
   WHERE r.id = $2                              -- request_pkey
     AND r.closed_at IS NOT NULL
     AND m.instructor_since > r.closed_at
)sql"};

inline constexpr Statement<Affected, RequestId, UserId, ParticipantKind, Time> kInsertParticipant{
    "insert_participant", R"sql(
  INSERT INTO participant (request_id, user_id, kind, since)
  VALUES ($1, $2, $3, $4)
      ON CONFLICT (request_id, user_id, kind) DO NOTHING
)sql"};

inline constexpr Statement<Affected, RequestId, UserId> kDeleteParticipant{"delete_participant", R"sql(
  DELETE FROM participant
   WHERE request_id = $1 AND user_id = $2       -- participant_pkey
)sql"};

inline constexpr Statement<Affected, RequestId, GroupId, std::string, std::int16_t, GroupState, Time>
    kInsertAddressed{"insert_addressed", R"sql(
  INSERT INTO addressed_group (request_id, group_id, organisation_id, entitled, state, invited_at, changed_at)
  VALUES ($1, $2, $3, $4, $5, $6, $6)
      ON CONFLICT (request_id, group_id) DO NOTHING
)sql"};

inline constexpr Statement<Affected, RequestId, GroupId, GroupState, std::optional<GroupId>, Time>
    kSaveAddressed{"save_addressed", R"sql(
  UPDATE addressed_group
     SET state = $3, proposed_group_id = $4, changed_at = $5
   WHERE request_id = $1 AND group_id = $2      -- addressed_group_pkey
)sql"};

}  // namespace aplus::requests
