// What every act on people and groups works with, and how it runs: one transaction that reads what rights
// depend on, decides, changes, and holds the audit line and the events; refused, it leaves an audit line and
// nothing else. All of it lives on the io thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "libs/audit/audit_trail.h"
#include "libs/events/event_log.h"
#include "libs/identity/rights.h"
#include "libs/postgres/database.h"
#include "services/auth/domain/inactivity.h"

namespace aplus::auth {

// Limits and delays (config "settings"), with the defaults of PRODUCT.md.
struct PeopleRules {
  int experts = 3;                                    // P2
  int import_rows = 5000;                             // P4
  Duration preview_kept = std::chrono::days(1);       // a table that nobody applied
  Duration undo_kept = std::chrono::days(30);         // taking out and imports can be undone so long
  InactivityRules inactivity;                         // P6
  Duration upkeep_every = std::chrono::minutes(10);   // how often the job looks
  Duration anonymous_after = std::chrono::days(730);  // P53: deactivated so long
};

// Built once by the App. References outlive it.
struct Office {
  Database& database;
  EventWriter& events;
  AuditTrail& trail;
  const PeopleRules& rules;
  const Clock& clock;
  Random& random;
};

// Who asks. `line` says who, from where and what for.
struct Asker {
  UserId user{};
  Caller caller;
  AuditEntry line;
  Deadline deadline;

  AuditEntry LineOn(std::string_view kind, const UuidBytes& object) const {
    AuditEntry on = line;
    on.object_kind = kind;
    if (object != UuidBytes{}) on.object = object;
    return on;
  }
};

// What an act is about, for the line of its refusal.
struct About {
  std::string_view kind;  // "account", "group", "import"
  UuidBytes id{};
};

// The one table of rights, or the reason to refuse.
Result<void> Allow(const Asker& asker, Operation operation, bool in_scope);

// Writes the line of a refusal that says something about rights or states; answers the refusal, or the
// failure to write the line (no audit, no answer).
Task<Error> NoteRefusal(const Office& office, const Asker& asker, About about, Error refusal);

// `body(Transaction&)` answers Task<Result<Value>>; it refuses before it writes, records its audit line, and
// may run twice.
template <class Value, class Body>
Task<Result<Value>> RunAct(const Office& office, const Asker& asker, About about, Body body) {
  Result<Value> done =
      co_await office.database.Transact({.deadline = asker.deadline, .repeatable = true}, std::move(body));
  if (!done) co_return Fail(co_await NoteRefusal(office, asker, about, std::move(done).error()));
  co_return done;
}

// An error that names a field.
Error Violation(std::string path, std::string code, std::string detail);
// kImpossible with what stands in the way, in French.
Error Impossible(std::string detail);

}  // namespace aplus::auth
