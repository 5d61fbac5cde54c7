#include "services/notifications/rpc/events.h"

#include "aplus/events/v1/auth.pb.h"
#include "aplus/events/v1/files.pb.h"
#include "aplus/events/v1/requests.pb.h"

namespace aplus::notifications {
namespace events_reader {

namespace v1 = aplus::events::v1;
namespace requests = aplus::requests::v1;

template <class SomeId>
Result<SomeId> Need(const std::string& text) {
  const auto id = SomeId::Parse(text);
  if (!id) return Fail(Reason::kInternal, "an id is missing in the event");
  return *id;
}

template <class SomeId, class Texts>
std::vector<SomeId> Ids(const Texts& texts) {
  std::vector<SomeId> ids;
  for (const std::string& text : texts) {
    if (const auto id = SomeId::Parse(text)) ids.push_back(*id);
  }
  return ids;
}

Result<RequestFacts> FactsOf(const v1::RequestRef& ref, const EventRecord& record) {
  RequestFacts facts;
  TRY(facts.id, Need<RequestId>(ref.request_id()));
  facts.number = ref.number();
  facts.creator = UserId::Parse(ref.creator_user_id()).value_or(UserId{});
  facts.creator_group = GroupId::Parse(ref.creator_group_id()).value_or(GroupId{});
  facts.helpers = Ids<UserId>(ref.helper_user_ids());
  facts.groups = Ids<GroupId>(ref.group_ids());
  facts.experts = Ids<UserId>(ref.expert_user_ids());
  facts.actor = UserId::Parse(ref.actor_user_id()).value_or(UserId{});
  facts.actor_group = GroupId::Parse(ref.actor_group_id()).value_or(GroupId{});
  facts.instructors_only = record.audience().lane() == v1::LANE_INSTRUCTORS;
  return facts;
}

ClosedBecause BecauseOf(requests::CloseReason reason) {
  switch (reason) {
    case requests::CLOSE_REASON_REVOKED:
      return ClosedBecause::kRevoked;
    case requests::CLOSE_REASON_WITHDRAWN:
      return ClosedBecause::kWithdrawn;
    case requests::CLOSE_REASON_INACTIVE:
      return ClosedBecause::kInactive;
    case requests::CLOSE_REASON_NO_ANSWER:
      return ClosedBecause::kUnanswered;
    default:
      return ClosedBecause::kSolved;
  }
}

// One overload per message that means something here.
Result<Occurrence> Read(const v1::LoginRequested& it, const EventRecord&) {
  TRY(const auto id, Need<LoginRequestId>(it.login_request_id()));
  return LoginAsked{id};
}
Result<Occurrence> Read(const v1::AccountActivated& it, const EventRecord&) {
  // Reactivation welcomes nobody a second time.
  if (!it.created()) return Irrelevant{};
  TRY(const auto id, Need<UserId>(it.user_id()));
  return AccountOpened{id};
}
Result<Occurrence> Read(const v1::AccountNotice& it, const EventRecord&) {
  TRY(const auto id, Need<UserId>(it.user_id()));
  switch (it.kind()) {
    case v1::ACCOUNT_NOTICE_KIND_LOGGED_IN:
      return AccountTouched{id, AccountNews::kEntered};
    case v1::ACCOUNT_NOTICE_KIND_SECOND_FACTOR_SET:
      return AccountTouched{id, AccountNews::kSecondFactorSet};
    case v1::ACCOUNT_NOTICE_KIND_SECOND_FACTOR_DROPPED:
      return AccountTouched{id, AccountNews::kSecondFactorDropped};
    case v1::ACCOUNT_NOTICE_KIND_RECOVERY_CODE_USED:
      return AccountTouched{id, AccountNews::kRecoveryCodeUsed};
    case v1::ACCOUNT_NOTICE_KIND_CODES_GUESSED:
      return AccountTouched{id, AccountNews::kCodesGuessed};
    case v1::ACCOUNT_NOTICE_KIND_PROCONNECT_LINKED:
      return AccountTouched{id, AccountNews::kProConnectLinked};
    default:
      return Irrelevant{};
  }
}
Result<Occurrence> Read(const v1::AccountDeactivated& it, const EventRecord&) {
  TRY(const auto id, Need<UserId>(it.user_id()));
  return AccountClosed{id, it.cause() != v1::DEACTIVATION_CAUSE_IMPORT_UNDONE,
                       it.cause() == v1::DEACTIVATION_CAUSE_INACTIVITY};
}
Result<Occurrence> Read(const v1::TermsPublished&, const EventRecord&) { return TermsNew{}; }
Result<Occurrence> Read(const v1::MemberTakenOut& it, const EventRecord&) {
  TRY(const auto user, Need<UserId>(it.user_id()));
  TRY(const auto group, Need<GroupId>(it.group_id()));
  return MemberTaken{user, group, UserId::Parse(it.actor_user_id()).value_or(UserId{})};
}
Result<Occurrence> Read(const v1::InactivityWarned& it, const EventRecord&) {
  TRY(const auto id, Need<UserId>(it.user_id()));
  return Idle{id};
}
Result<Occurrence> Read(const v1::EmailChanged& it, const EventRecord&) {
  TRY(const auto id, Need<UserId>(it.user_id()));
  return EmailGiven{id};
}
ExcludedBecause BecauseOf(auth::v1::ExclusionReason reason) {
  switch (reason) {
    case auth::v1::EXCLUSION_REASON_SHARED_ACCESS:
      return ExcludedBecause::kSharing;
    case auth::v1::EXCLUSION_REASON_OUTSIDE_MISSION:
      return ExcludedBecause::kMission;
    case auth::v1::EXCLUSION_REASON_CONFIDENTIALITY:
      return ExcludedBecause::kSecrecy;
    case auth::v1::EXCLUSION_REASON_CONDUCT:
      return ExcludedBecause::kConduct;
    default:
      return ExcludedBecause::kTerms;
  }
}
Result<Occurrence> Read(const v1::AccountExcluded& it, const EventRecord&) {
  TRY(const auto id, Need<UserId>(it.user_id()));
  return Excluded{id, BecauseOf(it.reason())};
}
Result<Occurrence> Read(const v1::OwnerLeft& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return OwnerGone{std::move(facts)};
}
Result<Occurrence> Read(const v1::MisuseReported& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return MisuseSaid{std::move(facts)};
}
Result<Occurrence> Read(const v1::MembershipChanged& it, const EventRecord&) {
  // As an instructor one is told through the group; whoever no longer is one, is not.
  if (!it.removed() && it.instructor()) return Irrelevant{};
  TRY(const auto user, Need<UserId>(it.user_id()));
  TRY(const auto group, Need<GroupId>(it.group_id()));
  return MemberLeft{user, group};
}
Result<Occurrence> Read(const v1::RequestCreated& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return RequestOpened{std::move(facts)};
}
Result<Occurrence> Read(const v1::MessagePosted& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  // Either says so: a private message must not leak because one of the two was forgotten (P28).
  const bool instructors_only =
      it.visibility() != requests::VISIBILITY_ALL || record.audience().lane() == v1::LANE_INSTRUCTORS;
  return MessageWritten{std::move(facts), instructors_only};
}
Result<Occurrence> Read(const v1::RequestTakenInCharge& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return ChargeTaken{std::move(facts)};
}
Result<Occurrence> Read(const v1::RequestDeclined& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return GroupDeclined{std::move(facts), it.nobody_left()};
}
Result<Occurrence> Read(const v1::RequestProcessed& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return Processed{std::move(facts)};
}
Result<Occurrence> Read(const v1::RequestClosed& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return Closed{std::move(facts), BecauseOf(it.reason())};
}
Result<Occurrence> Read(const v1::RequestReopened& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return Reopened{std::move(facts)};
}
Result<Occurrence> Read(const v1::GroupsInvited& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return GroupsInvited{std::move(facts), Ids<GroupId>(it.group_ids())};
}
Result<Occurrence> Read(const v1::HelpersInvited& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return HelpersInvited{std::move(facts), Ids<UserId>(it.user_ids())};
}
Result<Occurrence> Read(const v1::ExpertsInvited& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return ExpertsInvited{std::move(facts), Ids<UserId>(it.user_ids())};
}
Result<Occurrence> Read(const v1::RequestLateSoon& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return LateSoon{std::move(facts), Ids<GroupId>(it.waiting_group_ids())};
}
Result<Occurrence> Read(const v1::RequestLate& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return Late{std::move(facts), Ids<GroupId>(it.waiting_group_ids())};
}
Result<Occurrence> Read(const v1::RequestEndAnnounced& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return EndAnnounced{std::move(facts), it.processed()};
}
Result<Occurrence> Read(const v1::RequestRaised& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return Raised{std::move(facts), Ids<GroupId>(it.waiting_group_ids())};
}
Result<Occurrence> Read(const v1::HelperReminded& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  TRY(const auto user, Need<UserId>(it.user_id()));
  return Reminded{std::move(facts), user, it.what() == v1::HelperReminded::WHAT_UNREAD};
}
Result<Occurrence> Read(const v1::FileExpiring& it, const EventRecord& record) {
  TRY(auto facts, FactsOf(it.request(), record));
  return FileExpiring{std::move(facts), Ids<GroupId>(it.group_ids()), Ids<UserId>(it.user_ids())};
}
Result<Occurrence> Read(const v1::FileStateChanged& it, const EventRecord& record) {
  if (it.state() != requests::FILE_STATE_REJECTED) return Irrelevant{};
  // The uploader is whom the event is addressed to.
  return FileRejected{RequestId::Parse(it.request_id()).value_or(RequestId{}),
                      Ids<UserId>(record.audience().user_ids())};
}
Result<Occurrence> Read(const v1::RequestErased& it, const EventRecord&) {
  TRY(const auto id, Need<RequestId>(it.request_id()));
  return Erased{id};
}

// The overloads above, as one thing to hand over.
constexpr auto kRead = [](const auto& message, const EventRecord& record) { return Read(message, record); };

}  // namespace events_reader

Result<Occurrence> OccurrenceOf(const EventRecord& record) {
  using namespace aplus::events::v1;
  return ReadAnyOf<
      LoginRequested, AccountActivated, AccountNotice, AccountDeactivated, TermsPublished, MembershipChanged,
      MemberTakenOut, InactivityWarned, EmailChanged, AccountExcluded, OwnerLeft, MisuseReported,
      RequestCreated, MessagePosted, RequestTakenInCharge, RequestDeclined, RequestProcessed, RequestClosed,
      RequestReopened, ::aplus::events::v1::GroupsInvited, ::aplus::events::v1::HelpersInvited,
      ::aplus::events::v1::ExpertsInvited, RequestLateSoon, RequestLate, RequestEndAnnounced, RequestRaised,
      HelperReminded, ::aplus::events::v1::FileExpiring, FileStateChanged, RequestErased>(
      record, Occurrence(Irrelevant{}), events_reader::kRead);
}

}  // namespace aplus::notifications
