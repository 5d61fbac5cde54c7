#include "services/stats/store/fact_store.h"

#include "services/stats/store/codecs.h"

namespace aplus::stats {
namespace fact_sql {

constexpr Statement<Fact, RequestId> kLoad{"fact_load", R"sql(
  SELECT request_id, created_at, area_id, creator_group_id, state, first_answer_at, first_answer_working,
         processed_at, processed_working, closed_at, close_reason, usefulness, messages, late, standard_procedure
    FROM request_fact                                          -- request_fact_pkey
   WHERE request_id = $1
)sql"};

constexpr Statement<Affected, RequestId, Time, std::string, GroupId, State, std::optional<Time>,
                    std::optional<std::int64_t>, std::optional<Time>, std::optional<std::int64_t>,
                    std::optional<Time>, std::optional<CloseReason>, std::optional<Usefulness>, std::int32_t,
                    bool, bool>
    kSave{"fact_save", R"sql(
  INSERT INTO request_fact (request_id, created_at, area_id, creator_group_id, state, first_answer_at,
                            first_answer_working, processed_at, processed_working, closed_at, close_reason, usefulness,
                            messages, late, standard_procedure)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  ON CONFLICT (request_id) DO UPDATE
     SET state = EXCLUDED.state,
         first_answer_at = EXCLUDED.first_answer_at,
         first_answer_working = EXCLUDED.first_answer_working,
         processed_at = EXCLUDED.processed_at,
         processed_working = EXCLUDED.processed_working,
         closed_at = EXCLUDED.closed_at,
         close_reason = EXCLUDED.close_reason,
         usefulness = EXCLUDED.usefulness,
         messages = EXCLUDED.messages,
         late = EXCLUDED.late,
         standard_procedure = EXCLUDED.standard_procedure
)sql"};

constexpr Statement<Affected, RequestId, Time, std::vector<GroupId>> kAddGroups{"fact_add_groups", R"sql(
  INSERT INTO request_group (request_id, group_id, created_at)
  SELECT $1, g.id, $2
    FROM unnest($3) AS g (id)
  ON CONFLICT (request_id, group_id) DO NOTHING
)sql"};

constexpr Statement<Affected, UserId, GroupId, Time> kNoteActive{"active_note", R"sql(
  INSERT INTO active_day (day, user_id, group_id)
  VALUES (($3 AT TIME ZONE 'Europe/Paris')::date, $1, $2)
  ON CONFLICT (day, user_id, group_id) DO NOTHING
)sql"};

// Always without a group too: platform-wide a person counts once, whatever his groups are.
constexpr Statement<Affected, UserId, Time> kNoteLogin{"active_login", R"sql(
  INSERT INTO active_day (day, user_id, group_id)
  SELECT ($2 AT TIME ZONE 'Europe/Paris')::date, $1, g.id
    FROM (SELECT group_id
            FROM membership_fact                               -- membership_fact_pkey
           WHERE user_id = $1
          UNION ALL
          SELECT '00000000-0000-0000-0000-000000000000'::uuid) AS g (id)
  ON CONFLICT (day, user_id, group_id) DO NOTHING
)sql"};

constexpr Statement<Affected, GroupId, std::string, bool, std::vector<std::string>> kSaveGroup{"group_save",
                                                                                               R"sql(
  INSERT INTO group_fact (group_id, organisation_id, helper_side, area_ids)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (group_id) DO UPDATE
     SET organisation_id = EXCLUDED.organisation_id,
         helper_side = EXCLUDED.helper_side,
         area_ids = EXCLUDED.area_ids
)sql"};

constexpr Statement<Affected, UserId, GroupId> kJoin{"membership_join", R"sql(
  INSERT INTO membership_fact (user_id, group_id)
  VALUES ($1, $2)
  ON CONFLICT (user_id, group_id) DO NOTHING
)sql"};

constexpr Statement<Affected, UserId, GroupId> kLeave{"membership_leave", R"sql(
  DELETE FROM membership_fact
   WHERE user_id = $1                                          -- membership_fact_pkey
     AND group_id = $2
)sql"};

constexpr Statement<Affected> kDeleteRequests{"fact_delete_all", R"sql(
  DELETE FROM request_fact
)sql"};
constexpr Statement<Affected> kDeleteGroups{"group_delete_all", R"sql(
  DELETE FROM group_fact
)sql"};
constexpr Statement<Affected> kDeleteMemberships{"membership_delete_all", R"sql(
  DELETE FROM membership_fact
)sql"};
constexpr Statement<Affected> kDeleteActive{"active_delete_all", R"sql(
  DELETE FROM active_day
)sql"};

}  // namespace fact_sql

Task<Result<void>> FactStore::Record(Transaction& tx, Change change) {
  CO_TRY(auto known, co_await tx.RunOne(fact_sql::kLoad, change.request));
  const Fact fact = Apply(known ? *std::move(known) : Begin(change), change);
  tx.Send(fact_sql::kSave, fact.request, fact.created_at, fact.area, fact.creator_group, fact.state,
          fact.first_answer_at, fact.first_answer_working, fact.processed_at, fact.processed_working,
          fact.closed_at, fact.close_reason, fact.usefulness, fact.messages, fact.late,
          fact.standard_procedure);
  std::vector<GroupId> groups = std::move(change.groups);
  groups.push_back(change.creator_group);
  tx.Send(fact_sql::kAddGroups, fact.request, fact.created_at, groups);
  if (!change.actor.IsNil()) {
    // Platform-wide he counts without a group, as at a login.
    tx.Send(fact_sql::kNoteActive, change.actor, GroupId{}, change.at);
    if (!change.actor_group.IsNil())
      tx.Send(fact_sql::kNoteActive, change.actor, change.actor_group, change.at);
  }
  co_return Result<void>();
}

void FactStore::SaveGroup(Transaction& tx, const GroupFact& group) {
  tx.Send(fact_sql::kSaveGroup, group.group, group.organisation, group.helper_side, group.areas);
}

void FactStore::SaveMembership(Transaction& tx, UserId user, GroupId group, bool member) {
  tx.Send(member ? fact_sql::kJoin : fact_sql::kLeave, user, group);
}

void FactStore::NoteLogin(Transaction& tx, UserId user, Time at) { tx.Send(fact_sql::kNoteLogin, user, at); }

void FactStore::DeleteAll(Transaction& tx) {
  tx.Send(fact_sql::kDeleteRequests);  // request_group goes with it
  tx.Send(fact_sql::kDeleteGroups);
  tx.Send(fact_sql::kDeleteMemberships);
  tx.Send(fact_sql::kDeleteActive);
}

StatementTable FactStore::Statements() {
  using namespace fact_sql;
  return aplus::Statements(kLoad, kSave, kAddGroups, kNoteActive, kNoteLogin, kSaveGroup, kJoin, kLeave,
                           kDeleteRequests, kDeleteGroups, kDeleteMemberships, kDeleteActive);
}

}  // namespace aplus::stats
