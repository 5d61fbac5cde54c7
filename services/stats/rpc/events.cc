#include "services/stats/rpc/events.h"

#include "aplus/events/v1/auth.pb.h"
#include "aplus/events/v1/requests.pb.h"
#include "libs/rpc/timestamp.h"

namespace aplus::stats {
namespace events_reader {

namespace v1 = aplus::events::v1;
namespace requests = aplus::requests::v1;

template <class SomeId>
Result<SomeId> Need(const std::string& text) {
  const auto id = SomeId::Parse(text);
  if (!id) return Fail(Reason::kInternal, "an id is missing in the event");
  return *id;
}

Result<Change> ChangeOf(const v1::RequestRef& ref, const EventRecord& record, Happening what) {
  Change change;
  TRY(change.request, Need<RequestId>(ref.request_id()));
  TRY(change.creator_group, Need<GroupId>(ref.creator_group_id()));
  if (ref.state() < requests::REQUEST_STATE_NEW || ref.state() > requests::REQUEST_STATE_CLOSED) {
    return Fail(Reason::kInternal, "an event with an unknown state");
  }
  change.created_at = TimeOf(ref.created_at());
  change.area = ref.area_id();
  change.state = static_cast<State>(ref.state());
  change.at = TimeOf(record.at());
  for (const std::string& text : ref.group_ids()) {
    if (const auto group = GroupId::Parse(text)) change.groups.push_back(*group);
  }
  // A private message must move nothing, not even who was active (P28).
  if (record.audience().lane() != v1::LANE_INSTRUCTORS) {
    change.actor = UserId::Parse(ref.actor_user_id()).value_or(UserId{});
    change.actor_group = GroupId::Parse(ref.actor_group_id()).value_or(GroupId{});
  }
  change.what = what;
  return change;
}

// The same, of an event that may be the first answer.
template <class Answer>
Result<Change> AnswerOf(const Answer& it, const EventRecord& record, Happening what) {
  TRY(Change change, ChangeOf(it.request(), record, std::move(what)));
  if (it.first_answer()) change.first_answer_working = it.working_delay();
  return change;
}

Result<News> Read(const v1::RequestCreated& it, const EventRecord& record) {
  return ChangeOf(it.request(), record, Opened{});
}
Result<News> Read(const v1::MessagePosted& it, const EventRecord& record) {
  const bool visible =
      it.visibility() == requests::VISIBILITY_ALL && record.audience().lane() != v1::LANE_INSTRUCTORS;
  return AnswerOf(it, record, Message{visible, it.back_in_progress(), it.standard_procedure()});
}
Result<News> Read(const v1::RequestTakenInCharge& it, const EventRecord& record) {
  return AnswerOf(it, record, Moved{});
}
Result<News> Read(const v1::RequestProcessed& it, const EventRecord& record) {
  return AnswerOf(it, record, Processed{it.working_delay()});
}
Result<News> Read(const v1::RequestClosed& it, const EventRecord& record) {
  const bool known =
      it.reason() > requests::CLOSE_REASON_UNSPECIFIED && it.reason() <= requests::CLOSE_REASON_NO_ANSWER;
  const bool rated =
      it.usefulness() > requests::USEFULNESS_UNSPECIFIED && it.usefulness() <= requests::USEFULNESS_BAD;
  return ChangeOf(it.request(), record,
                  Closed{known ? static_cast<CloseReason>(it.reason()) : CloseReason::kSolved,
                         rated ? static_cast<Usefulness>(it.usefulness()) : Usefulness::kNone});
}
Result<News> Read(const v1::RequestReopened& it, const EventRecord& record) {
  return ChangeOf(it.request(), record, Reopened{});
}
Result<News> Read(const v1::RequestLate& it, const EventRecord& record) {
  return ChangeOf(it.request(), record, Late{});
}
Result<News> Read(const v1::RequestDeclined& it, const EventRecord& record) {
  return ChangeOf(it.request(), record, Moved{});
}
Result<News> Read(const v1::HelpersInvited& it, const EventRecord& record) {
  return ChangeOf(it.request(), record, Moved{});
}
Result<News> Read(const v1::ExpertsInvited& it, const EventRecord& record) {
  return ChangeOf(it.request(), record, Moved{});
}
// Groups once addressed stay groups of the request in the figures, also when they decline: who declined
// before this event is not in its reference any more, so the newly invited are named here.
Result<News> Read(const v1::GroupsInvited& it, const EventRecord& record) {
  TRY(Change change, ChangeOf(it.request(), record, Moved{}));
  for (const std::string& text : it.group_ids()) {
    if (const auto group = GroupId::Parse(text)) change.groups.push_back(*group);
  }
  return change;
}

Result<News> Read(const v1::GroupChanged& it, const EventRecord&) {
  GroupFact group;
  TRY(group.group, Need<GroupId>(it.group_id()));
  group.organisation = it.organisation_id();
  group.helper_side = it.helper_side();
  group.areas.assign(it.area_ids().begin(), it.area_ids().end());
  return group;
}
Result<News> Read(const v1::MembershipChanged& it, const EventRecord&) {
  TRY(const auto user, Need<UserId>(it.user_id()));
  TRY(const auto group, Need<GroupId>(it.group_id()));
  return MembershipChange{user, group, !it.removed()};
}
Result<News> Read(const v1::LoggedIn& it, const EventRecord& record) {
  TRY(const auto user, Need<UserId>(it.user_id()));
  return Login{user, TimeOf(record.at())};
}

// The overloads above, as one thing to hand over.
constexpr auto kRead = [](const auto& message, const EventRecord& record) { return Read(message, record); };

}  // namespace events_reader

Result<News> NewsOf(const EventRecord& record) {
  namespace v1 = aplus::events::v1;
  return ReadAnyOf<v1::RequestCreated, v1::MessagePosted, v1::RequestTakenInCharge, v1::RequestProcessed,
                   v1::RequestClosed, v1::RequestReopened, v1::RequestLate, v1::RequestDeclined,
                   v1::GroupsInvited, v1::HelpersInvited, v1::ExpertsInvited, v1::GroupChanged,
                   v1::MembershipChanged, v1::LoggedIn>(record, News(Irrelevant{}), events_reader::kRead);
}

}  // namespace aplus::stats
