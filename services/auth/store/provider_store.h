// Logins at the identity provider (P12): begun in a browser, come back to it once, and whose account they
// open.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/audit/audit_trail.h"
#include "libs/postgres/database.h"
#include "services/auth/store/credentials.h"
#include "services/auth/store/entrances.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {

// A login that has come back.
struct CameBack {
  std::string return_to;
  Time now;  // the database's
};

// Who it turned out to be.
struct ProviderEntrance {
  std::string issuer, subject;
  Proof proof;
  std::string browser;
  std::optional<Sha256Digest> old_session;  // of the same browser: ends with the login
  AuditEntry line;
};

// Io thread only; references must outlive it.
class ProviderStore {
 public:
  ProviderStore(Database& database, AuditTrail& trail, SessionStore& sessions, Entrances& entrances,
                const Clock& clock, Random& random)
      : database_(database),
        trail_(trail),
        sessions_(sessions),
        entrances_(entrances),
        clock_(clock),
        random_(random) {}

  Task<Result<void>> Begin(Sha256Digest state_hash, Sha256Digest binding_hash, std::string return_to,
                           AuditEntry line, Deadline deadline);
  // Takes the login that this state names, once: nullopt, with an audit line, when there is none, it has come
  // back already, it is older than ten minutes, or it was begun in another browser (which consumes nothing).
  Task<Result<std::optional<CameBack>>> ComeBack(Sha256Digest state_hash,
                                                 std::optional<Sha256Digest> binding_hash, AuditEntry line,
                                                 Deadline deadline);
  // The token of a new session; nullopt: this identity opens no active account (yet).
  Task<Result<std::optional<SecretString>>> Enter(ProviderEntrance entrance, Deadline deadline);
  // Queues the link of an identity with an account, in the transaction that has confirmed it.
  static void Link(Transaction& tx, const UserId& user, const std::string& issuer,
                   const std::string& subject);

  // Writes down that what the provider said was refused.
  Task<Result<void>> Refuse(AuditEntry line, Reason reason, Deadline deadline);
  // Deletes at most 1 000 logins older than a day; answers how many.
  Task<Result<std::int64_t>> DeleteOld(Deadline deadline);

  static StatementTable Statements();

 private:
  Task<Result<bool>> BeginIn(Transaction& tx, Sha256Digest state_hash, Sha256Digest binding_hash,
                             std::string return_to, AuditEntry line);
  Task<Result<std::optional<CameBack>>> ComeBackIn(Transaction& tx, Sha256Digest state_hash,
                                                   std::optional<Sha256Digest> binding_hash, AuditEntry line);
  Task<Result<std::optional<SecretString>>> EnterIn(Transaction& tx, ProviderEntrance entrance);
  Task<Result<bool>> RefuseIn(Transaction& tx, AuditEntry line, Reason reason);

  Database& database_;
  AuditTrail& trail_;
  SessionStore& sessions_;
  Entrances& entrances_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace aplus::auth
