#include "services/auth/store/provider_store.h"

#include <utility>

#include "services/auth/domain/second_factor.h"

namespace aplus::auth {

using ProviderLoginId = Id<struct ProviderLoginTag>;

namespace provider_store {

constexpr Statement<Affected, ProviderLoginId, Sha256Digest, Sha256Digest, std::string> kBegin{
    "provider_login_insert", R"sql(
  INSERT INTO provider_login (id, state_hash, binding_hash, return_to)
  VALUES ($1, $2, $3, $4)
)sql"};

// The one statement that consumes: a second one finds the row consumed.
constexpr Statement<CameBack, Sha256Digest, std::optional<Sha256Digest>> kComeBack{"provider_login_consume",
                                                                                   R"sql(
  UPDATE provider_login
     SET consumed_at = clock_timestamp()
   WHERE state_hash = $1                                       -- provider_login_state
     AND binding_hash = $2
     AND consumed_at IS NULL
     AND created_at > clock_timestamp() - interval '10 minutes'
  RETURNING return_to, clock_timestamp()
)sql"};

struct AccountRow {
  UserId user;
  bool shared = false;
  std::int16_t roles = 0;  // AccountRole bits
};

// Locked as at every login.
constexpr Statement<AccountRow, std::string, std::string> kAccount{"provider_identity_account", R"sql(
  SELECT a.id, a.shared, (a.administrator::int + 2 * a.expert::int + 4 * a.observer::int)::smallint
    FROM provider_identity i                                   -- provider_identity_pkey
    JOIN account a ON a.id = i.user_id AND a.active            -- account_pkey
   WHERE i.issuer = $1
     AND i.subject = $2
     FOR NO KEY UPDATE OF a
)sql"};

// An identity whose account has left is free to open the next one.
constexpr Statement<Affected, std::string, std::string, UserId> kLink{"provider_identity_link", R"sql(
  INSERT INTO provider_identity (issuer, subject, user_id)
  VALUES ($1, $2, $3)
  ON CONFLICT (issuer, subject) DO UPDATE
        SET user_id = EXCLUDED.user_id,
            linked_at = clock_timestamp()
)sql"};

constexpr Statement<Affected> kDeleteOld{"provider_login_delete_old", R"sql(
  DELETE FROM provider_login
   WHERE id = ANY (ARRAY(SELECT p.id
                           FROM provider_login p               -- provider_login_by_time
                          WHERE p.created_at <= (SELECT clock_timestamp() - interval '1 day')
                          ORDER BY p.created_at
                          LIMIT 1000
                            FOR UPDATE SKIP LOCKED))
)sql"};

}  // namespace provider_store

Task<Result<void>> ProviderStore::Begin(Sha256Digest state_hash, Sha256Digest binding_hash,
                                        std::string return_to, AuditEntry line, Deadline deadline) {
  CO_TRY([[maybe_unused]] const bool begun,
         co_await database_.Transact({.deadline = deadline}, [&](Transaction& tx) {
           return BeginIn(tx, state_hash, binding_hash, return_to, line);
         }));
  co_return Result<void>{};
}

Task<Result<bool>> ProviderStore::BeginIn(Transaction& tx, Sha256Digest state_hash, Sha256Digest binding_hash,
                                          std::string return_to, AuditEntry line) {
  const auto id = ProviderLoginId::New(clock_, random_);
  tx.Send(provider_store::kBegin, id, state_hash, binding_hash, return_to);
  line.object_kind = "provider_login";
  line.object = id.bytes;
  trail_.Record(tx, line);
  co_return true;
}

Task<Result<std::optional<CameBack>>> ProviderStore::ComeBack(Sha256Digest state_hash,
                                                              std::optional<Sha256Digest> binding_hash,
                                                              AuditEntry line, Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline}, [&](Transaction& tx) {
    return ComeBackIn(tx, state_hash, binding_hash, line);
  });
}

Task<Result<std::optional<CameBack>>> ProviderStore::ComeBackIn(Transaction& tx, Sha256Digest state_hash,
                                                                std::optional<Sha256Digest> binding_hash,
                                                                AuditEntry line) {
  CO_TRY(auto back, co_await tx.RunOne(provider_store::kComeBack, state_hash, binding_hash));
  if (!back) {
    line.outcome = AuditOutcome::kRefused;
    line.reason = Describe(Reason::kProviderRefused).code;
    trail_.Record(tx, line);
  }
  co_return back;
}

Task<Result<std::optional<SecretString>>> ProviderStore::Enter(ProviderEntrance entrance, Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline},
                                        [&](Transaction& tx) { return EnterIn(tx, entrance); });
}

Task<Result<std::optional<SecretString>>> ProviderStore::EnterIn(Transaction& tx, ProviderEntrance entrance) {
  CO_TRY(const auto account, co_await tx.RunOne(provider_store::kAccount, entrance.issuer, entrance.subject));
  if (!account) co_return std::nullopt;
  CO_TRY_VOID(co_await sessions_.EndByTokenIn(tx, entrance.old_session, entrance.line));
  Entrance way{.user = account->user,
               .shared = account->shared,
               .privileged = IsPrivileged(static_cast<std::uint8_t>(account->roles)),
               .browser = std::move(entrance.browser),
               .proof = std::move(entrance.proof),
               .line = std::move(entrance.line)};
  co_return entrances_.Enter(tx, std::move(way)).token;
}

void ProviderStore::Link(Transaction& tx, const UserId& user, const std::string& issuer,
                         const std::string& subject) {
  tx.Send(provider_store::kLink, issuer, subject, user);
}

Task<Result<void>> ProviderStore::Refuse(AuditEntry line, Reason reason, Deadline deadline) {
  CO_TRY([[maybe_unused]] const bool written,
         co_await database_.Transact({.deadline = deadline},
                                     [&](Transaction& tx) { return RefuseIn(tx, line, reason); }));
  co_return Result<void>{};
}

Task<Result<bool>> ProviderStore::RefuseIn(Transaction& tx, AuditEntry line, Reason reason) {
  line.outcome = AuditOutcome::kRefused;
  line.reason = Describe(reason).code;
  trail_.Record(tx, line);
  co_return true;
}

Task<Result<std::int64_t>> ProviderStore::DeleteOld(Deadline deadline) {
  CO_TRY(const Affected deleted,
         co_await database_.Write({.deadline = deadline}, provider_store::kDeleteOld));
  co_return deleted.rows;
}

StatementTable ProviderStore::Statements() {
  using namespace provider_store;
  return aplus::Statements(kBegin, kComeBack, kAccount, kLink, kDeleteOld);
}

}  // namespace aplus::auth
