// What the audit trail keeps of a call here: who, from where, what for, on his own account.
#pragma once

#include "libs/audit/audit_trail.h"
#include "libs/base/bytes.h"
#include "libs/crypto/digest.h"
#include "libs/postgres/database.h"
#include "libs/rpc/call.h"

namespace aplus::notifications {

inline AuditEntry LineFor(const Call& call) {
  AuditEntry line;
  line.actor_kind = AuditActor::kPerson;
  line.actor = call.principal().user.bytes;
  line.session = ToHex(Sha256(call.principal().session.bytes)).substr(0, 8);
  line.address = call.client_address;
  line.operation = call.method->rule.operation();
  line.object_kind = "account";
  line.object = call.principal().user.bytes;
  line.request_id = call.request_id;
  return line;
}

inline Task<Result<bool>> WriteLineIn(Transaction& tx, AuditTrail& trail, AuditEntry line) {
  trail.Record(tx, line);
  co_return true;
}

// A line of its own, for calls that change nothing here. No audit, no answer: its error is the call's.
inline Task<Result<bool>> WriteLine(Database& database, AuditTrail& trail, AuditEntry line,
                                    Deadline deadline) {
  auto write = [&](Transaction& tx) { return WriteLineIn(tx, trail, line); };
  co_return co_await database.Transact({.deadline = deadline, .repeatable = true}, write);
}

// The line of a refusal; answers the refusal, or why its line could not be written.
inline Task<Error> NoteRefusal(Database& database, AuditTrail& trail, const Call& call, Reason refused) {
  AuditEntry line = LineFor(call);
  line.outcome = AuditOutcome::kRefused;
  line.reason = Describe(refused).code;
  const auto written = co_await WriteLine(database, trail, std::move(line), call.deadline);
  if (!written) co_return written.error();
  Error error;
  error.reason = refused;
  co_return error;
}

inline Error NotACursor() {
  Error error;
  error.reason = Reason::kInvalidArgument;
  error.violations.push_back({"pageToken", "format", "Cette page n’existe pas ou plus."});
  return error;
}

}  // namespace aplus::notifications
