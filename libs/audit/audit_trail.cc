#include "libs/audit/audit_trail.h"

#include <algorithm>
#include <cstdlib>
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

// Six ways in, each with its index: what is looked for most narrowly finds, the rest of the filter narrows.
// All begin with from, until, time and id of the page's last line, and limit.
inline constexpr Statement<audit::LineRow, Time, Time, Time, AuditId, std::int64_t> kByTime{"audit_by_time",
                                                                                            R"sql(
  SELECT id, at, actor_kind, actor, signed_by, session, address, operation, object_kind, object_id, outcome, reason,
         policy, request_id
    FROM audit_entry          -- audit_entry_at
   WHERE at >= $1 AND at < $2
     AND (at, id) < ($3, $4)
   ORDER BY at DESC, id DESC
   LIMIT $5
)sql"};

// Nearly all lines are: those of the time, narrowed.
inline constexpr Statement<audit::LineRow, Time, Time, Time, AuditId, std::int64_t> kByAllowed{
    "audit_by_allowed", R"sql(
  SELECT id, at, actor_kind, actor, signed_by, session, address, operation, object_kind, object_id, outcome, reason,
         policy, request_id
    FROM audit_entry          -- audit_entry_at
   WHERE at >= $1 AND at < $2
     AND (at, id) < ($3, $4)
     AND outcome = 0
   ORDER BY at DESC, id DESC
   LIMIT $5
)sql"};

inline constexpr Statement<audit::LineRow, Time, Time, Time, AuditId, std::int64_t> kByRefusal{
    "audit_by_refusal", R"sql(
  SELECT id, at, actor_kind, actor, signed_by, session, address, operation, object_kind, object_id, outcome, reason,
         policy, request_id
    FROM audit_entry          -- audit_entry_refused
   WHERE outcome = 1
     AND at >= $1 AND at < $2
     AND (at, id) < ($3, $4)
   ORDER BY at DESC, id DESC
   LIMIT $5
)sql"};

inline constexpr Statement<audit::LineRow, Time, Time, Time, AuditId, std::int64_t, std::string,
                           std::optional<AuditOutcome>>
    kByOperation{"audit_by_operation", R"sql(
  SELECT id, at, actor_kind, actor, signed_by, session, address, operation, object_kind, object_id, outcome, reason,
         policy, request_id
    FROM audit_entry          -- audit_entry_operation
   WHERE operation = $6
     AND ($7 IS NULL OR outcome = $7)
     AND at >= $1 AND at < $2
     AND (at, id) < ($3, $4)
   ORDER BY at DESC, id DESC
   LIMIT $5
)sql"};

inline constexpr Statement<audit::LineRow, Time, Time, Time, AuditId, std::int64_t, UuidBytes, std::string,
                           std::optional<AuditOutcome>>
    kByActor{"audit_by_actor", R"sql(
  SELECT id, at, actor_kind, actor, signed_by, session, address, operation, object_kind, object_id, outcome, reason,
         policy, request_id
    FROM audit_entry          -- audit_entry_actor
   WHERE actor = $6
     AND ($7 = '' OR operation = $7)
     AND ($8 IS NULL OR outcome = $8)
     AND at >= $1 AND at < $2
     AND (at, id) < ($3, $4)
   ORDER BY at DESC, id DESC
   LIMIT $5
)sql"};

inline constexpr Statement<audit::LineRow, Time, Time, Time, AuditId, std::int64_t, UuidBytes,
                           std::optional<UuidBytes>, std::string, std::optional<AuditOutcome>>
    kByObject{"audit_by_object", R"sql(
  SELECT id, at, actor_kind, actor, signed_by, session, address, operation, object_kind, object_id, outcome, reason,
         policy, request_id
    FROM audit_entry          -- audit_entry_object
   WHERE object_id = $6
     AND ($7 IS NULL OR actor = $7)
     AND ($8 = '' OR operation = $8)
     AND ($9 IS NULL OR outcome = $9)
     AND at >= $1 AND at < $2
     AND (at, id) < ($3, $4)
   ORDER BY at DESC, id DESC
   LIMIT $5
)sql"};

Bound<Affected> BindLine(AuditId id, const AuditEntry& entry) {
  return Bind(kInsert, id, entry.actor_kind, entry.actor, entry.signed_by, entry.session, entry.address,
              entry.operation, entry.object_kind, entry.object, entry.outcome, entry.reason, entry.policy,
              entry.request_id);
}

// Who works at the command line: a name of at most 80 printable characters, from outside.
std::string Operator() {
  constexpr std::size_t kMost = 80;
  const char* named = std::getenv("APLUS_OPERATOR");
  std::string name;
  for (const char* at = named; at != nullptr && *at != '\0' && name.size() < kMost; ++at) {
    if (*at >= ' ' && *at < '\x7f') name += *at;
  }
  return name.empty() ? "operator" : "operator " + name;
}

Task<Result<bool>> NoteIn(Transaction& tx, AuditTrail& trail, const AuditEntry& line) {
  trail.Record(tx, line);
  co_return true;
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
  using namespace audit_trail;
  return aplus::Statements(kInsert, kByTime, kByAllowed, kByRefusal, kByOperation, kByActor, kByObject);
}

AuditEntry OperatorLine(std::string operation) {
  AuditEntry line;
  line.actor_kind = AuditActor::kSystem;
  line.signed_by = audit_trail::Operator();
  line.operation = std::move(operation);
  return line;
}

Task<Result<void>> NoteAlone(Database& database, AuditTrail& trail, AuditEntry line, Deadline deadline) {
  auto note = [&](Transaction& tx) { return audit_trail::NoteIn(tx, trail, line); };
  CO_TRY_VOID(co_await database.Transact({.deadline = deadline, .principal = DbPrincipal::System()}, note));
  co_return Result<void>{};
}

Task<Result<std::vector<AuditRecord>>> SearchAudit(Database& database, ReadContext context,
                                                   AuditFilter filter) {
  using namespace audit_trail;
  const std::int64_t limit = std::clamp(filter.limit, 1, 1000);
  const Time before = filter.after ? filter.after->at : Time::max();
  const AuditId last = filter.after ? filter.after->id : AuditId{};
  Result<std::vector<audit::LineRow>> rows;
  if (filter.object) {
    rows = co_await database.Query(std::move(context), kByObject, filter.from, filter.until, before, last,
                                   limit, *filter.object, filter.actor, filter.operation, filter.outcome);
  } else if (filter.actor) {
    rows = co_await database.Query(std::move(context), kByActor, filter.from, filter.until, before, last,
                                   limit, *filter.actor, filter.operation, filter.outcome);
  } else if (!filter.operation.empty()) {
    rows = co_await database.Query(std::move(context), kByOperation, filter.from, filter.until, before, last,
                                   limit, filter.operation, filter.outcome);
  } else if (filter.outcome == AuditOutcome::kRefused) {
    rows = co_await database.Query(std::move(context), kByRefusal, filter.from, filter.until, before, last,
                                   limit);
  } else if (filter.outcome) {
    rows = co_await database.Query(std::move(context), kByAllowed, filter.from, filter.until, before, last,
                                   limit);
  } else {
    rows =
        co_await database.Query(std::move(context), kByTime, filter.from, filter.until, before, last, limit);
  }
  if (!rows) co_return Fail(std::move(rows).error());
  std::vector<AuditRecord> records;
  records.reserve(rows->size());
  for (audit::LineRow& row : *rows) records.push_back(audit::ToRecord(std::move(row)));
  co_return records;
}

}  // namespace aplus
