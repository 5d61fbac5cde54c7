// Statements of the mail queue. States: 0 held, 1 queued, 2 sending, 3 sent, 4 ambiguous, 5 failed, 6
// dropped, 7 joined; written out where a partial index needs to see them.
#pragma once

#include "libs/postgres/statement.h"
#include "services/notifications/store/mail_rows.h"

namespace aplus::notifications::mail_sql {

// Departures: 0 now, 1 twice a day, 2 daily, 3 late, 4 late with the rest of its round. The nil uuid stands
// for none.
inline constexpr Statement<Affected, EventId, RequestId, std::string, std::string, Time, std::vector<MailId>,
                           std::vector<Kind>, std::vector<RecipientKind>, std::vector<RecipientId>,
                           std::vector<GroupId>, std::vector<std::int16_t>, std::vector<std::string>,
                           std::vector<std::int32_t>, std::vector<std::int32_t>, Duration, bool, bool>
    kQueue{"mail_queue", R"sql(
  INSERT INTO mail (id, event_id, kind, recipient_kind, recipient_id, via_group_id, request_id, request_number,
                    organisation, state, urgent, bundle, zone, asked_at, due_at, instructors_only)
  SELECT n.id, $1, n.kind, n.recipient_kind, n.recipient_id,
         NULLIF(n.via_group_id, '00000000-0000-0000-0000-000000000000'::uuid),
         NULLIF($2, '00000000-0000-0000-0000-000000000000'::uuid), $3, $4,
         CASE n.departure WHEN 0 THEN 1 ELSE 0 END,
         $16,
         CASE WHEN n.departure = 0 THEN 0 WHEN n.departure IN (3, 4) THEN 2 ELSE 1 END,
         n.zone, $5,
         CASE WHEN n.departure IN (0, 3) THEN clock_timestamp()
              WHEN n.departure = 4 THEN clock_timestamp() + interval '10 seconds'
              WHEN $15 > interval '0' THEN clock_timestamp() + $15
              WHEN n.departure = 1 THEN next_slot(n.zone, $13, clock_timestamp())
              ELSE next_slot(n.zone, $14, clock_timestamp()) END,
         $17
    FROM unnest($6, $7, $8, $9, $10, $11, $12)
           AS n (id, kind, recipient_kind, recipient_id, via_group_id, departure, zone)
  ON CONFLICT ON CONSTRAINT mail_once DO NOTHING
)sql"};

inline constexpr Statement<ClaimedMail, ClaimId, bool, Duration, std::int32_t> kClaim{"mail_claim", R"sql(
  WITH next AS (
    SELECT id
      FROM mail                                                -- mail_due
     WHERE state = 1
       AND urgent = $2
       AND due_at <= clock_timestamp()
     ORDER BY due_at
     LIMIT $4
       FOR UPDATE SKIP LOCKED)
  UPDATE mail
     SET claim = $1,
         due_at = clock_timestamp() + $3
    FROM next
   WHERE mail.id = next.id                                     -- mail_pkey
  RETURNING mail.id, mail.event_id, mail.kind, mail.recipient_kind, mail.recipient_id, mail.request_id,
            mail.request_number, mail.organisation, mail.attempts, mail.ambiguities, mail.asked_at,
            make_interval(secs => extract(epoch FROM clock_timestamp() - mail.asked_at)::float8)
)sql"};

inline constexpr Statement<Affected, MailId, ClaimId> kBegin{"mail_begin", R"sql(
  UPDATE mail
     SET state = 2,
         sending_at = clock_timestamp()
   WHERE id = $1                                               -- mail_pkey
     AND claim = $2
     AND state = 1
)sql"};

inline constexpr Statement<Affected, MailId, ClaimId, std::string, std::int16_t> kAccepted{"mail_accepted",
                                                                                           R"sql(
  UPDATE mail
     SET state = 3,
         claim = NULL,
         ended_at = clock_timestamp(),
         relay_fault = false,
         last_step = $3,
         last_failure = '',
         last_code = $4
   WHERE id = $1                                               -- mail_pkey
     AND claim = $2
     AND state = 2
)sql"};

inline constexpr Statement<Affected, MailId, ClaimId, MailState, Duration, bool, std::int32_t, std::string,
                           std::string, std::int16_t>
    kDeferred{"mail_deferred", R"sql(
  UPDATE mail
     SET state = 1,
         claim = NULL,
         sending_at = NULL,
         attempts = attempts + 1,
         due_at = clock_timestamp() + $4,
         relay_fault = $5,
         ambiguities = ambiguities + $6,
         last_step = $7,
         last_failure = $8,
         last_code = $9
   WHERE id = $1                                               -- mail_pkey
     AND claim = $2
     AND state = $3
)sql"};

inline constexpr Statement<Affected, MailId, ClaimId, MailState, MailState, std::int32_t, std::string,
                           std::string, std::int16_t>
    kEnded{"mail_ended", R"sql(
  UPDATE mail
     SET state = $4,
         claim = NULL,
         ended_at = clock_timestamp(),
         ambiguities = ambiguities + $5,
         last_step = $6,
         last_failure = $7,
         last_code = $8
   WHERE id = $1                                               -- mail_pkey
     AND claim = $2
     AND state = $3
)sql"};

inline constexpr Statement<Affected, RecipientId, RecipientKind, std::int16_t> kMarkRefused{
    "mail_mark_refused", R"sql(
  INSERT INTO refused_recipient (recipient_id, recipient_kind, code)
  VALUES ($1, $2, $3)
  ON CONFLICT (recipient_id) DO UPDATE
     SET code = EXCLUDED.code,
         refusals = refused_recipient.refusals + 1,
         last_at = clock_timestamp()
)sql"};

inline constexpr Statement<Affected, RecipientId> kClearRefused{"mail_clear_refused", R"sql(
  DELETE FROM refused_recipient
   WHERE recipient_id = $1                                     -- refused_recipient_pkey
)sql"};

// Only those that were not begun.
inline constexpr Statement<Affected, ClaimId, Duration> kRelease{"mail_release", R"sql(
  UPDATE mail
     SET claim = NULL,
         due_at = clock_timestamp() + $2
   WHERE claim = $1
     AND state = 1                                             -- mail_claimed
)sql"};

inline constexpr Statement<Affected> kWake{"mail_wake", R"sql(
  UPDATE mail
     SET due_at = clock_timestamp(),
         relay_fault = false
   WHERE state = 1                                             -- mail_relay_fault
     AND relay_fault
     AND claim IS NULL
)sql"};

inline constexpr Statement<DigestItem, MailId> kPartsOf{"mail_parts_of", R"sql(
  SELECT kind, request_id, request_number, organisation
    FROM mail                                                  -- mail_of_digest
   WHERE digest_id = $1
   ORDER BY asked_at, id
)sql"};

// One process at a time joins; the others find nothing to do.
inline constexpr Statement<bool> kJoinLock{"mail_join_lock", R"sql(
  SELECT pg_try_advisory_xact_lock(hashtext('aplus.notifications.join'))
)sql"};

// Who has had a late digest today waits for the next morning.
inline constexpr Statement<Affected, std::vector<std::int32_t>> kPostponeLate{"mail_postpone_late", R"sql(
  UPDATE mail
     SET due_at = next_slot(zone, $1, (date_trunc('day', clock_timestamp() AT TIME ZONE zone) + interval '1 day')
                                        AT TIME ZONE zone - interval '1 microsecond')
   WHERE state = 0                                             -- mail_held
     AND bundle = 2
     AND due_at <= clock_timestamp()
     AND EXISTS (SELECT
                   FROM mail d                                 -- mail_digests
                  WHERE d.recipient_id = mail.recipient_id
                    AND d.kind = 20
                    AND d.asked_at >= date_trunc('day', clock_timestamp() AT TIME ZONE mail.zone)
                                        AT TIME ZONE mail.zone)
)sql"};

// The digest's event id is made of recipient, kind and slot, so that its Message-ID is the same whoever
// joins; the count tells apart those of one slot.
inline constexpr Statement<Affected> kJoin{"mail_join", R"sql(
  WITH due AS (
    SELECT recipient_id, bundle, max(due_at) AS slot
      FROM mail                                                -- mail_held
     WHERE state = 0
       AND due_at <= clock_timestamp()
     GROUP BY recipient_id, bundle
     ORDER BY slot
     LIMIT 200),
  made AS (
    INSERT INTO mail (id, event_id, kind, recipient_kind, recipient_id, state, asked_at, due_at)
    SELECT gen_random_uuid(),
           md5(concat_ws('/', due.recipient_id, due.bundle, extract(epoch FROM due.slot),
                         (SELECT count(*)
                            FROM mail d                        -- mail_digests
                           WHERE d.recipient_id = due.recipient_id
                             AND d.kind IN (19, 20)
                             AND d.asked_at = due.slot)))::uuid,
           CASE due.bundle WHEN 2 THEN 20 ELSE 19 END, 0, due.recipient_id, 1, due.slot, clock_timestamp()
      FROM due
    RETURNING id, recipient_id, kind, asked_at)
  UPDATE mail
     SET state = 7,
         digest_id = made.id,
         ended_at = clock_timestamp()
    FROM made
   WHERE mail.state = 0                                        -- mail_held_by_recipient
     AND mail.recipient_id = made.recipient_id
     AND mail.bundle = made.kind - 18
     AND mail.due_at <= made.asked_at
)sql"};

inline constexpr Statement<OrphanedMail, Duration> kOrphans{"mail_orphans", R"sql(
  SELECT id, kind, ambiguities
    FROM mail                                                  -- mail_sending
   WHERE state = 2
     AND sending_at <= clock_timestamp() - $1
   ORDER BY sending_at
   LIMIT 100
     FOR UPDATE SKIP LOCKED
)sql"};

inline constexpr Statement<Affected, MailId, MailState> kRecovered{"mail_recovered", R"sql(
  UPDATE mail
     SET state = $2,
         claim = NULL,
         sending_at = NULL,
         ambiguities = ambiguities + 1,
         due_at = clock_timestamp(),
         ended_at = CASE WHEN $2 = 1 THEN NULL ELSE clock_timestamp() END,
         last_step = 'dot',
         last_failure = 'died',
         last_code = 0
   WHERE id = $1                                               -- mail_pkey
     AND state = 2
)sql"};

// What is being sent this moment is beyond recall and swept later.
inline constexpr Statement<Affected, RequestId> kForgetRequest{"mail_forget_request", R"sql(
  DELETE FROM mail
   WHERE request_id = $1                                       -- mail_by_request
     AND state <> 2
)sql"};

inline constexpr Statement<Affected, UserId, GroupId> kDropForGroup{"mail_drop_for_group", R"sql(
  UPDATE mail
     SET state = 6,
         ended_at = clock_timestamp()
   WHERE recipient_id = $1                                     -- mail_waiting_by_recipient
     AND via_group_id = $2
     AND state IN (0, 1)
)sql"};

// But what the event that closed the account tells its owner.
inline constexpr Statement<Affected, UserId, EventId> kDropForUser{"mail_drop_for_user", R"sql(
  UPDATE mail
     SET state = 6,
         ended_at = clock_timestamp()
   WHERE recipient_id = $1                                     -- mail_waiting_by_recipient
     AND state IN (0, 1)
     AND event_id <> $2
)sql"};

inline constexpr Statement<Affected, Duration> kSweep{"mail_sweep", R"sql(
  DELETE FROM mail
   WHERE id = ANY (ARRAY(SELECT id
                           FROM mail                           -- mail_ended
                          WHERE ended_at < clock_timestamp() - $1
                          ORDER BY ended_at
                          LIMIT 1000))
)sql"};

inline constexpr Statement<UndeliveredMail> kUndelivered{"mail_undelivered", R"sql(
  SELECT id, kind, state, recipient_id, request_number, attempts, last_step, last_failure, last_code, ended_at
    FROM mail                                                  -- mail_ended
   WHERE state IN (4, 5)
     AND ended_at IS NOT NULL
   ORDER BY ended_at DESC
   LIMIT 1000
)sql"};

// Login links (recipients of kind 2) are asked for again by those who want one. Retries are counted anew, but
// given up by the age of what the mail tells.
inline constexpr Statement<Affected, std::optional<MailId>> kReplay{"mail_replay", R"sql(
  UPDATE mail
     SET state = 1,
         claim = NULL,
         sending_at = NULL,
         ended_at = NULL,
         attempts = 0,
         ambiguities = 0,
         queued_at = clock_timestamp(),
         due_at = clock_timestamp()
   WHERE state IN (4, 5)
     AND ended_at IS NOT NULL
     AND recipient_kind <> 2
     AND ($1 IS NULL OR id = $1)
)sql"};

inline constexpr Statement<QueueFigures> kFigures{"mail_figures", R"sql(
  SELECT count(*) FILTER (WHERE state = 0),
         count(*) FILTER (WHERE state = 1),
         count(*) FILTER (WHERE state = 2),
         COALESCE(extract(epoch FROM clock_timestamp() - min(queued_at) FILTER (WHERE state = 1)), 0)::float8,
         (SELECT COALESCE(sum(a.ambiguities), 0)::bigint
            FROM mail a                                        -- mail_ambiguous
           WHERE a.ambiguities > 0),
         (SELECT count(*)
            FROM mail f                                        -- mail_failed
           WHERE f.state = 5),
         (SELECT count(*)
            FROM refused_recipient)
    FROM mail                                                  -- mail_open
   WHERE state IN (0, 1, 2)
)sql"};

}  // namespace aplus::notifications::mail_sql
