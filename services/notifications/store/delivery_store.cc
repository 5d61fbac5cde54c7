#include "services/notifications/store/delivery_store.h"

namespace aplus::notifications {
namespace delivery_sql {

// Kinds 2 to 17 are what happens to a request and is seen in its thread. Of several mails to one recipient
// the last that was settled counts (3 sent, 4 perhaps sent, 5 failed); a part of a digest (7) fares as the
// digest.
constexpr Statement<DeliveryRow, RequestId, bool> kOfRequest{"delivery_of_request", R"sql(
  SELECT t.group_id, t.recipient_kind, t.recipient_id,
         CASE WHEN t.last = 5 THEN 4
              WHEN t.last IS NOT NULL THEN 3
              WHEN t.waiting THEN 2
              ELSE 1 END::smallint
    FROM (SELECT CASE m.recipient_kind WHEN 1 THEN m.recipient_id ELSE m.via_group_id END AS group_id,
                 m.recipient_kind, m.recipient_id,
                 (array_agg(s.state ORDER BY m.asked_at DESC, m.id DESC) FILTER (WHERE s.state IN (3, 4, 5)))[1] AS last,
                 bool_or(s.state IN (0, 1, 2)) AS waiting
            FROM mail m                                        -- mail_by_request
            LEFT JOIN mail d ON d.id = m.digest_id
           CROSS JOIN LATERAL (SELECT CASE WHEN m.state = 7 THEN COALESCE(d.state, 3::smallint)
                                           ELSE m.state END AS state) s
           WHERE m.request_id = $1
             AND m.kind BETWEEN 2 AND 17
             AND m.recipient_kind <= 1
             AND ($2 OR NOT m.instructors_only)
           GROUP BY 1, m.recipient_kind, m.recipient_id) t
   ORDER BY t.group_id, t.recipient_kind, t.recipient_id
)sql"};

constexpr Statement<FailingRow, Time, RecipientId, std::int32_t> kFailing{"delivery_failing", R"sql(
  SELECT recipient_id, recipient_kind, code, refusals, since, last_at
    FROM refused_recipient                                     -- refused_recipient_by_time
   WHERE (last_at, recipient_id) < ($1, $2)
   ORDER BY last_at DESC, recipient_id DESC
   LIMIT $3
)sql"};

constexpr Statement<MailTrace, UserId, std::int32_t> kMailsTo{"delivery_mails_to", R"sql(
  SELECT kind, request_number, asked_at, state
    FROM mail                                                  -- mail_to_person
   WHERE recipient_id = $1
     AND recipient_kind = 0
   ORDER BY asked_at DESC
   LIMIT $2
)sql"};

constexpr Statement<Affected, RequestId, std::vector<GroupId>> kNoteUnreached{"unreached_note", R"sql(
  INSERT INTO unreached_group (request_id, group_id)
  SELECT $1, g.id
    FROM unnest($2) AS g (id)
  ON CONFLICT (request_id, group_id) DO NOTHING
)sql"};

// From what failed in the last day to the groups of which no mail about the same thing fared better. What is
// between instructors raises no alarm that others hear of (P28).
constexpr Statement<Affected> kFindUnreached{"unreached_find", R"sql(
  WITH failed AS (
    SELECT f.request_id, f.event_id, f.recipient_kind, f.recipient_id, f.via_group_id
      FROM mail f                                              -- mail_failed
     WHERE f.state = 5
       AND f.ended_at > clock_timestamp() - interval '1 day'
       AND NOT f.instructors_only
       AND f.kind BETWEEN 2 AND 17
    UNION ALL
    SELECT p.request_id, p.event_id, p.recipient_kind, p.recipient_id, p.via_group_id
      FROM mail d                                              -- mail_failed
      JOIN mail p ON p.digest_id = d.id                        -- mail_of_digest
     WHERE d.state = 5
       AND d.ended_at > clock_timestamp() - interval '1 day'
       AND NOT p.instructors_only
       AND p.kind BETWEEN 2 AND 17
  ), suspected AS (
    SELECT DISTINCT request_id, event_id,
           CASE recipient_kind WHEN 1 THEN recipient_id ELSE via_group_id END AS group_id
      FROM failed
     WHERE request_id IS NOT NULL
       AND (recipient_kind = 1 OR via_group_id IS NOT NULL)
  )
  INSERT INTO unreached_group (request_id, group_id)
  SELECT DISTINCT s.request_id, s.group_id
    FROM suspected s
   WHERE NOT EXISTS (SELECT
                       FROM mail o                             -- mail_once
                       LEFT JOIN mail d ON d.id = o.digest_id
                      WHERE o.event_id = s.event_id
                        AND s.group_id = CASE o.recipient_kind WHEN 1 THEN o.recipient_id ELSE o.via_group_id END
                        AND CASE WHEN o.state = 7 THEN COALESCE(d.state, 3::smallint) ELSE o.state END
                              NOT IN (5, 6))
  ON CONFLICT (request_id, group_id) DO NOTHING
)sql"};

constexpr Statement<UnreachedRow, std::int32_t> kUntold{"unreached_untold", R"sql(
  SELECT u.request_id, u.group_id, u.since, COALESCE(n.number, ''), COALESCE(n.helper_ids, '{}')
    FROM unreached_group u                                     -- unreached_group_untold
    LEFT JOIN request_number n ON n.request_id = u.request_id
   WHERE u.told_at IS NULL
   ORDER BY u.since
   LIMIT $1
)sql"};

constexpr Statement<Affected, RequestId, GroupId> kMarkTold{"unreached_mark_told", R"sql(
  UPDATE unreached_group
     SET told_at = clock_timestamp()
   WHERE request_id = $1                                       -- unreached_group_pkey
     AND group_id = $2
     AND told_at IS NULL
)sql"};

constexpr Statement<Affected, RequestId> kForget{"unreached_forget", R"sql(
  DELETE FROM unreached_group
   WHERE request_id = $1                                       -- unreached_group_pkey
)sql"};

const FailingPlace kStart{Time{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}}, {}};

TransactionOptions OfJob() {
  return {.deadline = SteadyClock::now() + std::chrono::seconds(10),
          .principal = DbPrincipal::System(),
          .repeatable = true};
}

}  // namespace delivery_sql

Task<Result<std::vector<DeliveryRow>>> DeliveryStore::OfRequest(RequestId request, bool instructors,
                                                                Deadline deadline) {
  return database_.Query({.deadline = deadline}, delivery_sql::kOfRequest, request, instructors);
}

Task<Result<std::vector<FailingRow>>> DeliveryStore::Failing(std::optional<FailingPlace> place, int limit,
                                                             Deadline deadline) {
  const FailingPlace from = place.value_or(delivery_sql::kStart);
  co_return co_await database_.Query({.deadline = deadline}, delivery_sql::kFailing, from.last_at,
                                     from.recipient, limit);
}

Task<Result<std::vector<MailTrace>>> DeliveryStore::MailsTo(UserId user, int limit, Deadline deadline) {
  return database_.Query({.deadline = deadline}, delivery_sql::kMailsTo, user, limit);
}

void DeliveryStore::NoteUnreached(Transaction& tx, RequestId request, const std::vector<GroupId>& groups) {
  tx.Send(delivery_sql::kNoteUnreached, request, groups);
}

Task<Result<std::int64_t>> DeliveryStore::FindUnreached() {
  CO_TRY(const Affected found, co_await database_.Write(delivery_sql::OfJob(), delivery_sql::kFindUnreached));
  co_return found.rows;
}

Task<Result<std::vector<UnreachedRow>>> DeliveryStore::Untold(int limit) {
  return database_.Query({.deadline = SteadyClock::now() + std::chrono::seconds(10)}, delivery_sql::kUntold,
                         limit);
}

Task<Result<bool>> DeliveryStore::MarkTold(Transaction& tx, RequestId request, GroupId group) {
  CO_TRY(const Affected marked, co_await tx.Run(delivery_sql::kMarkTold, request, group));
  co_return marked.rows == 1;
}

void DeliveryStore::ForgetRequest(Transaction& tx, RequestId request) {
  tx.Send(delivery_sql::kForget, request);
}

StatementTable DeliveryStore::Statements() {
  using namespace delivery_sql;
  return aplus::Statements(kOfRequest, kFailing, kMailsTo, kNoteUnreached, kFindUnreached, kUntold, kMarkTold,
                           kForget);
}

}  // namespace aplus::notifications
