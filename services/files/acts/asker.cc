#include "services/files/acts/asker.h"

#include "libs/crypto/digest.h"

namespace aplus::files {
namespace asker {

// Changes with libs/identity/rights.cc's table, so that an old line can be read by the rules of its day.
constexpr std::int32_t kPolicy = 1;

}  // namespace asker

Asker AskerOf(const Call& call) {
  const Principal& principal = call.principal();
  Asker asker;
  asker.owner = principal.partner ? UserId{principal.partner->bytes} : principal.user;
  asker.key = call.idempotency_key;
  asker.line.actor_kind = principal.partner ? AuditActor::kPartner : AuditActor::kPerson;
  asker.line.actor = asker.owner.bytes;
  asker.line.session = ToHex(BytesView(Sha256(BytesView(principal.session.bytes))).first(4));
  asker.line.address = call.client_address;
  asker.line.policy = asker::kPolicy;
  asker.line.request_id = call.request_id;
  return asker;
}

AuditEntry Asker::Line(Operation operation, FileId file) const {
  AuditEntry entry = line;
  entry.operation = Code(operation);
  entry.object_kind = "file";
  entry.object = file.bytes;
  return entry;
}

AuditEntry Asker::Refused(Operation operation, FileId file, Reason reason) const {
  AuditEntry entry = Line(operation, file);
  entry.outcome = AuditOutcome::kRefused;
  entry.reason = Describe(reason).code;
  return entry;
}

AuditEntry SystemLine(std::string_view operation, FileId file) {
  AuditEntry entry;
  entry.actor_kind = AuditActor::kSystem;
  entry.operation = operation;
  entry.object_kind = "file";
  entry.object = file.bytes;
  entry.policy = asker::kPolicy;
  return entry;
}

}  // namespace aplus::files
