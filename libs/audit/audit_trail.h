// Who did what, when, from where, on what, allowed or refused (P90, SECURITY 2.9): one line in the very
// transaction of the change or of the reading. No contents, no citizen, no file name: the fields below are
// all there is. The app role may insert and read lines, never change or delete them; the sealer (sealer.h)
// chains them within a second.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/id.h"
#include "libs/base/random.h"
#include "libs/base/time.h"
#include "libs/postgres/database.h"

namespace aplus {

enum class AuditActor : std::uint8_t { kPerson, kPartner, kService, kSystem, kNobody };
enum class AuditOutcome : std::uint8_t { kAllowed, kRefused };

template <>
struct DbEnum<AuditActor> {
  static constexpr AuditActor kLast = AuditActor::kNobody;
};
template <>
struct DbEnum<AuditOutcome> {
  static constexpr AuditOutcome kLast = AuditOutcome::kRefused;
};

// What one line says besides its id and time (both given when it is recorded; the time by the database).
struct AuditEntry {
  AuditActor actor_kind = AuditActor::kPerson;
  std::optional<UuidBytes> actor;   // account or partner; none for nobody and the system
  std::string signed_by;            // name and service of who acts with a shared account (P3)
  std::string session;              // first 8 hex digits of the session's hash
  std::string address;              // the person's network address, as the gateway saw it
  std::string operation;            // code in the rights table: "R5"
  std::string object_kind;          // "request", "file", "account" …; empty: none
  std::optional<UuidBytes> object;  // its id
  AuditOutcome outcome = AuditOutcome::kAllowed;
  std::string reason;       // code of the reason when refused
  std::int32_t policy = 0;  // version of the rights table
  std::string request_id;   // of the call, as in the logs
};

struct AuditRecord {
  AuditId id;
  Time at{};
  AuditEntry entry;
};

class AuditTrail {
 public:
  AuditTrail(const Clock& clock, Random& random) : clock_(clock), random_(random) {}

  // Queued: committed with the transaction or not at all.
  AuditId Record(Transaction& tx, const AuditEntry& entry);
  // The line as a statement, for Database::AuditedRead.
  BoundStatement Line(const AuditEntry& entry);

  static StatementTable Statements();

 private:
  const Clock& clock_;
  Random& random_;
};

// What an operator does at the command line: the system, signed by whoever APLUS_OPERATOR in the environment
// names (`./aplus ctl` fills it in), "operator" when nobody is named.
AuditEntry OperatorLine(std::string operation);
// Commits a line by itself, before an act that no transaction of this database holds.
Task<Result<void>> NoteAlone(Database& database, AuditTrail& trail, AuditEntry line, Deadline deadline);

// Which lines an administrator looks for (A14); what is empty does not narrow.
struct AuditFilter {
  std::optional<UuidBytes> actor;
  std::optional<UuidBytes> object;
  std::string operation;
  std::optional<AuditOutcome> outcome;
  Time from = Time::min();   // inclusive
  Time until = Time::max();  // exclusive
  // The last line of the page before: what follows is older.
  std::optional<AuditRecord> after;
  int limit = 100;  // at most 1 000
};

// Newest first, by (at, id).
Task<Result<std::vector<AuditRecord>>> SearchAudit(Database& database, ReadContext context,
                                                   AuditFilter filter);

}  // namespace aplus
