#include "services/auth/acts/office.h"

namespace aplus::auth {
namespace office {

// Failures of the machinery say nothing about anybody's rights.
bool IsAboutRights(Reason reason) {
  switch (reason) {
    case Reason::kForbidden:
    case Reason::kNotFound:
    case Reason::kImpossible:
    case Reason::kConflict:
    case Reason::kStepUpRequired:
      return true;
    default:
      return false;
  }
}

Task<Result<bool>> WriteLine(Transaction& tx, AuditTrail& trail, const AuditEntry& line) {
  trail.Record(tx, line);
  co_return true;
}

}  // namespace office

Result<void> Allow(const Asker& asker, Operation operation, bool in_scope) {
  Relation relation;
  relation.in_scope = in_scope;
  if (const auto reason = ReasonOf(Decide(asker.caller, operation, relation))) return Fail(*reason);
  return {};
}

Task<Error> NoteRefusal(const Office& office, const Asker& asker, About about, Error refusal) {
  if (!office::IsAboutRights(refusal.reason)) co_return refusal;
  AuditEntry line = asker.LineOn(about.kind, about.id);
  line.outcome = AuditOutcome::kRefused;
  line.reason = Describe(refusal.reason).code;
  auto write = [&](Transaction& tx) { return office::WriteLine(tx, office.trail, line); };
  const auto written = co_await office.database.Transact({.deadline = asker.deadline}, write);
  if (!written) co_return written.error();
  co_return refusal;
}

Error Violation(std::string path, std::string code, std::string detail) {
  Error error;
  error.reason = Reason::kInvalidArgument;
  error.violations = {{std::move(path), std::move(code), std::move(detail)}};
  return error;
}

Error Impossible(std::string detail) {
  Error error;
  error.reason = Reason::kImpossible;
  error.detail = std::move(detail);
  return error;
}

}  // namespace aplus::auth
