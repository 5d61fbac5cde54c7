// What the audit trail keeps of a call here: who, from where, what for, on his own account.
#pragma once

#include "libs/audit/audit_trail.h"
#include "libs/base/bytes.h"
#include "libs/crypto/digest.h"
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

inline Error NotACursor() {
  Error error;
  error.reason = Reason::kInvalidArgument;
  error.violations.push_back({"pageToken", "format", "Cette page n’existe pas ou plus."});
  return error;
}

}  // namespace aplus::notifications
