// Sessions: begun, found behind every call, listed, ended (P14). Tokens are in the table as hashes only.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/audit/audit_trail.h"
#include "libs/base/id.h"
#include "libs/crypto/digest.h"
#include "libs/postgres/database.h"
#include "services/auth/domain/session_rules.h"
#include "services/auth/store/codecs.h"
#include "services/auth/store/credentials.h"

namespace aplus::auth {

// Everything an identity token says, in one SELECT.
struct AuthenticatedRow {
  SessionId session;
  UserId user;
  Time proved_at;  // when the person last proved who he is
  std::vector<std::string> amr;
  bool second_factor_due = false;
  bool shared = false;
  bool terms_accepted = false;
  std::int16_t account_roles = 0;  // AccountRole bits
  std::vector<GroupId> groups;     // memberships; the three run in parallel
  std::vector<std::int16_t> roles;
  std::vector<Side> sides;
  bool seen_long_ago = false;  // its sign of life should be written down anew
  Time now;                    // the database's
};

struct SessionRow {
  SessionId id;
  Time created_at;
  Time last_seen_at;
  Time expires_at;
  std::string browser;
};

// A session just begun; the token goes into the cookie and nowhere else.
struct NewSession {
  SessionId id;
  SecretString token;
};

// What a login has proved.
struct Proof {
  std::vector<std::string> amr;  // RFC 8176
  // Since when, where that is not now: an identity provider may have asked the person hours ago.
  std::optional<Time> at = {};
};

// A session that has got a new token by a second factor.
struct ProvedSession {
  SecretString token;
  Time proved_at{};
};

// Io thread only; references must outlive it.
class SessionStore {
 public:
  SessionStore(Database& database, AuditTrail& trail, SessionRules rules, const Clock& clock, Random& random)
      : database_(database), trail_(trail), rules_(rules), clock_(clock), random_(random) {}

  // nullopt: no such session, ended, expired, idle for too long, or its account is deactivated.
  Task<Result<std::optional<AuthenticatedRow>>> Find(Sha256Digest token_hash, Deadline deadline);

  // Queues the new session in the caller's transaction, which has locked the account, and ends the oldest
  // beyond the limit.
  NewSession Begin(Transaction& tx, const UserId& user, bool shared, std::string browser, Proof proof);
  // Gives a session a new token because its person has just proved a second factor; the old token is dead
  // with the caller's transaction. nullopt: there is no such session of this user any more.
  Task<Result<std::optional<ProvedSession>>> Prove(Transaction& tx, UserId user, SessionId session);

  // Newest first.
  Task<Result<std::vector<SessionRow>>> List(UserId user, Deadline deadline);
  // Ends one session of this user, with its audit line; answers whether there was one.
  Task<Result<bool>> End(UserId user, SessionId session, AuditEntry line, Deadline deadline);
  // Ends the session of a token, with its audit line; nothing happens when there is none.
  Task<Result<void>> EndByToken(Sha256Digest token_hash, AuditEntry line, Deadline deadline);
  // The same in the caller's transaction; answers whether there was one. nullopt: no token, nothing happens.
  Task<Result<bool>> EndByTokenIn(Transaction& tx, std::optional<Sha256Digest> token_hash, AuditEntry line);
  // For operators: ends all sessions of the account with this address; answers how many, nullopt: no such
  // account.
  Task<Result<std::optional<std::int64_t>>> EndByAddress(std::string email_key, Deadline deadline);
  // Queues the end of all sessions of a user.
  static void EndAll(Transaction& tx, const UserId& user);

  // Writes down that these sessions were used.
  Task<Result<void>> MarkSeen(std::vector<SessionId> sessions, Deadline deadline);
  // Deletes at most 1 000 that expired; answers how many.
  Task<Result<std::int64_t>> DeleteExpired(Deadline deadline);

  static StatementTable Statements();

 private:
  Task<Result<std::optional<std::int64_t>>> EndByAddressIn(Transaction& tx, std::string email_key);
  Task<Result<bool>> EndIn(Transaction& tx, UserId user, SessionId session, AuditEntry line);

  Database& database_;
  AuditTrail& trail_;
  SessionRules rules_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace aplus::auth
