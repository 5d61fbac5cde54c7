#include "services/auth/rpc/authorise.h"

#include "libs/base/bytes.h"
#include "libs/crypto/digest.h"

namespace aplus::auth {
namespace authorise {

Caller CallerOf(const Call& call, Time now) {
  if (call.has_principal()) return aplus::CallerOf(call.principal(), now);
  return call.method->IsForServices() ? ServiceCaller() : AnonymousCaller();
}

}  // namespace authorise

Result<void> Authorise(const Call& call, Operation operation, const Relation& relation, Time now) {
  const Verdict verdict = Decide(authorise::CallerOf(call, now), operation, relation);
  if (const auto reason = ReasonOf(verdict)) return Fail(*reason);
  return {};
}

AuditEntry LineFor(const Call& call) {
  AuditEntry line;
  if (call.has_principal()) {
    const Principal& principal = call.principal();
    line.actor_kind = principal.partner ? AuditActor::kPartner : AuditActor::kPerson;
    line.actor = principal.partner ? principal.partner->bytes : principal.user.bytes;
    line.session = ToHex(Sha256(principal.session.bytes)).substr(0, 8);
  } else {
    line.actor_kind = call.method->IsForServices() ? AuditActor::kService : AuditActor::kNobody;
  }
  line.address = call.client_address;
  line.operation = call.method->rule.operation();
  line.request_id = call.request_id;
  return line;
}

AuditEntry Refused(AuditEntry line, Reason reason) {
  line.outcome = AuditOutcome::kRefused;
  line.reason = Describe(reason).code;
  return line;
}

}  // namespace aplus::auth
