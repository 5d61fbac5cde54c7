// Consuming a login link or its code: exactly once, and only from the browser that asked (P10). The session,
// its audit line and its event are in the transaction that consumes.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "libs/audit/audit_trail.h"
#include "libs/events/event_log.h"
#include "libs/postgres/database.h"
#include "services/auth/domain/login_link.h"
#include "services/auth/store/credentials.h"
#include "services/auth/store/entrances.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {

struct LoggedIn {
  std::string return_to;
  SecretString session;  // for the cookie
};

struct LoginRefused {
  Reason reason = Reason::kLinkUnknown;
  // With kCodeWrong: how many more codes may be tried for the newest mail.
  std::optional<int> tries_left = {};
};

using LoginOutcome = std::variant<LoggedIn, LoginRefused>;

// Who tries.
struct LoginAttempt {
  std::optional<Sha256Digest> binding_hash;      // of the browser's cookie; none: another browser
  std::string browser;                           // for the list of sessions
  std::optional<Sha256Digest> old_session = {};  // of the same browser: ends with the login
  AuditEntry line;                               // allowed or refused: filled in and written
};

namespace login_store {
struct ConsumedRow;
struct CodeRow;
struct AccountRow;
}  // namespace login_store

// Io thread only; references must outlive it.
class LoginStore {
 public:
  LoginStore(Database& database, EventWriter& events, AuditTrail& trail, SessionStore& sessions,
             Entrances& entrances, CodeBook& codes, LinkRules rules)
      : database_(database),
        events_(events),
        trail_(trail),
        sessions_(sessions),
        entrances_(entrances),
        codes_(codes),
        rules_(rules) {}

  // Of N calls at once with the same token, one logs in; the others are told that it was used.
  // `token_hash`: nullopt when what came cannot be a token.
  Task<Result<LoginOutcome>> ByToken(std::optional<Sha256Digest> token_hash, LoginAttempt attempt,
                                     Deadline deadline);
  // By the code as typed, among the mails that this browser asked for. A wrong one counts as a try against
  // each.
  Task<Result<LoginOutcome>> ByCode(SecretString code, LoginAttempt attempt, Deadline deadline);

  static StatementTable Statements();

 private:
  Task<Result<LoginOutcome>> ByTokenIn(Transaction& tx, std::optional<Sha256Digest> token_hash,
                                       LoginAttempt attempt);
  Task<Result<LoginOutcome>> ByCodeIn(Transaction& tx, const SecretString& code, LoginAttempt attempt);
  Task<Result<LoginOutcome>> Enter(Transaction& tx, login_store::ConsumedRow consumed,
                                   login_store::AccountRow account, LoginAttempt attempt);
  LoginOutcome Refuse(Transaction& tx, LoginAttempt attempt, LoginRefused refused);
  // The row that the code opens, or nullptr.
  const login_store::CodeRow* Match(const std::vector<login_store::CodeRow>& rows, std::string_view code);

  Database& database_;
  EventWriter& events_;
  AuditTrail& trail_;
  SessionStore& sessions_;
  Entrances& entrances_;
  CodeBook& codes_;
  LinkRules rules_;
};

}  // namespace aplus::auth
