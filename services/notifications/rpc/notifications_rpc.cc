#include "services/notifications/rpc/notifications_rpc.h"

#include <algorithm>
#include <optional>

#include "libs/identity/rights.h"
#include "services/notifications/rpc/convert.h"
#include "services/notifications/rpc/lines.h"

namespace aplus::notifications {
namespace notifications_rpc {

constexpr int kPage = 25;

}  // namespace notifications_rpc

void NotificationsRpc::Register(Server& server) {
  server.Add(*this, "aplus.notifications.v1.Notifications.ListNotifications",
             &NotificationsRpc::ListNotifications);
  server.Add(*this, "aplus.notifications.v1.Notifications.GetPreferences", &NotificationsRpc::GetPreferences);
  server.Add(*this, "aplus.notifications.v1.Notifications.SetPreferences", &NotificationsRpc::SetPreferences);
  server.Add(*this, "aplus.notifications.v1.Notifications.GetGroupDefault",
             &NotificationsRpc::GetGroupDefault);
  server.Add(*this, "aplus.notifications.v1.Notifications.SetGroupDefault",
             &NotificationsRpc::SetGroupDefault);
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
    if (!place) co_return Fail(NotACursor());
  }
  const int size = request.page_size() == 0 ? notifications_rpc::kPage : request.page_size();
  // One more than asked for says whether there is a next page.
  CO_TRY(auto rows, co_await notices_.List(reader, place, size + 1, call.deadline));
  const bool more = rows.size() > static_cast<std::size_t>(size);
  if (more) rows.pop_back();
  v1::ListNotificationsResponse response;
  for (const NoticeRow& row : rows) ToProto(row, *response.add_notifications());
  if (more) response.set_next_page_token(tokens_.Make({rows.back().at, rows.back().id}, reader));
  co_return response;
}

Task<Result<v1::GetPreferencesResponse>> NotificationsRpc::GetPreferences(Call& call,
                                                                          const v1::GetPreferencesRequest&) {
  CO_TRY_VOID(Authorise(call, Operation::kN2));
  CO_TRY(const Frequency frequency, co_await notices_.FrequencyOf(call.principal().user, call.deadline));
  v1::GetPreferencesResponse response;
  response.set_frequency(ToProto(frequency));
  co_return response;
}

Task<Result<v1::SetPreferencesResponse>> NotificationsRpc::SetPreferences(
    Call& call, const v1::SetPreferencesRequest& request) {
  CO_TRY_VOID(Authorise(call, Operation::kN2));
  const auto frequency = FromProto(request.frequency());
  if (!frequency) co_return Fail(Reason::kInvalidArgument);
  const UserId user = call.principal().user;
  const AuditEntry line = LineFor(call);
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

Task<Result<GroupId>> NotificationsRpc::MayDecideFor(const Call& call, std::string group) {
  const auto id = GroupId::Parse(group);
  const Relation relation{.in_scope = id && call.principal().Has(*id, kRoleManager)};
  const Verdict verdict = Decide(CallerOf(call.principal(), clock_.Now()), Operation::kN4, relation);
  if (const auto refused = ReasonOf(verdict)) {
    co_return Fail(co_await NoteRefusal(database_, trail_, call, *refused));
  }
  co_return id.value_or(GroupId{});
}

Task<Result<v1::GetGroupDefaultResponse>> NotificationsRpc::GetGroupDefault(
    Call& call, const v1::GetGroupDefaultRequest& request) {
  CO_TRY(const GroupId group, co_await MayDecideFor(call, request.group_id()));
  CO_TRY(const Frequency frequency, co_await notices_.DefaultOf(group, call.deadline));
  v1::GetGroupDefaultResponse response;
  response.set_frequency(ToProto(frequency));
  co_return response;
}

Task<Result<v1::SetGroupDefaultResponse>> NotificationsRpc::SetGroupDefault(
    Call& call, const v1::SetGroupDefaultRequest& request) {
  CO_TRY(const GroupId group, co_await MayDecideFor(call, request.group_id()));
  const auto frequency = FromProto(request.frequency());
  if (!frequency || *frequency > Frequency::kTwiceADay) {
    Error error;
    error.reason = Reason::kInvalidArgument;
    error.violations.push_back(
        {"frequency", "unknown", "Un groupe choisit chaque événement ou deux fois par jour."});
    co_return Fail(std::move(error));
  }
  AuditEntry line = LineFor(call);
  line.object_kind = "group";
  line.object = group.bytes;
  CO_TRY_VOID(
      co_await database_.Transact({.deadline = call.deadline, .repeatable = true},
                                  [&](Transaction& tx) { return ChooseFor(tx, group, *frequency, line); }));
  v1::SetGroupDefaultResponse response;
  response.set_frequency(request.frequency());
  co_return response;
}

Task<Result<void>> NotificationsRpc::ChooseFor(Transaction& tx, GroupId group, Frequency frequency,
                                               AuditEntry line) {
  NoticeStore::SetDefault(tx, group, frequency);
  trail_.Record(tx, line);
  co_return Result<void>();
}

}  // namespace aplus::notifications
