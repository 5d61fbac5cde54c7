// Rights and audit lines of auth's calls.
#pragma once

#include <string_view>

#include "libs/audit/audit_trail.h"
#include "libs/base/result.h"
#include "libs/base/time.h"
#include "libs/identity/rights.h"
#include "libs/rpc/call.h"

namespace aplus::auth {

// Asks the one table. The reason to answer when it refuses.
Result<void> Authorise(const Call& call, Operation operation, const Relation& relation, Time now);

// A line that says who calls, from where and what for; the object and the outcome are filled in by whoever
// writes it.
AuditEntry LineFor(const Call& call);

// The same, refused.
AuditEntry Refused(AuditEntry line, Reason reason);

}  // namespace aplus::auth
