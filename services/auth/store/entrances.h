// What every way to log in ends with, in the transaction that has decided it: the session, its event, its
// audit line, and a mail to those who have rights over others.
#pragma once

#include <string>

#include "libs/audit/audit_trail.h"
#include "libs/events/event_log.h"
#include "libs/postgres/database.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {

// Who comes in, and how. The account is locked by the caller.
struct Entrance {
  UserId user;
  bool shared = false;
  bool privileged = false;
  std::string browser;
  Proof proof;
  AuditEntry line;
};

// Io thread only; references must outlive it.
class Entrances {
 public:
  Entrances(EventWriter& events, AuditTrail& trail, SessionStore& sessions)
      : events_(events), trail_(trail), sessions_(sessions) {}

  // Queued in the caller's transaction.
  NewSession Enter(Transaction& tx, Entrance entrance);

  static StatementTable Statements();

 private:
  EventWriter& events_;
  AuditTrail& trail_;
  SessionStore& sessions_;
};

}  // namespace aplus::auth
