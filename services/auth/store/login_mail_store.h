// What a login mail holds, decided at the moment it leaves: whether there is an account, whether it may get
// one more mail, and the token and code themselves (P10, P11).
#pragma once

#include <optional>
#include <string>

#include "libs/audit/audit_trail.h"
#include "libs/postgres/database.h"
#include "services/auth/domain/login_link.h"
#include "services/auth/domain/mail_throttle.h"
#include "services/auth/store/credentials.h"

namespace aplus::auth {

struct LoginMail {
  enum class Kind { kNone, kLink, kNoAccount };
  Kind kind = Kind::kNone;
  std::string email;
  std::string asked_from;
  Time asked_at{};
  // Of kLink.
  SecretString token{};
  SecretString code{};  // empty for accounts that must use the link
  Time expires_at{};
};

namespace login_mail_store {
struct AskedRow;
struct AccountRow;
}  // namespace login_mail_store

// Io thread only; references must outlive it.
class LoginMailStore {
 public:
  LoginMailStore(Database& database, AuditTrail& trail, CodeBook& codes, LinkRules rules, MailLimits limits,
                 MailLimits shared_limits, Random& random)
      : database_(database),
        trail_(trail),
        codes_(codes),
        rules_(rules),
        limits_(limits),
        shared_limits_(shared_limits),
        random_(random) {}

  // What must be sent for this request now. Each call draws anew and ends what an earlier call for the same
  // request drew, since that mail did not leave. kNotFound: no such request, or it is a day old.
  Task<Result<LoginMail>> Mint(LoginRequestId request, AuditEntry line, Deadline deadline);

  static StatementTable Statements();

 private:
  using Asked = login_mail_store::AskedRow;
  using Account = login_mail_store::AccountRow;
  Task<Result<LoginMail>> MintIn(Transaction& tx, LoginRequestId request, AuditEntry line);
  Task<Result<LoginMail>> MintFor(Transaction& tx, LoginRequestId request, Asked asked, Account account,
                                  AuditEntry line);
  Task<Result<LoginMail>> SayNoAccount(Transaction& tx, LoginRequestId request, Asked asked, AuditEntry line);
  // No mail, with the reason in the trail.
  LoginMail Nothing(Transaction& tx, AuditEntry line, Reason reason);

  Database& database_;
  AuditTrail& trail_;
  CodeBook& codes_;
  LinkRules rules_;
  MailLimits limits_, shared_limits_;
  Random& random_;
};

}  // namespace aplus::auth
