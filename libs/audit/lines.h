// A line as it stands in audit_entry, for the statements that read it. Internal to libs/audit.
#pragma once

#include <optional>
#include <string>

#include "libs/audit/audit_trail.h"

namespace aplus::audit {

struct LineRow {
  AuditId id;
  Time at;
  AuditActor actor_kind;
  std::optional<UuidBytes> actor;
  std::string signed_by, session, address, operation, object_kind;
  std::optional<UuidBytes> object;
  AuditOutcome outcome;
  std::string reason;
  std::int32_t policy;
  std::string request_id;
};

inline AuditRecord ToRecord(LineRow row) {
  AuditRecord record;
  record.id = row.id;
  record.at = row.at;
  record.entry = {.actor_kind = row.actor_kind,
                  .actor = row.actor,
                  .signed_by = std::move(row.signed_by),
                  .session = std::move(row.session),
                  .address = std::move(row.address),
                  .operation = std::move(row.operation),
                  .object_kind = std::move(row.object_kind),
                  .object = row.object,
                  .outcome = row.outcome,
                  .reason = std::move(row.reason),
                  .policy = row.policy,
                  .request_id = std::move(row.request_id)};
  return record;
}

}  // namespace aplus::audit
