#include "services/notifications/rpc/events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "aplus/events/v1/auth.pb.h"
#include "aplus/events/v1/files.pb.h"
#include "aplus/events/v1/requests.pb.h"
#include "libs/crypto/key.h"
#include "services/notifications/rpc/place_token.h"

namespace aplus::notifications {
namespace {

namespace wire = aplus::events::v1;

constexpr const char* kRequest = "0190d000-0000-7000-8000-000000000001";
constexpr const char* kUser = "0190d000-0000-7000-8000-000000000002";
constexpr const char* kGroup = "0190d000-0000-7000-8000-000000000003";

wire::RequestRef Ref() {
  wire::RequestRef ref;
  ref.set_request_id(kRequest);
  ref.set_number("4711");
  ref.set_creator_user_id(kUser);
  ref.set_creator_group_id(kGroup);
  ref.add_helper_user_ids(kUser);
  ref.add_group_ids(kGroup);
  ref.set_state(aplus::requests::v1::REQUEST_STATE_NEW);
  return ref;
}

template <class Payload>
EventRecord Record(const Payload& payload, wire::Lane lane = wire::LANE_ALL) {
  EventRecord record;
  record.set_id("0190d000-0000-7000-8000-0000000000ff");
  record.set_kind(payload.GetTypeName());
  record.set_payload(payload.SerializeAsString());
  record.mutable_audience()->set_lane(lane);
  return record;
}

template <class Wanted, class Payload>
testing::AssertionResult Becomes(const Payload& payload) {
  const auto occurrence = OccurrenceOf(Record(payload));
  if (!occurrence) return testing::AssertionFailure() << occurrence.error().diagnostic;
  if (!std::holds_alternative<Wanted>(*occurrence)) return testing::AssertionFailure() << occurrence->index();
  return testing::AssertionSuccess();
}

template <class Payload>
Payload About() {
  Payload payload;
  *payload.mutable_request() = Ref();
  return payload;
}

TEST(Events, EachKindIsRead) {
  EXPECT_TRUE(Becomes<RequestOpened>(About<wire::RequestCreated>()));
  EXPECT_TRUE(Becomes<ChargeTaken>(About<wire::RequestTakenInCharge>()));
  EXPECT_TRUE(Becomes<GroupDeclined>(About<wire::RequestDeclined>()));
  EXPECT_TRUE(Becomes<Processed>(About<wire::RequestProcessed>()));
  EXPECT_TRUE(Becomes<Closed>(About<wire::RequestClosed>()));
  EXPECT_TRUE(Becomes<Reopened>(About<wire::RequestReopened>()));
  EXPECT_TRUE(Becomes<GroupsInvited>(About<wire::GroupsInvited>()));
  EXPECT_TRUE(Becomes<HelpersInvited>(About<wire::HelpersInvited>()));
  EXPECT_TRUE(Becomes<ExpertsInvited>(About<wire::ExpertsInvited>()));
  EXPECT_TRUE(Becomes<LateSoon>(About<wire::RequestLateSoon>()));
  EXPECT_TRUE(Becomes<Late>(About<wire::RequestLate>()));
  EXPECT_TRUE(Becomes<Irrelevant>(About<wire::RequestTouched>()));
  wire::RequestErased erased;
  erased.set_request_id(kRequest);
  EXPECT_TRUE(Becomes<Erased>(erased));
  wire::LoginRequested login;
  login.set_login_request_id(kRequest);
  EXPECT_TRUE(Becomes<LoginAsked>(login));
}

TEST(Events, P4_OnlyANewAccountIsWelcomed) {
  wire::AccountActivated activated;
  activated.set_user_id(kUser);
  EXPECT_TRUE(Becomes<Irrelevant>(activated));
  activated.set_created(true);
  EXPECT_TRUE(Becomes<AccountOpened>(activated));
}

TEST(Events, P13_TheOwnerHearsOfEveryChangeToTheSecurityOfAnAccount) {
  wire::AccountNotice notice;
  notice.set_user_id(kUser);
  EXPECT_TRUE(Becomes<Irrelevant>(notice));
  for (int kind = wire::ACCOUNT_NOTICE_KIND_LOGGED_IN; kind <= wire::AccountNoticeKind_MAX; ++kind) {
    notice.set_kind(static_cast<wire::AccountNoticeKind>(kind));
    EXPECT_TRUE(Becomes<AccountTouched>(notice)) << kind;
  }
}

TEST(Events, P26_WhoIsNoInstructorAnyMoreLeavesTheGroupAsFarAsMailsGo) {
  wire::MembershipChanged changed;
  changed.set_user_id(kUser);
  changed.set_group_id(kGroup);
  changed.set_instructor(true);
  EXPECT_TRUE(Becomes<Irrelevant>(changed));
  changed.set_removed(true);
  EXPECT_TRUE(Becomes<MemberLeft>(changed));
  changed.set_removed(false);
  changed.set_instructor(false);
  EXPECT_TRUE(Becomes<MemberLeft>(changed));
}

TEST(Events, P4_P7_WhatHappensToAccountsIsRead) {
  wire::MemberTakenOut taken;
  taken.set_user_id(kUser);
  taken.set_group_id(kGroup);
  EXPECT_TRUE(Becomes<MemberTaken>(taken));
  wire::InactivityWarned warned;
  warned.set_user_id(kUser);
  EXPECT_TRUE(Becomes<Idle>(warned));
  wire::EmailChanged changed;
  changed.set_user_id(kUser);
  EXPECT_TRUE(Becomes<EmailGiven>(changed));
  wire::AccountExcluded excluded;
  excluded.set_user_id(kUser);
  excluded.set_reason(aplus::auth::v1::EXCLUSION_REASON_CONFIDENTIALITY);
  EXPECT_TRUE(Becomes<Excluded>(excluded));
  EXPECT_EQ(std::get<Excluded>(*OccurrenceOf(Record(excluded))).because, ExcludedBecause::kSecrecy);
  EXPECT_TRUE(Becomes<OwnerGone>(About<wire::OwnerLeft>()));
  EXPECT_TRUE(Becomes<MisuseSaid>(About<wire::MisuseReported>()));
}

TEST(Events, P5_AnImportThatIsUndoneMakesNoLeavers) {
  wire::AccountDeactivated closed;
  closed.set_user_id(kUser);
  EXPECT_TRUE(std::get<AccountClosed>(*OccurrenceOf(Record(closed))).left);
  closed.set_cause(wire::DEACTIVATION_CAUSE_IMPORT_UNDONE);
  EXPECT_FALSE(std::get<AccountClosed>(*OccurrenceOf(Record(closed))).left);
}

// P28: a message is private when either of the two says so, and when nothing says that it is not.
TEST(Events, P28_InDoubtAMessageIsBetweenInstructors) {
  auto posted = About<wire::MessagePosted>();
  const auto is_private = [&](wire::Lane lane) {
    return std::get<MessageWritten>(*OccurrenceOf(Record(posted, lane))).instructors_only;
  };
  EXPECT_TRUE(is_private(wire::LANE_ALL));
  posted.set_visibility(aplus::requests::v1::VISIBILITY_ALL);
  EXPECT_FALSE(is_private(wire::LANE_ALL));
  EXPECT_TRUE(is_private(wire::LANE_INSTRUCTORS));
  posted.set_visibility(aplus::requests::v1::VISIBILITY_INSTRUCTORS);
  EXPECT_TRUE(is_private(wire::LANE_ALL));
}

TEST(Events, P6_P7_NewTermsAndTheEndOfAnIdleAccountAreRead) {
  wire::TermsPublished terms;
  terms.set_version(2);
  EXPECT_TRUE(Becomes<TermsNew>(terms));
  wire::AccountDeactivated closed;
  closed.set_user_id(kUser);
  for (const bool idle : {false, true}) {
    closed.set_cause(idle ? wire::DEACTIVATION_CAUSE_INACTIVITY : wire::DEACTIVATION_CAUSE_PERSON);
    const auto read = OccurrenceOf(Record(closed));
    ASSERT_TRUE(read);
    EXPECT_EQ(std::get<AccountClosed>(*read).idle, idle);
    EXPECT_TRUE(std::get<AccountClosed>(*read).left);
  }
}

TEST(Events, P28_WhatIsBetweenInstructorsSaysSo) {
  for (const auto& [lane, is_private] : {std::pair{wire::LANE_ALL, false}, {wire::LANE_INSTRUCTORS, true}}) {
    const auto expiring = OccurrenceOf(Record(About<wire::FileExpiring>(), lane));
    ASSERT_TRUE(expiring);
    EXPECT_EQ(std::get<FileExpiring>(*expiring).request.instructors_only, is_private);
  }
}

TEST(Events, P62_OnlyARejectedFileIsToldToItsUploader) {
  wire::FileStateChanged changed;
  changed.set_request_id(kRequest);
  changed.set_state(aplus::requests::v1::FILE_STATE_AVAILABLE);
  EXPECT_TRUE(Becomes<Irrelevant>(changed));
  changed.set_state(aplus::requests::v1::FILE_STATE_REJECTED);
  EventRecord record = Record(changed);
  record.mutable_audience()->add_user_ids(kUser);
  const auto occurrence = OccurrenceOf(record);
  ASSERT_TRUE(occurrence);
  EXPECT_EQ(std::get<FileRejected>(*occurrence).uploader.size(), 1u);
}

TEST(Events, PoisonIsAnErrorAndStrangersAreNot) {
  EventRecord record = Record(About<wire::RequestCreated>());
  record.set_payload("\xff\xff\xff");
  EXPECT_FALSE(OccurrenceOf(record));
  record.set_kind("aplus.events.v1.InventedLater");
  ASSERT_TRUE(OccurrenceOf(record));
  EXPECT_TRUE(std::holds_alternative<Irrelevant>(*OccurrenceOf(record)));
  wire::RequestCreated nameless;
  EXPECT_FALSE(OccurrenceOf(Record(nameless)));
}

TEST(PlaceTokens, OnlyOursAndOnlyTheReaders) {
  SystemRandom random;
  const Key key = Key::Generate(random);
  PlaceTokens tokens(key);
  const auto me = *UserId::Parse(kUser), other = *UserId::Parse(kGroup);
  const NoticePlace place{*ParseTime("2026-05-12T15:00:00.123456Z"), *NoticeId::Parse(kRequest)};
  const std::string token = tokens.Make(place, me);
  const auto read = tokens.Read(token, me);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->at, place.at);
  EXPECT_EQ(read->id, place.id);
  EXPECT_EQ(tokens.Read(token, other), std::nullopt);
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string bent = token;
    bent[i] = bent[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(tokens.Read(bent, me), std::nullopt) << i;
  }
  EXPECT_EQ(tokens.Read("", me), std::nullopt);
  EXPECT_EQ(tokens.Read(token + "A", me), std::nullopt);
  PlaceTokens others(Key::Generate(random));
  EXPECT_EQ(others.Read(token, me), std::nullopt);
}

}  // namespace
}  // namespace aplus::notifications
