#include "services/notifications/rpc/delivery_rpc.h"

#include <algorithm>
#include <map>

#include "aplus/auth/v1/internal.pb.h"
#include "libs/identity/rights.h"
#include "libs/rpc/timestamp.h"
#include "services/notifications/rpc/lines.h"

namespace aplus::notifications {
namespace delivery_rpc {

constexpr int kPage = 25;
// Read at a time, of which a manager may see few.
constexpr int kChunk = 200;

v1::DeliveryState StateOf(Delivered state) { return static_cast<v1::DeliveryState>(state); }

bool Contains(const google::protobuf::RepeatedPtrField<std::string>& ids, const std::string& id) {
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

void AddGroup(const std::string& group, bool mine, const std::vector<DeliveryRow>& rows,
              v1::GetDeliveryResponse& response) {
  v1::GetDeliveryResponse::Group& out = *response.add_groups();
  out.set_group_id(group);
  for (const DeliveryRow& row : rows) {
    if (!row.group || row.group->ToString() != group) continue;
    switch (row.state) {
      case Delivered::kReached:
        out.set_reached(out.reached() + 1);
        break;
      case Delivered::kWaiting:
        out.set_waiting(out.waiting() + 1);
        break;
      case Delivered::kFailed:
        out.set_failed(out.failed() + 1);
        if (!mine) break;
        if (row.recipient_kind == RecipientKind::kMailbox) {
          out.set_mailbox_failed(true);
        } else {
          out.add_failed_user_ids(row.recipient.ToString());
        }
        break;
      case Delivered::kNone:
      case Delivered::kUnknown:
        break;
    }
  }
  out.set_state(out.reached() > 0   ? v1::DELIVERY_STATE_REACHED
                : out.waiting() > 0 ? v1::DELIVERY_STATE_WAITING
                : out.failed() > 0  ? v1::DELIVERY_STATE_FAILED
                                    : v1::DELIVERY_STATE_NONE);
}

void AddPerson(const std::string& user, const std::vector<DeliveryRow>& rows,
               v1::GetDeliveryResponse& response) {
  v1::GetDeliveryResponse::Person& out = *response.add_people();
  out.set_user_id(user);
  out.set_state(v1::DELIVERY_STATE_NONE);
  for (const DeliveryRow& row : rows) {
    const bool his =
        !row.group && row.recipient_kind == RecipientKind::kPerson && row.recipient.ToString() == user;
    if (his) out.set_state(StateOf(row.state));
  }
}

// What the page of failing addresses needs of auth.
struct Names {
  std::map<std::string, auth::v1::LookUpResponse::Person> people;
};

Task<Result<Names>> LookUp(Channel& directory, const std::vector<FailingRow>& rows, Deadline deadline) {
  auth::v1::LookUpRequest request;
  for (const FailingRow& row : rows) {
    if (row.recipient_kind == RecipientKind::kPerson) request.add_user_ids(row.recipient.ToString());
  }
  Names names;
  if (request.user_ids().empty()) co_return names;
  CallOptions options;
  options.deadline = deadline;
  CO_TRY(auto response, co_await directory.Call<auth::v1::LookUpResponse>("aplus.auth.v1.People.LookUp",
                                                                          request, std::move(options)));
  for (auto& person : *response.mutable_people()) {
    const std::string id = person.user_id();
    names.people[id] = std::move(person);
  }
  co_return names;
}

// The groups through which the reader looks after the recipient; all where he looks after everybody.
std::vector<std::string> GroupsSeen(const FailingRow& row, const Names& names, const Principal& reader) {
  std::vector<std::string> groups;
  if (row.recipient_kind == RecipientKind::kMailbox) {
    groups.push_back(row.recipient.ToString());
  } else if (const auto person = names.people.find(row.recipient.ToString()); person != names.people.end()) {
    groups.assign(person->second.group_ids().begin(), person->second.group_ids().end());
  }
  if (reader.Is(kRoleAdministrator)) return groups;
  std::erase_if(groups, [&](const std::string& id) {
    const auto group = GroupId::Parse(id);
    return !group || !reader.Has(*group, kRoleManager);
  });
  return groups;
}

void Show(const FailingRow& row, const Names& names, const std::vector<std::string>& groups,
          v1::ListUndeliveredResponse::Recipient& out) {
  if (row.recipient_kind == RecipientKind::kPerson) {
    out.set_user_id(row.recipient.ToString());
    if (const auto person = names.people.find(out.user_id()); person != names.people.end()) {
      out.set_first_name(person->second.first_name());
      out.set_last_name(person->second.last_name());
    }
  }
  for (const std::string& group : groups) out.add_group_ids(group);
  out.set_code(row.code);
  out.set_failures(row.failures);
  SetTime(row.since, *out.mutable_since());
  SetTime(row.last_at, *out.mutable_last_at());
}

}  // namespace delivery_rpc

void DeliveryRpc::Register(Server& server) {
  server.Add(*this, "aplus.notifications.v1.Delivery.GetDelivery", &DeliveryRpc::GetDelivery);
  server.Add(*this, "aplus.notifications.v1.Delivery.ListUndelivered", &DeliveryRpc::ListUndelivered);
}

Task<Result<v1::GetDeliveryResponse>> DeliveryRpc::GetDelivery(Call& call,
                                                               const v1::GetDeliveryRequest& request) {
  ::aplus::requests::v1::GetStandingRequest ask;
  ask.set_request_id(request.request_id());
  CO_TRY(const auto standing, co_await requests_.Call<::aplus::requests::v1::GetStandingResponse>(
                                  "aplus.requests.v1.Standing.GetStanding", ask, CallOptions::For(call)));
  const auto id = RequestId::Parse(request.request_id());
  if (!id) co_return Fail(Reason::kNotFound);
  CO_TRY(const std::vector<DeliveryRow> rows,
         co_await deliveries_.OfRequest(*id, standing.instructor_side(), call.deadline));
  v1::GetDeliveryResponse response;
  for (const std::string& group : standing.group_ids()) {
    delivery_rpc::AddGroup(group, delivery_rpc::Contains(standing.my_group_ids(), group), rows, response);
  }
  for (const std::string& user : standing.helper_user_ids()) delivery_rpc::AddPerson(user, rows, response);
  for (const std::string& user : standing.expert_user_ids()) delivery_rpc::AddPerson(user, rows, response);
  co_return response;
}

Task<Result<v1::ListUndeliveredResponse>> DeliveryRpc::ListUndelivered(
    Call& call, const v1::ListUndeliveredRequest& request) {
  const Principal& reader = call.principal();
  const Relation relation{.in_scope = reader.HasAnywhere(kRoleManager)};
  if (const auto refused = ReasonOf(Decide(CallerOf(reader, clock_.Now()), Operation::kN3, relation))) {
    co_return Fail(co_await NoteRefusal(database_, trail_, call, *refused));
  }
  std::optional<FailingPlace> place;
  if (!request.page_token().empty()) {
    const auto read = tokens_.Read(request.page_token(), reader.user);
    if (!read) co_return Fail(NotACursor());
    place = FailingPlace{read->at, As<RecipientId>(read->id)};
  }
  const int size = request.page_size() == 0 ? delivery_rpc::kPage : request.page_size();
  v1::ListUndeliveredResponse response;
  for (;;) {
    CO_TRY(const std::vector<FailingRow> rows,
           co_await deliveries_.Failing(place, delivery_rpc::kChunk, call.deadline));
    CO_TRY(const delivery_rpc::Names names, co_await delivery_rpc::LookUp(auth_, rows, call.deadline));
    for (const FailingRow& row : rows) {
      const auto groups = delivery_rpc::GroupsSeen(row, names, reader);
      if (groups.empty() && !reader.Is(kRoleAdministrator)) continue;
      if (response.recipients_size() == size) {
        response.set_next_page_token(
            tokens_.Make({place->last_at, As<NoticeId>(place->recipient)}, reader.user));
        CO_TRY_VOID(co_await WriteLine(database_, trail_, LineFor(call), call.deadline));
        co_return response;
      }
      delivery_rpc::Show(row, names, groups, *response.add_recipients());
      place = FailingPlace{row.last_at, row.recipient};
    }
    if (rows.size() < static_cast<std::size_t>(delivery_rpc::kChunk)) break;
    place = FailingPlace{rows.back().last_at, rows.back().recipient};
  }
  CO_TRY_VOID(co_await WriteLine(database_, trail_, LineFor(call), call.deadline));
  co_return response;
}

}  // namespace aplus::notifications
