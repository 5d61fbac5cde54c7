// What jobs do in the service's own name.
#pragma once

#include <string>

#include "libs/audit/audit_trail.h"
#include "libs/postgres/database.h"

namespace aplus::requests {

inline TransactionOptions AsSystem(Duration limit = std::chrono::seconds(10)) {
  return {.deadline = SteadyClock::now() + limit, .principal = DbPrincipal::System(), .repeatable = true};
}

inline AuditEntry SystemLine(std::string operation, std::string object_kind, const UuidBytes& object) {
  AuditEntry line;
  line.actor_kind = AuditActor::kSystem;
  line.operation = std::move(operation);
  line.object_kind = std::move(object_kind);
  line.object = object;
  return line;
}

}  // namespace aplus::requests
