#include "services/auth/store/session_store.h"

#include <utility>

namespace aplus::auth {
namespace session_store {

constexpr Statement<AuthenticatedRow, Sha256Digest, Duration, Duration> kFind{"session_find", R"sql(
  SELECT s.id, s.user_id, coalesce(s.proved_at, s.created_at), s.amr,
         (a.administrator OR EXISTS (SELECT
                                       FROM second_factor f    -- second_factor_pkey
                                      WHERE f.user_id = s.user_id))
         AND NOT s.amr && '{otp,pop,mfa}',
         a.shared,
         a.accepted_terms >= (SELECT coalesce(max(t.version), 0)
                                FROM terms_version t
                               WHERE t.in_force <= clock_timestamp()),
         (a.administrator::int + 2 * a.expert::int + 4 * a.observer::int)::smallint,
         coalesce(m.groups, '{}'), coalesce(m.roles, '{}'), coalesce(m.sides, '{}'),
         s.last_seen_at < clock_timestamp() - $3,
         clock_timestamp()
    FROM session s                                             -- session_token
    JOIN account a ON a.id = s.user_id AND a.active            -- account_pkey
    LEFT JOIN LATERAL (
          SELECT array_agg(m.group_id ORDER BY m.group_id) AS groups,
                 array_agg((m.helper::int + 2 * m.instructor::int + 4 * m.manager::int)::smallint
                           ORDER BY m.group_id) AS roles,
                 array_agg(o.side ORDER BY m.group_id) AS sides
            FROM membership m                                  -- membership_pkey
            JOIN user_group g ON g.id = m.group_id
            JOIN organisation o ON o.id = g.organisation_id
           WHERE m.user_id = s.user_id) m ON true
   WHERE s.token_hash = $1
     AND s.expires_at > clock_timestamp()
     AND (NOT a.administrator OR s.last_seen_at > clock_timestamp() - $2)
)sql"};

constexpr Statement<Affected, SessionId, Sha256Digest, UserId, Duration, std::string,
                    std::vector<std::string>, std::optional<Time>>
    kInsert{"session_insert", R"sql(
  INSERT INTO session (id, token_hash, user_id, expires_at, browser, amr, proved_at)
  VALUES ($1, $2, $3, clock_timestamp() + $4, $5, $6, $7)
)sql"};

// The row stays, with its end: a second factor makes no session live longer.
constexpr Statement<Time, SessionId, UserId, Sha256Digest> kProve{"session_prove", R"sql(
  UPDATE session
     SET token_hash = $3,
         proved_at = clock_timestamp(),
         last_seen_at = clock_timestamp(),
         amr = CASE WHEN 'otp' = ANY (amr) THEN amr ELSE amr || 'otp'::text END
   WHERE id = $1                                               -- session_pkey
     AND user_id = $2
     AND expires_at > clock_timestamp()
  RETURNING proved_at
)sql"};

// The newest $2 stay.
constexpr Statement<Affected, UserId, std::int32_t> kDeleteOldest{"session_delete_oldest", R"sql(
  DELETE FROM session
   WHERE id IN (SELECT s.id
                  FROM session s                               -- session_by_user
                 WHERE s.user_id = $1
                 ORDER BY s.created_at DESC, s.id DESC
                OFFSET $2)
)sql"};

constexpr Statement<SessionRow, UserId, Duration> kList{"session_list", R"sql(
  SELECT s.id, s.created_at, s.last_seen_at, s.expires_at, s.browser
    FROM session s                                             -- session_by_user
    JOIN account a ON a.id = s.user_id
   WHERE s.user_id = $1
     AND s.expires_at > clock_timestamp()
     AND (NOT a.administrator OR s.last_seen_at > clock_timestamp() - $2)
   ORDER BY s.created_at DESC, s.id DESC
)sql"};

constexpr Statement<Affected, UserId, SessionId> kEnd{"session_end", R"sql(
  DELETE FROM session
   WHERE id = $2                                               -- session_pkey
     AND user_id = $1
)sql"};

struct EndedRow {
  SessionId session;
  UserId user;
};

constexpr Statement<EndedRow, Sha256Digest> kEndByToken{"session_end_by_token", R"sql(
  DELETE FROM session
   WHERE token_hash = $1                                       -- session_token
  RETURNING id, user_id
)sql"};

constexpr Statement<Affected, UserId> kEndAll{"session_end_all", R"sql(
  DELETE FROM session
   WHERE user_id = $1                                          -- session_by_user
)sql"};

constexpr Statement<UserId, std::string> kAccountAt{"session_account_at", R"sql(
  SELECT id
    FROM account                                               -- account_email_key
   WHERE email_key = $1
     FOR NO KEY UPDATE
)sql"};

constexpr Statement<Affected, std::vector<SessionId>> kMarkSeen{"session_mark_seen", R"sql(
  UPDATE session
     SET last_seen_at = clock_timestamp()
   WHERE id = ANY ($1)                                         -- session_pkey
)sql"};

constexpr Statement<Affected> kDeleteExpired{"session_delete_expired", R"sql(
  DELETE FROM session
   WHERE id = ANY (ARRAY(SELECT s.id
                           FROM session s                      -- session_by_expiry
                          WHERE s.expires_at <= (SELECT clock_timestamp())
                          ORDER BY s.expires_at
                          LIMIT 1000
                            FOR UPDATE SKIP LOCKED))
)sql"};

}  // namespace session_store

Task<Result<std::optional<AuthenticatedRow>>> SessionStore::Find(Sha256Digest token_hash, Deadline deadline) {
  return database_.QueryOne({deadline}, session_store::kFind, token_hash, rules_.administrator_idle,
                            rules_.SeenEvery());
}

NewSession SessionStore::Begin(Transaction& tx, const UserId& user, bool shared, std::string browser,
                               Proof proof) {
  Token token = Token::Draw(random_);
  const SessionId id = SessionId::New(clock_, random_);
  tx.Send(session_store::kInsert, id, token.hash, user, rules_.lifetime, browser, proof.amr, proof.at);
  tx.Send(session_store::kDeleteOldest, user, rules_.Limit(shared));
  return {id, std::move(token.text)};
}

Task<Result<std::optional<ProvedSession>>> SessionStore::Prove(Transaction& tx, UserId user,
                                                               SessionId session) {
  Token token = Token::Draw(random_);
  CO_TRY(const auto proved_at, co_await tx.RunOne(session_store::kProve, session, user, token.hash));
  if (!proved_at) co_return std::nullopt;
  co_return ProvedSession{std::move(token.text), *proved_at};
}

Task<Result<std::vector<SessionRow>>> SessionStore::List(UserId user, Deadline deadline) {
  return database_.Query({deadline}, session_store::kList, user, rules_.administrator_idle);
}

Task<Result<bool>> SessionStore::End(UserId user, SessionId session, AuditEntry line, Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline},
                                        [&](Transaction& tx) { return EndIn(tx, user, session, line); });
}

Task<Result<bool>> SessionStore::EndIn(Transaction& tx, UserId user, SessionId session, AuditEntry line) {
  CO_TRY(const Affected ended, co_await tx.Run(session_store::kEnd, user, session));
  line.object_kind = "session";
  line.object = session.bytes;
  if (ended.rows == 0) {
    line.outcome = AuditOutcome::kRefused;
    line.reason = Describe(Reason::kNotFound).code;
  }
  trail_.Record(tx, line);
  co_return ended.rows > 0;
}

Task<Result<void>> SessionStore::EndByToken(Sha256Digest token_hash, AuditEntry line, Deadline deadline) {
  CO_TRY([[maybe_unused]] const bool ended,
         co_await database_.Transact({.deadline = deadline},
                                     [&](Transaction& tx) { return EndByTokenIn(tx, token_hash, line); }));
  co_return Result<void>{};
}

Task<Result<bool>> SessionStore::EndByTokenIn(Transaction& tx, std::optional<Sha256Digest> token_hash,
                                              AuditEntry line) {
  if (!token_hash) co_return false;
  CO_TRY(const auto ended, co_await tx.RunOne(session_store::kEndByToken, *token_hash));
  if (!ended) co_return false;
  line.actor_kind = AuditActor::kPerson;
  line.actor = ended->user.bytes;
  line.object_kind = "session";
  line.object = ended->session.bytes;
  trail_.Record(tx, line);
  co_return true;
}

Task<Result<std::optional<std::int64_t>>> SessionStore::EndByAddress(std::string email_key,
                                                                     Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline, .repeatable = true},
                                        [&](Transaction& tx) { return EndByAddressIn(tx, email_key); });
}

Task<Result<std::optional<std::int64_t>>> SessionStore::EndByAddressIn(Transaction& tx,
                                                                       std::string email_key) {
  CO_TRY(const auto user, co_await tx.RunOne(session_store::kAccountAt, email_key));
  if (!user) co_return std::nullopt;
  CO_TRY(const Affected ended, co_await tx.Run(session_store::kEndAll, *user));
  AuditEntry line = OperatorLine("end-sessions");
  line.object_kind = "account";
  line.object = user->bytes;
  trail_.Record(tx, line);
  co_return std::optional<std::int64_t>(ended.rows);
}

void SessionStore::EndAll(Transaction& tx, const UserId& user) { tx.Send(session_store::kEndAll, user); }

Task<Result<void>> SessionStore::MarkSeen(std::vector<SessionId> sessions, Deadline deadline) {
  CO_TRY([[maybe_unused]] const Affected marked,
         co_await database_.Write({.deadline = deadline}, session_store::kMarkSeen, sessions));
  co_return Result<void>{};
}

Task<Result<std::int64_t>> SessionStore::DeleteExpired(Deadline deadline) {
  CO_TRY(const Affected deleted,
         co_await database_.Write({.deadline = deadline}, session_store::kDeleteExpired));
  co_return deleted.rows;
}

StatementTable SessionStore::Statements() {
  using namespace session_store;
  return aplus::Statements(kFind, kInsert, kProve, kDeleteOldest, kList, kEnd, kEndByToken, kEndAll,
                           kAccountAt, kMarkSeen, kDeleteExpired);
}

}  // namespace aplus::auth
