#include "services/requests/acts/asker.h"

#include "libs/crypto/digest.h"

namespace aplus::requests {
namespace asker {

// Changes with libs/identity/rights.cc's table, so that an old line can be read by the rules of its day.
constexpr std::int32_t kPolicy = 1;

DbPrincipal DbPrincipalOf(const Principal& principal, const Caller& caller) {
  DbPrincipal db;
  db.user = principal.user;
  for (const Membership& membership : principal.memberships) {
    if (membership.Has(kRoleInstructor)) db.groups.push_back(membership.group);
  }
  if (!db.groups.empty()) {
    db.lane = DbLane::kInstructor;
  } else {
    db.lane = caller.expert ? DbLane::kExpert : DbLane::kHelper;
  }
  return db;
}

}  // namespace asker

Asker AskerOf(const Call& call, Time now) {
  Asker asker;
  asker.principal = call.principal_;
  const Principal& principal = call.principal();
  asker.caller = CallerOf(principal, now);
  asker.user = principal.user;
  asker.db = asker::DbPrincipalOf(principal, asker.caller);
  asker.deadline = call.deadline;
  asker.if_match = call.if_match;
  asker.line.actor_kind = principal.partner ? AuditActor::kPartner : AuditActor::kPerson;
  asker.line.actor = principal.partner ? principal.partner->bytes : principal.user.bytes;
  asker.line.session = ToHex(BytesView(Sha256(BytesView(principal.session.bytes))).first(4));
  asker.line.address = call.client_address;
  asker.line.policy = asker::kPolicy;
  asker.line.request_id = call.request_id;
  return asker;
}

AuditEntry Asker::Line(Operation operation, std::string_view object_kind, const UuidBytes& object) const {
  AuditEntry entry = line;
  entry.operation = Code(operation);
  entry.object_kind = object_kind;
  if (object != UuidBytes{}) entry.object = object;
  return entry;
}

AuditEntry Asker::Refused(Operation operation, std::string_view object_kind, const UuidBytes& object,
                          Reason reason) const {
  AuditEntry entry = Line(operation, object_kind, object);
  entry.outcome = AuditOutcome::kRefused;
  entry.reason = Describe(reason).code;
  return entry;
}

Result<void> CheckSigner(const Asker& asker, const std::string& signed_by) {
  if (asker.IsShared() && signed_by.empty()) return Fail(Reason::kSignerRequired);
  return {};
}

}  // namespace aplus::requests
