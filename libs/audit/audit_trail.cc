#include "libs/audit/audit_trail.h"

#include <algorithm>
#include <utility>

#include "libs/audit/lines.h"

namespace aplus {
namespace audit_trail {

inline constexpr Statement<Affected, AuditId, AuditActor, std::optional<UuidBytes>, std::string, std::string,
                           std::string, std::string, std::string, std::optional<UuidBytes>, AuditOutcome,
                           std::string, std::int32_t, std::string>
    kInsert{"audit_insert", R"sql(
  INSERT INTO audit_entry (id, actor_kind, actor, signed_by, session, address, operation, object_kind, object_id,
                           outcome, reason, policy, request_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
)sql"};

// Three ways in, each with its index; what else the filter says narrows what they find. Parameters: from,
// until, operation, time and id of the page's last line, limit, then the ids looked for.
inline constexpr Statement<audit::LineRow, Time, Time, std::string, Time, AuditId, std::int64_t> kByTime{
    "audit_by_time", R"sql(
  SELECT id, at, actor_kind, actor, signed_by, session, address, operation, object_kind, object_id, outcome, reason,
         policy, request_id
    FROM audit_entry          -- audit_entry_at
   WHERE at >= $1 AND at < $2
     AND ($3 = '' OR operation = $3)
     AND (at, id) < ($4, $5)
   ORDER BY at DESC, id DESC
   LIMIT $6
)sql"};

inline constexpr Statement<audit::LineRow, Time, Time, std::string, Time, AuditId, std::int64_t, UuidBytes>
    kByActor{"audit_by_actor", R"sql(
  SELECT id, at, actor_kind, actor, signed_by, session, address, operation, object_kind, object_id, outcome, reason,
         policy, request_id
    FROM audit_entry          -- audit_entry_actor
   WHERE actor = $7
     AND at >= $1 AND at < $2
     AND ($3 = '' OR operation = $3)
     AND (at, id) < ($4, $5)
   ORDER BY at DESC, id DESC
   LIMIT $6
)sql"};

inline constexpr Statement<audit::LineRow, Time, Time, std::string, Time, AuditId, std::int64_t, UuidBytes,
                           std::optional<UuidBytes>>
    kByObject{"audit_by_object", R"sql(
  SELECT id, at, actor_kind, actor, signed_by, session, address, operation, object_kind, object_id, outcome, reason,
         policy, request_id
    FROM audit_entry          -- audit_entry_object
   WHERE object_id = $7
     AND ($8 IS NULL OR actor = $8)
     AND at >= $1 AND at < $2
     AND ($3 = '' OR operation = $3)
     AND (at, id) < ($4, $5)
   ORDER BY at DESC, id DESC
   LIMIT $6
)sql"};

Bound<Affected> BindLine(AuditId id, const AuditEntry& entry) {
  return Bind(kInsert, id, entry.actor_kind, entry.actor, entry.signed_by, entry.session, entry.address,
              entry.operation, entry.object_kind, entry.object, entry.outcome, entry.reason, entry.policy,
              entry.request_id);
}

}  // namespace audit_trail

AuditId AuditTrail::Record(Transaction& tx, const AuditEntry& entry) {
  const AuditId id = AuditId::New(clock_, random_);
  tx.SendBound(audit_trail::BindLine(id, entry));
  return id;
}

BoundStatement AuditTrail::Line(const AuditEntry& entry) {
  return audit_trail::BindLine(AuditId::New(clock_, random_), entry).statement;
}

StatementTable AuditTrail::Statements() {
  return aplus::Statements(audit_trail::kInsert, audit_trail::kByTime, audit_trail::kByActor,
                           audit_trail::kByObject);
}

Task<Result<std::vector<AuditRecord>>> SearchAudit(Database& database, ReadContext context,
                                                   AuditFilter filter) {
  const std::int64_t limit = std::clamp(filter.limit, 1, 1000);
  const Time before = filter.after ? filter.after->at : Time::max();
  const AuditId before_id = filter.after ? filter.after->id : AuditId{};
  Result<std::vector<audit::LineRow>> rows;
  if (filter.object) {
    rows = co_await database.Query(std::move(context), audit_trail::kByObject, filter.from, filter.until,
                                   filter.operation, before, before_id, limit, *filter.object, filter.actor);
  } else if (filter.actor) {
    rows = co_await database.Query(std::move(context), audit_trail::kByActor, filter.from, filter.until,
                                   filter.operation, before, before_id, limit, *filter.actor);
  } else {
    rows = co_await database.Query(std::move(context), audit_trail::kByTime, filter.from, filter.until,
                                   filter.operation, before, before_id, limit);
  }
  if (!rows) co_return Fail(std::move(rows).error());
  std::vector<AuditRecord> records;
  records.reserve(rows->size());
  for (audit::LineRow& row : *rows) records.push_back(audit::ToRecord(std::move(row)));
  co_return records;
}

}  // namespace aplus
