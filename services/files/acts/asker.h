// Who asks, as acts need it.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "libs/audit/audit_trail.h"
#include "libs/base/reason.h"
#include "libs/identity/principal.h"
#include "libs/identity/rights.h"
#include "libs/rpc/call.h"

namespace aplus::files {

struct Asker {
  UserId owner;  // the account, or the partner
  std::optional<IdempotencyKey> key;
  // Who, from where; the act adds what and on what.
  AuditEntry line;

  AuditEntry Line(Operation operation, FileId file) const;
  AuditEntry Refused(Operation operation, FileId file, Reason reason) const;
};

Asker AskerOf(const Call& call);

// A line of the service itself: "erase", "reject" …
AuditEntry SystemLine(std::string_view operation, FileId file);

}  // namespace aplus::files
