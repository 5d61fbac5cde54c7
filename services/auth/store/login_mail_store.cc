#include "services/auth/store/login_mail_store.h"

#include <utility>
#include <vector>

namespace aplus::auth {

namespace login_mail_store {

struct AskedRow {
  std::string email_key;
  std::string asked_from;
  Time created_at;
  bool waited_too_long = false;
  std::int32_t asked_by_browser = 0;  // within the window, this one included
  bool used = false;                  // somebody logged in by it already
  bool links = false;                 // using it links an identity at the provider with the account
  Time now;
};

struct AccountRow {
  UserId id;
  std::string email;
  bool shared = false;
  bool administrator = false;
  bool active = false;
};

constexpr Statement<AskedRow, LoginRequestId, Duration, Duration> kAsked{"login_mail_asked", R"sql(
  SELECT r.email_key, r.asked_from, r.created_at,
         r.created_at <= clock_timestamp() - $2,
         (SELECT count(*)::int
            FROM login_request e                               -- login_request_by_binding
           WHERE e.binding_hash = r.binding_hash
             AND e.created_at > r.created_at - $3
             AND e.created_at <= r.created_at),
         EXISTS (SELECT
                   FROM login_token t                          -- login_token_by_request
                  WHERE t.login_request_id = r.id
                    AND t.consumed_at IS NOT NULL),
         r.provider_issuer IS NOT NULL,
         clock_timestamp()
    FROM login_request r                                       -- login_request_pkey
   WHERE r.id = $1
)sql"};

// The lock keeps two mails of one account from being counted beside each other.
constexpr Statement<AccountRow, std::string> kLockAccount{"login_mail_lock_account", R"sql(
  SELECT id, email, shared, administrator, active
    FROM account                                               -- account_email_key
   WHERE email_key = $1
     FOR NO KEY UPDATE
)sql"};

// When mails left for other requests during the last day.
constexpr Statement<Time, UserId, LoginRequestId> kSent{"login_mail_sent", R"sql(
  SELECT min(minted_at)
    FROM login_token                                           -- login_token_by_user
   WHERE user_id = $1
     AND minted_at > (SELECT clock_timestamp() - interval '1 day')
     AND login_request_id <> $2
   GROUP BY login_request_id
   ORDER BY 1
)sql"};

constexpr Statement<Affected, LoginRequestId> kEndOfRequest{"login_token_end_of_request", R"sql(
  UPDATE login_token
     SET ended_at = clock_timestamp()
   WHERE login_request_id = $1                                 -- login_token_by_request
     AND consumed_at IS NULL
     AND ended_at IS NULL
)sql"};

// All live ones but the newest $2.
constexpr Statement<Affected, UserId, std::int32_t> kEndOldest{"login_token_end_oldest", R"sql(
  UPDATE login_token
     SET ended_at = clock_timestamp()
   WHERE token_hash IN (SELECT t.token_hash
                          FROM login_token t                   -- login_token_by_user
                         WHERE t.user_id = $1
                           AND t.consumed_at IS NULL
                           AND t.ended_at IS NULL
                           AND t.expires_at > clock_timestamp()
                         ORDER BY t.minted_at DESC
                        OFFSET $2)
)sql"};

constexpr Statement<Time, Sha256Digest, LoginRequestId, UserId, std::optional<Sha256Digest>, Duration>
    kInsert{"login_token_insert", R"sql(
  INSERT INTO login_token (token_hash, login_request_id, user_id, code_mac, expires_at)
  VALUES ($1, $2, $3, $4, clock_timestamp() + $5)
  RETURNING expires_at
)sql"};

// One decision at a time, so that the limits below are exact.
constexpr Statement<std::string> kNoAccountLock{"no_account_lock", R"sql(
  SELECT pg_advisory_xact_lock(hashtext('no_account_mail'))::text
)sql"};

// Answers a row when the mail may leave: colleagues of the same domain have accounts, the address got none
// for another request within $4, and fewer than $5 left within the hour.
constexpr Statement<LoginRequestId, LoginRequestId, Sha256Digest, std::string, Duration, std::int64_t>
    kNoAccount{"no_account_insert", R"sql(
  INSERT INTO no_account_mail (login_request_id, address_mac)
  SELECT $1, $2
   WHERE EXISTS (SELECT
                   FROM account a                              -- account_by_domain
                  WHERE a.email_domain = split_part($3, '@', 2)
                    AND a.active)
     AND NOT EXISTS (SELECT
                       FROM no_account_mail n                  -- no_account_mail_by_address
                      WHERE n.address_mac = $2
                        AND n.sent_at > (SELECT clock_timestamp() - $4)
                        AND n.login_request_id <> $1)
     AND (SELECT count(*)
            FROM no_account_mail n                             -- no_account_mail_by_time
           WHERE n.sent_at > (SELECT clock_timestamp() - interval '1 hour')) < $5
  ON CONFLICT (login_request_id) DO UPDATE SET sent_at = clock_timestamp()
  RETURNING login_request_id
)sql"};

}  // namespace login_mail_store

Task<Result<LoginMail>> LoginMailStore::Mint(LoginRequestId request, AuditEntry line, Deadline deadline) {
  line.object_kind = "login_request";
  line.object = request.bytes;
  co_return co_await database_.Transact({.deadline = deadline},
                                        [&](Transaction& tx) { return MintIn(tx, request, line); });
}

Task<Result<LoginMail>> LoginMailStore::MintIn(Transaction& tx, LoginRequestId request, AuditEntry line) {
  CO_TRY(auto asked,
         co_await tx.RunOne(login_mail_store::kAsked, request, rules_.wait_at_most, rules_.browser_window));
  if (!asked) co_return Fail(Reason::kNotFound);
  if (asked->waited_too_long) co_return Nothing(tx, std::move(line), Reason::kTimeout);
  if (asked->used) co_return Nothing(tx, std::move(line), Reason::kLinkUsed);
  if (asked->asked_by_browser > rules_.per_browser)
    co_return Nothing(tx, std::move(line), Reason::kRateLimited);
  CO_TRY(auto account, co_await tx.RunOne(login_mail_store::kLockAccount, asked->email_key));
  if (!account) co_return co_await SayNoAccount(tx, request, *std::move(asked), std::move(line));
  if (!account->active) co_return Nothing(tx, std::move(line), Reason::kForbidden);
  co_return co_await MintFor(tx, request, *std::move(asked), *std::move(account), std::move(line));
}

Task<Result<LoginMail>> LoginMailStore::MintFor(Transaction& tx, LoginRequestId request, Asked asked,
                                                Account account, AuditEntry line) {
  CO_TRY(const std::vector<Time> sent, co_await tx.Run(login_mail_store::kSent, account.id, request));
  if (!MayMail(sent, asked.now, account.shared ? shared_limits_ : limits_)) {
    co_return Nothing(tx, std::move(line), Reason::kRateLimited);
  }
  LoginMail mail{.kind = LoginMail::Kind::kLink,
                 .email = std::move(account.email),
                 .asked_from = std::move(asked.asked_from),
                 .asked_at = asked.created_at};
  Token token = Token::Draw(random_);
  std::optional<Sha256Digest> code_mac;
  // A code can be talked out of somebody on the telephone: who may administer uses the link, and so does who
  // would let an identity in for good.
  if (!account.administrator && !asked.links) {
    mail.code = CodeBook::DrawCode(random_);
    code_mac = codes_.MacOfCode(request, mail.code.Reveal());
  }
  tx.Send(login_mail_store::kEndOfRequest, request);
  tx.Send(login_mail_store::kEndOldest, account.id, rules_.live_per_account - 1);
  auto stored =
      tx.Send(login_mail_store::kInsert, token.hash, request, account.id, code_mac, rules_.lifetime);
  trail_.Record(tx, line);
  CO_TRY(const std::vector<Time> expires, co_await stored.Await());
  mail.expires_at = expires.at(0);
  mail.token = std::move(token.text);
  co_return mail;
}

Task<Result<LoginMail>> LoginMailStore::SayNoAccount(Transaction& tx, LoginRequestId request, Asked asked,
                                                     AuditEntry line) {
  tx.Send(login_mail_store::kNoAccountLock);
  CO_TRY(const auto allowed,
         co_await tx.RunOne(login_mail_store::kNoAccount, request, codes_.MacOfEmail(asked.email_key),
                            asked.email_key, rules_.no_account_pause,
                            static_cast<std::int64_t>(rules_.no_account_per_hour)));
  LoginMail mail = Nothing(tx, std::move(line), Reason::kNotFound);
  if (!allowed) co_return mail;
  mail.kind = LoginMail::Kind::kNoAccount;
  mail.email = std::move(asked.email_key);
  mail.asked_from = std::move(asked.asked_from);
  mail.asked_at = asked.created_at;
  co_return mail;
}

LoginMail LoginMailStore::Nothing(Transaction& tx, AuditEntry line, Reason reason) {
  line.outcome = AuditOutcome::kRefused;
  line.reason = Describe(reason).code;
  trail_.Record(tx, line);
  return {};
}

StatementTable LoginMailStore::Statements() {
  using namespace login_mail_store;
  return aplus::Statements(kAsked, kLockAccount, kSent, kEndOfRequest, kEndOldest, kInsert, kNoAccountLock,
                           kNoAccount);
}

}  // namespace aplus::auth
