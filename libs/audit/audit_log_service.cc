#include "libs/audit/audit_log_service.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "libs/audit/sealer.h"
#include "libs/identity/rights.h"
#include "libs/rpc/timestamp.h"

namespace aplus {
namespace audit_log_service {

namespace v1 = ::aplus::audit::v1;

std::optional<UuidBytes> IdOf(const std::string& text) {
  const auto id = AuditId::Parse(text);
  return id ? std::optional(id->bytes) : std::nullopt;
}

AuditFilter FilterOf(const v1::SearchRequest& request) {
  AuditFilter filter;
  filter.actor = IdOf(request.actor_id());
  filter.object = IdOf(request.object_id());
  filter.operation = request.operation();
  if (request.outcome() == v1::OUTCOME_ALLOWED) filter.outcome = AuditOutcome::kAllowed;
  if (request.outcome() == v1::OUTCOME_REFUSED) filter.outcome = AuditOutcome::kRefused;
  if (request.has_from()) filter.from = TimeOf(request.from());
  if (request.has_until()) filter.until = TimeOf(request.until());
  if (request.has_before_at()) {
    filter.after.emplace();
    filter.after->at = TimeOf(request.before_at());
    filter.after->id = AuditId::Parse(request.before_id()).value_or(AuditId{});
  }
  filter.limit = request.limit();
  return filter;
}

void ToProto(const AuditRecord& record, std::string_view service, v1::Entry& out) {
  const AuditEntry& line = record.entry;
  out.set_id(record.id.ToString());
  out.set_service(std::string(service));
  SetTime(record.at, *out.mutable_at());
  out.set_actor_kind(static_cast<v1::ActorKind>(static_cast<int>(line.actor_kind) + 1));
  if (line.actor) out.set_actor_id(AuditId{*line.actor}.ToString());
  out.set_signed_by(line.signed_by);
  out.set_session_mark(line.session);
  out.set_address(line.address);
  out.set_operation(line.operation);
  out.set_object_kind(line.object_kind);
  if (line.object) out.set_object_id(AuditId{*line.object}.ToString());
  out.set_outcome(line.outcome == AuditOutcome::kAllowed ? v1::OUTCOME_ALLOWED : v1::OUTCOME_REFUSED);
  out.set_reason(line.reason);
  out.set_request_id(line.request_id);
}

}  // namespace audit_log_service

void AuditLogService::Register(Server& server) {
  server.Add(*this, "aplus.audit.v1.AuditLog.Search", &AuditLogService::Search);
  server.Add(*this, "aplus.audit.v1.AuditLog.GetHead", &AuditLogService::GetHead);
}

Task<Result<audit::v1::SearchResponse>> AuditLogService::Search(Call& call,
                                                                const audit::v1::SearchRequest& request) {
  const Caller caller = call.has_principal() ? CallerOf(call.principal(), clock_.Now()) : AnonymousCaller();
  if (const auto refused = ReasonOf(Decide(caller, Operation::kA14, {}))) co_return Fail(*refused);
  co_return co_await SearchAuditLog(database_, service_, request, call.deadline);
}

Task<Result<audit::v1::GetHeadResponse>> AuditLogService::GetHead(Call& call,
                                                                  const audit::v1::GetHeadRequest&) {
  audit::v1::GetHeadResponse response;
  CO_TRY(const auto head, co_await LastCheckpoint(database_, service_, call.deadline));
  if (head) response.set_head(CheckpointJson(*head));
  co_return response;
}

Task<Result<audit::v1::SearchResponse>> SearchAuditLog(Database& database, std::string service,
                                                       audit::v1::SearchRequest request, Deadline deadline) {
  CO_TRY(const std::vector<AuditRecord> records,
         co_await SearchAudit(database, {deadline, {}}, audit_log_service::FilterOf(request)));
  audit::v1::SearchResponse response;
  for (const AuditRecord& record : records) {
    audit_log_service::ToProto(record, service, *response.add_entries());
  }
  co_return response;
}

}  // namespace aplus
