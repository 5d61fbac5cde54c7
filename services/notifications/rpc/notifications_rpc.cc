#include "services/notifications/rpc/notifications_rpc.h"

#include <algorithm>
#include <optional>

#include "libs/base/bytes.h"
#include "libs/crypto/digest.h"
#include "libs/identity/rights.h"
#include "services/notifications/rpc/proto_time.h"

namespace aplus::notifications {
namespace notifications_rpc {

constexpr int kPage = 25;

// The enums count alike but for UNSPECIFIED, which field rules refuse.
v1::Frequency ToProto(Frequency frequency) {
  switch (frequency) {
    case Frequency::kEach:
      return v1::FREQUENCY_EACH;
    case Frequency::kTwiceADay:
      return v1::FREQUENCY_TWICE_A_DAY;
    case Frequency::kDaily:
      return v1::FREQUENCY_DAILY;
    case Frequency::kNone:
      return v1::FREQUENCY_NONE;
  }
  return v1::FREQUENCY_UNSPECIFIED;
}

std::optional<Frequency> FromProto(v1::Frequency frequency) {
  switch (frequency) {
    case v1::FREQUENCY_EACH:
      return Frequency::kEach;
    case v1::FREQUENCY_TWICE_A_DAY:
      return Frequency::kTwiceADay;
    case v1::FREQUENCY_DAILY:
      return Frequency::kDaily;
    case v1::FREQUENCY_NONE:
      return Frequency::kNone;
    default:
      return std::nullopt;
  }
}

AuditEntry LineFor(const Call& call) {
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

Error NotACursor() {
  Error error;
  error.reason = Reason::kInvalidArgument;
  error.violations.push_back({"pageToken", "format", "Cette page n’existe pas ou plus."});
  return error;
}

}  // namespace notifications_rpc

void NotificationsRpc::Register(Server& server) {
  server.Add(*this, "aplus.notifications.v1.Notifications.ListNotifications",
             &NotificationsRpc::ListNotifications);
  server.Add(*this, "aplus.notifications.v1.Notifications.GetPreferences", &NotificationsRpc::GetPreferences);
  server.Add(*this, "aplus.notifications.v1.Notifications.SetPreferences", &NotificationsRpc::SetPreferences);
}

Result<void> NotificationsRpc::Authorise(const Call& call, Operation operation) const {
  const Verdict verdict = Decide(CallerOf(call.principal(), clock_.Now()), operation, {.own = true});
  if (const auto reason = ReasonOf(verdict)) return Fail(*reason);
  return {};
}

Task<Result<v1::ListNotificationsResponse>> NotificationsRpc::ListNotifications(
    Call& call, const v1::ListNotificationsRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kN1));
  const UserId reader = call.principal().user;
  std::optional<NoticePlace> place;
  if (!request.page_token().empty()) {
    place = tokens_.Read(request.page_token(), reader);
    if (!place) co_return Fail(notifications_rpc::NotACursor());
  }
  const int size = request.page_size() == 0 ? notifications_rpc::kPage : request.page_size();
  // One more than asked for says whether there is a next page.
  CO_TRY(auto rows, co_await notices_.List(reader, place, size + 1, call.deadline));
  const bool more = rows.size() > static_cast<std::size_t>(size);
  if (more) rows.pop_back();
  v1::ListNotificationsResponse response;
  for (const NoticeRow& row : rows) {
    auto& out = *response.add_notifications();
    out.set_id(row.id.ToString());
    ToProto(row.at, *out.mutable_at());
    out.set_kind(std::string(Describe(row.kind).code));
    if (row.request) out.set_request_id(row.request->ToString());
    out.set_request_number(row.number);
  }
  if (more) response.set_next_page_token(tokens_.Make({rows.back().at, rows.back().id}, reader));
  co_return response;
}

Task<Result<v1::GetPreferencesResponse>> NotificationsRpc::GetPreferences(Call& call,
                                                                          const v1::GetPreferencesRequest&) {
  CO_TRY_VOID(Authorise(call, Operation::kN2));
  CO_TRY(const Frequency frequency, co_await notices_.FrequencyOf(call.principal().user, call.deadline));
  v1::GetPreferencesResponse response;
  response.set_frequency(notifications_rpc::ToProto(frequency));
  co_return response;
}

Task<Result<v1::SetPreferencesResponse>> NotificationsRpc::SetPreferences(
    Call& call, const v1::SetPreferencesRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kN2));
  const auto frequency = notifications_rpc::FromProto(request.frequency());
  if (!frequency) co_return Fail(Reason::kInvalidArgument);
  const UserId user = call.principal().user;
  const AuditEntry line = notifications_rpc::LineFor(call);
  CO_TRY_VOID(
      co_await database_.Transact({.deadline = call.deadline, .repeatable = true},
                                  [&](Transaction& tx) { return Choose(tx, user, *frequency, line); }));
  v1::SetPreferencesResponse response;
  response.set_frequency(request.frequency());
  co_return response;
}

Task<Result<void>> NotificationsRpc::Choose(Transaction& tx, UserId user, Frequency frequency,
                                            AuditEntry line) {
  NoticeStore::SetFrequency(tx, user, frequency);
  trail_.Record(tx, line);
  co_return Result<void>();
}

}  // namespace aplus::notifications
