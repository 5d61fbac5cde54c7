#include "services/stats/rpc/events.h"

#include <gtest/gtest.h>

#include "aplus/events/v1/auth.pb.h"
#include "aplus/events/v1/requests.pb.h"

namespace aplus::stats {
namespace {

namespace wire = aplus::events::v1;

constexpr const char* kRequest = "0190d000-0000-7000-8000-000000000001";
constexpr const char* kUser = "0190d000-0000-7000-8000-000000000002";
constexpr const char* kGroup = "0190d000-0000-7000-8000-000000000003";
constexpr const char* kInvited = "0190d000-0000-7000-8000-000000000004";

template <class Payload>
Payload About(aplus::requests::v1::RequestState state = aplus::requests::v1::REQUEST_STATE_IN_PROGRESS) {
  Payload payload;
  wire::RequestRef& ref = *payload.mutable_request();
  ref.set_request_id(kRequest);
  ref.set_area_id("62");
  ref.set_creator_group_id(kGroup);
  ref.set_actor_user_id(kUser);
  ref.set_actor_group_id(kGroup);
  ref.set_state(state);
  ref.mutable_created_at()->set_seconds(1'778'598'000);
  return payload;
}

template <class Payload>
EventRecord Record(const Payload& payload, wire::Lane lane = wire::LANE_ALL) {
  EventRecord record;
  record.set_kind(payload.GetTypeName());
  record.set_payload(payload.SerializeAsString());
  record.mutable_at()->set_seconds(1'778'601'600);
  record.mutable_audience()->set_lane(lane);
  return record;
}

template <class Payload>
Change Read(const Payload& payload, wire::Lane lane = wire::LANE_ALL) {
  const auto news = NewsOf(Record(payload, lane));
  EXPECT_TRUE(news) << news.error().diagnostic;
  return std::get<Change>(*news);
}

TEST(StatsEvents, P40_TheFirstAnswerComesWithItsWorkingTime) {
  auto posted = About<wire::MessagePosted>();
  posted.set_visibility(aplus::requests::v1::VISIBILITY_ALL);
  EXPECT_EQ(Read(posted).first_answer_working, std::nullopt);
  posted.set_first_answer(true);
  posted.set_working_delay(42);
  EXPECT_EQ(Read(posted).first_answer_working, 42);
  auto taken = About<wire::RequestTakenInCharge>();
  taken.set_first_answer(true);
  taken.set_working_delay(7);
  EXPECT_EQ(Read(taken).first_answer_working, 7);
}

TEST(StatsEvents, P28_OfAPrivateMessageNothingRemains) {
  auto posted = About<wire::MessagePosted>();
  posted.set_visibility(aplus::requests::v1::VISIBILITY_INSTRUCTORS);
  const Change change = Read(posted, wire::LANE_INSTRUCTORS);
  EXPECT_FALSE(std::get<Message>(change.what).visible_to_all);
  EXPECT_TRUE(change.actor.IsNil());
  EXPECT_TRUE(change.actor_group.IsNil());
}

TEST(StatsEvents, InvitedGroupsAreGroupsOfTheRequest) {
  auto invited = About<wire::GroupsInvited>();
  invited.add_group_ids(kInvited);
  EXPECT_EQ(Read(invited).groups, (std::vector<GroupId>{*GroupId::Parse(kInvited)}));
}

TEST(StatsEvents, ClosingBringsReasonAndUsefulness) {
  auto closed = About<wire::RequestClosed>(aplus::requests::v1::REQUEST_STATE_CLOSED);
  closed.set_reason(aplus::requests::v1::CLOSE_REASON_REVOKED);
  const auto revoked = std::get<Closed>(Read(closed).what);
  EXPECT_EQ(revoked.reason, CloseReason::kRevoked);
  EXPECT_EQ(revoked.usefulness, Usefulness::kNone);
  closed.set_reason(aplus::requests::v1::CLOSE_REASON_SOLVED);
  closed.set_usefulness(aplus::requests::v1::USEFULNESS_BAD);
  EXPECT_EQ(std::get<Closed>(Read(closed).what).usefulness, Usefulness::kBad);
}

TEST(StatsEvents, GroupsMembershipsAndLogins) {
  wire::GroupChanged group;
  group.set_group_id(kGroup);
  group.set_organisation_id("caf");
  group.add_area_ids("62");
  EXPECT_EQ(std::get<GroupFact>(*NewsOf(Record(group))).organisation, "caf");
  wire::MembershipChanged membership;
  membership.set_user_id(kUser);
  membership.set_group_id(kGroup);
  EXPECT_TRUE(std::get<MembershipChange>(*NewsOf(Record(membership))).member);
  membership.set_removed(true);
  EXPECT_FALSE(std::get<MembershipChange>(*NewsOf(Record(membership))).member);
  wire::LoggedIn login;
  login.set_user_id(kUser);
  EXPECT_TRUE(std::holds_alternative<Login>(*NewsOf(Record(login))));
}

TEST(StatsEvents, PoisonIsAnErrorAndStrangersAreNot) {
  EventRecord record = Record(About<wire::RequestCreated>());
  record.set_payload("\xff\xff\xff");
  EXPECT_FALSE(NewsOf(record));
  EXPECT_FALSE(NewsOf(Record(About<wire::RequestCreated>(aplus::requests::v1::REQUEST_STATE_UNSPECIFIED))));
  record.set_kind("aplus.events.v1.InventedLater");
  EXPECT_TRUE(std::holds_alternative<Irrelevant>(*NewsOf(record)));
}

}  // namespace
}  // namespace aplus::stats
