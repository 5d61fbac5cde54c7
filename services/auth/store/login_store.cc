#include "services/auth/store/login_store.h"

#include <algorithm>
#include <utility>

#include "libs/base/bytes.h"
#include "services/auth/domain/second_factor.h"
#include "services/auth/store/account_notice.h"
#include "services/auth/store/provider_store.h"

namespace aplus::auth {
namespace login_store {

struct ConsumedRow {
  UserId user;
  std::string return_to;
  // The identity at the provider that asked for the link, to be linked now (P12).
  std::optional<std::string> provider_issuer, provider_subject;
};

// The one statement that consumes: whatever else happens, a second one finds the row consumed.
constexpr Statement<ConsumedRow, Sha256Digest, std::optional<Sha256Digest>, std::int32_t> kConsume{
    "login_token_consume", R"sql(
  UPDATE login_token t
     SET consumed_at = clock_timestamp()
    FROM login_request r, account a
   WHERE t.token_hash = $1                                     -- login_token_pkey
     AND t.consumed_at IS NULL
     AND t.ended_at IS NULL
     AND t.expires_at > clock_timestamp()
     AND r.id = t.login_request_id
     AND r.binding_hash = $2
     AND r.code_tries < $3
     AND a.id = t.user_id
     AND a.active
  RETURNING t.user_id, r.return_to, r.provider_issuer, r.provider_subject
)sql"};

struct FactsRow {
  LoginRequestId request;
  UserId user;
  bool consumed = false;
  bool ended = false;
  bool expired = false;
  bool dead = false;
  bool same_browser = false;

  LinkFacts link() const { return {true, consumed, ended, expired, dead, same_browser}; }
};

constexpr Statement<FactsRow, Sha256Digest, std::optional<Sha256Digest>, std::int32_t> kFacts{
    "login_token_facts", R"sql(
  SELECT r.id, t.user_id, t.consumed_at IS NOT NULL, t.ended_at IS NOT NULL OR NOT a.active,
         t.expires_at <= clock_timestamp(), r.code_tries >= $3, coalesce(r.binding_hash = $2, false)
    FROM login_token t                                         -- login_token_pkey
    JOIN login_request r ON r.id = t.login_request_id
    JOIN account a ON a.id = t.user_id
   WHERE t.token_hash = $1
)sql"};

struct AccountRow {
  bool active = false;
  bool shared = false;
  std::int16_t roles = 0;  // AccountRole bits
};

// Logins, sessions and mails of one account go one after the other; everybody locks the account before its
// links, so nobody waits in a circle.
constexpr Statement<AccountRow, UserId> kLockAccount{"login_lock_account", R"sql(
  SELECT active, shared, (administrator::int + 2 * expert::int + 4 * observer::int)::smallint
    FROM account                                               -- account_pkey
   WHERE id = $1
     FOR NO KEY UPDATE
)sql"};

struct CodeRow {
  LoginRequestId request;
  std::int16_t tries = 0;
  std::optional<Sha256Digest> token_hash;  // none: no mail left (unknown address, throttled, not yet)
  std::optional<Sha256Digest> code_mac;
};

// Newest first. The lock makes tries count one after the other, and lets a mail of the request be minted
// meanwhile.
constexpr Statement<CodeRow, Sha256Digest> kCodes{"login_codes_of_browser", R"sql(
  SELECT r.id, r.code_tries, t.token_hash, t.code_mac
    FROM login_request r                                       -- login_request_by_binding
    LEFT JOIN login_token t ON t.login_request_id = r.id       -- login_token_by_request
   WHERE r.binding_hash = $1
     AND r.created_at > (SELECT clock_timestamp() - interval '1 day')
   ORDER BY r.created_at DESC, r.id DESC
   LIMIT 1000
     FOR NO KEY UPDATE OF r
)sql"};

constexpr Statement<Affected, std::vector<LoginRequestId>> kCountTry{"login_request_count_try", R"sql(
  UPDATE login_request
     SET code_tries = code_tries + 1
   WHERE id = ANY ($1)                                         -- login_request_pkey
)sql"};

}  // namespace login_store

Task<Result<LoginOutcome>> LoginStore::ByToken(std::optional<Sha256Digest> token_hash, LoginAttempt attempt,
                                               Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline},
                                        [&](Transaction& tx) { return ByTokenIn(tx, token_hash, attempt); });
}

Task<Result<LoginOutcome>> LoginStore::ByCode(SecretString code, LoginAttempt attempt, Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline},
                                        [&](Transaction& tx) { return ByCodeIn(tx, code, attempt); });
}

Task<Result<LoginOutcome>> LoginStore::ByTokenIn(Transaction& tx, std::optional<Sha256Digest> token_hash,
                                                 LoginAttempt attempt) {
  if (!token_hash) co_return Refuse(tx, std::move(attempt), {Reason::kLinkUnknown});
  CO_TRY(auto facts,
         co_await tx.RunOne(login_store::kFacts, *token_hash, attempt.binding_hash, rules_.code_tries));
  if (!facts) co_return Refuse(tx, std::move(attempt), {Reason::kLinkUnknown});
  attempt.line.object_kind = "login_request";
  attempt.line.object = facts->request.bytes;
  if (const auto reason = WhyRefused(facts->link())) co_return Refuse(tx, std::move(attempt), {*reason});

  CO_TRY(const auto account, co_await tx.RunOne(login_store::kLockAccount, facts->user));
  CO_TRY(auto consumed,
         co_await tx.RunOne(login_store::kConsume, *token_hash, attempt.binding_hash, rules_.code_tries));
  if (account && consumed) {
    co_return co_await Enter(tx, *std::move(consumed), *account, std::move(attempt));
  }
  // Somebody was quicker: he consumed it, or ended it, while this call waited for the account.
  CO_TRY(facts,
         co_await tx.RunOne(login_store::kFacts, *token_hash, attempt.binding_hash, rules_.code_tries));
  const auto reason = facts ? WhyRefused(facts->link()) : std::nullopt;
  co_return Refuse(tx, std::move(attempt), {reason.value_or(Reason::kLinkExpired)});
}

Task<Result<LoginOutcome>> LoginStore::ByCodeIn(Transaction& tx, const SecretString& code,
                                                LoginAttempt attempt) {
  if (!attempt.binding_hash) co_return Refuse(tx, std::move(attempt), {Reason::kWrongBrowser});
  CO_TRY(const std::vector<login_store::CodeRow> rows,
         co_await tx.Run(login_store::kCodes, *attempt.binding_hash));
  if (rows.empty()) co_return Refuse(tx, std::move(attempt), {Reason::kWrongBrowser});
  attempt.line.object_kind = "login_request";
  attempt.line.object = rows.front().request.bytes;
  // What cannot be a code cannot be a guess either: no try is counted for a slip of the finger.
  const int tries_left = std::max(0, rules_.code_tries - rows.front().tries);
  if (!codes_.MacOfCode(rows.front().request, code.Reveal())) {
    co_return Refuse(tx, std::move(attempt), {Reason::kCodeWrong, tries_left});
  }
  const login_store::CodeRow* match = Match(rows, code.Reveal());
  if (match != nullptr && match->tries < rules_.code_tries) {
    const Sha256Digest token_hash = *match->token_hash;
    attempt.line.object = match->request.bytes;
    co_return co_await ByTokenIn(tx, token_hash, std::move(attempt));
  }
  std::vector<LoginRequestId> tried;
  for (const login_store::CodeRow& row : rows) {
    if (row.tries < rules_.code_tries && (tried.empty() || tried.back() != row.request))
      tried.push_back(row.request);
  }
  if (!tried.empty()) tx.Send(login_store::kCountTry, tried);
  co_return Refuse(tx, std::move(attempt), {Reason::kCodeWrong, std::max(0, tries_left - 1)});
}

const login_store::CodeRow* LoginStore::Match(const std::vector<login_store::CodeRow>& rows,
                                              std::string_view code) {
  const login_store::CodeRow* match = nullptr;
  for (const login_store::CodeRow& row : rows) {
    if (!row.code_mac) continue;
    const auto mac = codes_.MacOfCode(row.request, code);
    // Every row is compared, so that time does not tell which one it was.
    if (mac && ConstantTimeEquals(*mac, *row.code_mac) && match == nullptr) match = &row;
  }
  return match;
}

Task<Result<LoginOutcome>> LoginStore::Enter(Transaction& tx, login_store::ConsumedRow consumed,
                                             login_store::AccountRow account, LoginAttempt attempt) {
  // The browser's cookie is about to be replaced: what it stood for ends here, whoever put it there.
  CO_TRY_VOID(co_await sessions_.EndByTokenIn(tx, attempt.old_session, attempt.line));
  Entrance entrance{.user = consumed.user,
                    .shared = account.shared,
                    .privileged = IsPrivileged(static_cast<std::uint8_t>(account.roles)),
                    .browser = std::move(attempt.browser),
                    .proof = {.amr = {"mail"}},
                    .line = std::move(attempt.line)};
  NewSession session = entrances_.Enter(tx, std::move(entrance));
  if (consumed.provider_issuer && consumed.provider_subject) {
    ProviderStore::Link(tx, consumed.user, *consumed.provider_issuer, *consumed.provider_subject);
    Notify(tx, events_, consumed.user, events::v1::ACCOUNT_NOTICE_KIND_PROCONNECT_LINKED);
  }
  co_return LoggedIn{std::move(consumed.return_to), std::move(session.token)};
}

LoginOutcome LoginStore::Refuse(Transaction& tx, LoginAttempt attempt, LoginRefused refused) {
  attempt.line.outcome = AuditOutcome::kRefused;
  attempt.line.reason = Describe(refused.reason).code;
  trail_.Record(tx, attempt.line);
  return refused;
}

StatementTable LoginStore::Statements() {
  using namespace login_store;
  return aplus::Statements(kConsume, kFacts, kLockAccount, kCodes, kCountTry);
}

}  // namespace aplus::auth
