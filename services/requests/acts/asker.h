// Who asks, as acts need it: rights, the principal of statements, what an audit line says of him.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "libs/audit/audit_trail.h"
#include "libs/identity/rights.h"
#include "libs/postgres/database.h"
#include "libs/postgres/idempotency.h"
#include "libs/rpc/call.h"

namespace aplus::requests {

struct Asker {
  std::shared_ptr<const Principal> principal;
  Caller caller;
  UserId user;  // nil for a partner
  DbPrincipal db;
  Deadline deadline;
  std::optional<std::int64_t> if_match;
  // Set where the call carries a key.
  std::optional<IdempotentCall> repeat;
  // Who, from where; the act adds what and on what.
  AuditEntry line;

  bool IsShared() const { return principal->shared_account || principal->partner.has_value(); }
  ReadContext Reading() const { return {.deadline = deadline, .principal = db}; }
  TransactionOptions Writing() const { return {.deadline = deadline, .principal = db, .repeatable = true}; }

  // A line about one object.
  AuditEntry Line(Operation operation, std::string_view object_kind, const UuidBytes& object) const;
  AuditEntry Refused(Operation operation, std::string_view object_kind, const UuidBytes& object,
                     Reason reason) const;
};

// `now` is the service's own clock: only step-up looks at it here.
Asker AskerOf(const Call& call, Time now);

// A shared account and a partner name who acts (P3, P100): kSignerRequired without.
Result<void> CheckSigner(const Asker& asker, const std::string& signed_by);

}  // namespace aplus::requests
