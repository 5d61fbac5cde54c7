#include "services/notifications/domain/audience.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace aplus::notifications {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

template <class Tag>
Id<Tag> Number(std::uint8_t n) {
  Id<Tag> id;
  id.bytes[15] = n;
  return id;
}
UserId User(std::uint8_t n) { return Number<UserTag>(n); }
GroupId Group(std::uint8_t n) { return Number<GroupTag>(n); }

const UserId kCreator = User(1), kColleague = User(2), kInstructor = User(3), kExpert = User(4);
const GroupId kHelperGroup = Group(10), kCaf = Group(11), kCpam = Group(12);

RequestFacts Facts(UserId actor, GroupId actor_group = {}) {
  return {.id = Number<RequestTag>(99),
          .number = "4711",
          .creator = kCreator,
          .creator_group = kHelperGroup,
          .helpers = {kCreator, kColleague},
          .groups = {kCaf, kCpam},
          .experts = {kExpert},
          .actor = actor,
          .actor_group = actor_group};
}

const Circle* Find(const Announcement& announcement, bool with_groups) {
  for (const Circle& circle : announcement.circles) {
    if (circle.groups.empty() != with_groups) return &circle;
  }
  return nullptr;
}

// Everybody who could be told, whether named or a member of a group, unless excepted.
std::set<UserId> Named(const Announcement& announcement) {
  std::set<UserId> named;
  for (const Circle& circle : announcement.circles) named.insert(circle.users.begin(), circle.users.end());
  return named;
}

TEST(Audience, P70_ANewRequestReachesTheInstructorsOfEveryGroupAndTheInvitedColleagues) {
  const auto told = Announce(RequestOpened{Facts(kCreator, kHelperGroup)});
  EXPECT_EQ(told.subject.number, "4711");
  EXPECT_EQ(told.subject.from, kHelperGroup);
  ASSERT_EQ(told.circles.size(), 2u);
  EXPECT_EQ(told.circles[0].kind, Kind::kHelperInvited);
  EXPECT_THAT(told.circles[0].users, ElementsAre(kColleague));
  EXPECT_EQ(told.circles[1].kind, Kind::kNewRequest);
  EXPECT_THAT(told.circles[1].groups, ElementsAre(kCaf, kCpam));
  // Who is on both sides counts as helper side.
  EXPECT_THAT(told.circles[1].except, UnorderedElementsAre(kCreator, kColleague, kExpert));
}

TEST(Audience, P70_AMessageReachesEverybodyWhoMayReadItLessItsWriter) {
  const auto told = Announce(MessageWritten{Facts(kInstructor, kCaf), false});
  EXPECT_EQ(Named(told), (std::set{kCreator, kColleague, kExpert}));
  const Circle* instructors = Find(told, true);
  ASSERT_NE(instructors, nullptr);
  EXPECT_THAT(instructors->groups, ElementsAre(kCaf, kCpam));
  EXPECT_THAT(instructors->except, Contains(kInstructor));
}

TEST(Audience, P70_TheWriterOnTheHelperSideIsNotTold) {
  const auto told = Announce(MessageWritten{Facts(kCreator, kHelperGroup), false});
  EXPECT_EQ(Named(told), (std::set{kColleague, kExpert}));
}

TEST(Audience, P28_APrivateMessageReachesNobodyButInstructors) {
  const auto told = Announce(MessageWritten{Facts(kInstructor, kCaf), true});
  EXPECT_THAT(Named(told), IsEmpty());
  ASSERT_EQ(told.circles.size(), 1u);
  // Neither a helper who is also a member of an addressed group nor an expert hears of it.
  EXPECT_THAT(told.circles[0].except, UnorderedElementsAre(kInstructor, kCreator, kColleague, kExpert));
}

TEST(Audience, P28_P75_WhatBecomesOfItsMailsIsForInstructorsToo) {
  EXPECT_TRUE(Announce(MessageWritten{Facts(kInstructor, kCaf), true}).subject.instructors_only);
  EXPECT_FALSE(Announce(MessageWritten{Facts(kInstructor, kCaf), false}).subject.instructors_only);
  RequestFacts facts = Facts(kInstructor, kCaf);
  facts.instructors_only = true;
  EXPECT_TRUE(Announce(FileExpiring{facts, {kCaf}, {}}).subject.instructors_only);
}

TEST(Audience, P75_AGroupThatCannotBeReachedIsToldToItsManagersAndTheHelpers) {
  const auto told = Announce(Unreached{Facts({}), kCpam});
  EXPECT_EQ(told.subject.from, kCpam);
  ASSERT_EQ(told.circles.size(), 2u);
  EXPECT_EQ(told.circles[0].kind, Kind::kUnreached);
  EXPECT_THAT(told.circles[0].users, UnorderedElementsAre(kCreator, kColleague));
  EXPECT_EQ(told.circles[1].kind, Kind::kGroupUnreached);
  EXPECT_THAT(told.circles[1].managers, ElementsAre(kCpam));
  EXPECT_THAT(told.circles[1].groups, IsEmpty());
}

TEST(Audience, P29_TheHelperIsToldWhenNobodyIsLeft) {
  const auto some = Announce(GroupDeclined{Facts(kInstructor, kCaf), false});
  ASSERT_EQ(some.circles.size(), 1u);
  EXPECT_EQ(Describe(some.circles[0].kind).urgency, Urgency::kScreenOnly);
  const auto none = Announce(GroupDeclined{Facts(kInstructor, kCaf), true});
  ASSERT_EQ(none.circles.size(), 1u);
  EXPECT_EQ(none.circles[0].kind, Kind::kNobodyLeft);
  EXPECT_THAT(none.circles[0].users, ElementsAre(kCreator, kColleague));
}

TEST(Audience, P70_ProcessedReachesTheHelperSide) {
  const auto told = Announce(Processed{Facts(kInstructor, kCaf)});
  EXPECT_EQ(Named(told), (std::set{kCreator, kColleague, kExpert}));
  EXPECT_EQ(Find(told, true), nullptr);
}

TEST(Audience, P42_BeforeTheLimitOnlyTheSilentGroupsAreWarned) {
  const auto soon = Announce(LateSoon{Facts({}), {kCpam}});
  EXPECT_THAT(Named(soon), IsEmpty());
  ASSERT_EQ(soon.circles.size(), 1u);
  EXPECT_THAT(soon.circles[0].groups, ElementsAre(kCpam));
  const auto late = Announce(Late{Facts({}), {kCpam}});
  EXPECT_EQ(Named(late), (std::set{kCreator, kColleague, kExpert}));
  EXPECT_THAT(Find(late, true)->groups, ElementsAre(kCpam));
}

TEST(Audience, P27_TheNewlyInvitedAreNotifiedAndNobodyElse) {
  const auto groups = Announce(GroupsInvited{Facts(kInstructor, kCaf), {Group(13)}});
  EXPECT_THAT(Named(groups), IsEmpty());
  EXPECT_THAT(Find(groups, true)->groups, ElementsAre(Group(13)));
  EXPECT_EQ(Named(Announce(HelpersInvited{Facts(kCreator), {User(7)}})), (std::set{User(7)}));
  EXPECT_EQ(Named(Announce(ExpertsInvited{Facts({}), {User(8), User(9)}})), (std::set{User(8), User(9)}));
}

TEST(Audience, P36_AWithdrawnRequestTellsNobody) {
  EXPECT_THAT(Announce(Closed{Facts(kCreator), ClosedBecause::kWithdrawn}).circles, IsEmpty());
}

TEST(Audience, P23_ARevokedMandateIsToldToTheInstructors) {
  const auto told = Announce(Closed{Facts(kCreator), ClosedBecause::kRevoked});
  ASSERT_NE(Find(told, true), nullptr);
  EXPECT_EQ(Find(told, true)->kind, Kind::kRevoked);
}

TEST(Audience, P35_TheEndIsAnnouncedToWhoCanPreventIt) {
  const auto processed = Announce(EndAnnounced{Facts({}), true});
  ASSERT_EQ(processed.circles.size(), 1u) << "a processed request is its helper side's to close";
  EXPECT_EQ(processed.circles[0].kind, Kind::kEndAnnounced);
  EXPECT_EQ(Named(processed), (std::set{kCreator, kColleague}));
  const auto unanswered = Announce(EndAnnounced{Facts({}), false});
  EXPECT_EQ(Named(unanswered), (std::set{kCreator, kColleague}));
  ASSERT_NE(Find(unanswered, true), nullptr);
  EXPECT_THAT(Find(unanswered, true)->groups, ElementsAre(kCaf, kCpam));
  EXPECT_EQ(Find(unanswered, true)->kind, Kind::kEndUnanswered);
}

TEST(Audience, P35_AnUnansweredRequestIsRaisedWithManagersAndExpertsAlone) {
  const auto told = Announce(Raised{Facts({}), {kCpam}});
  EXPECT_EQ(Named(told), std::set{kExpert});
  EXPECT_EQ(Find(told, true), nullptr) << "not the instructors";
  ASSERT_EQ(told.circles.size(), 2u);
  EXPECT_THAT(told.circles[1].managers, ElementsAre(kCpam));
  EXPECT_THAT(told.circles[1].except, Contains(kExpert)) << "once each";
}

TEST(Audience, P43_AReminderReachesOnePerson) {
  RequestFacts bare;
  bare.id = Number<RequestTag>(99);
  const auto waiting = Announce(Reminded{bare, kColleague, false});
  EXPECT_EQ(Named(waiting), std::set{kColleague});
  EXPECT_EQ(waiting.circles.at(0).kind, Kind::kToBeClosed);
  EXPECT_EQ(Announce(Reminded{bare, kColleague, true}).circles.at(0).kind, Kind::kUnread);
}

TEST(Audience, P50_P28_AFileThatGoesIsToldToThoseWhoHaveNotOpenedIt) {
  const auto told = Announce(FileExpiring{Facts({}), {kCpam}, {kColleague}});
  EXPECT_EQ(Named(told), std::set{kColleague});
  ASSERT_NE(Find(told, true), nullptr);
  EXPECT_THAT(Find(told, true)->groups, ElementsAre(kCpam));
  EXPECT_THAT(Find(told, true)->except, UnorderedElementsAre(kCreator, kColleague, kExpert));
  EXPECT_THAT(Announce(FileExpiring{Facts({}), {}, {}}).circles, IsEmpty());
}

// Whatever happens: who acted hears nothing of it.
TEST(Audience, P4_WhoIsTakenOutAndTheManagersAreTold) {
  const auto told = Announce(MemberTaken{kInstructor, kCaf, kColleague});
  EXPECT_EQ(told.subject.from, kCaf);
  ASSERT_EQ(told.circles.size(), 2u);
  EXPECT_EQ(told.circles[0].kind, Kind::kTakenOut);
  EXPECT_THAT(told.circles[0].users, ElementsAre(kInstructor));
  EXPECT_EQ(told.circles[1].kind, Kind::kMemberTakenOut);
  EXPECT_THAT(told.circles[1].managers, ElementsAre(kCaf));
  EXPECT_THAT(told.circles[1].except, ElementsAre(kColleague)) << "less who did it";
  // Who leaves by himself knows.
  EXPECT_EQ(Announce(MemberTaken{kInstructor, kCaf, kInstructor}).circles.size(), 1u);
}

TEST(Audience, P5_AdministratorsAreToldOfLeavers) {
  const auto told = Announce(AccountClosed{kCreator, true});
  ASSERT_EQ(told.circles.size(), 1u);
  EXPECT_TRUE(told.circles[0].administrators);
  EXPECT_EQ(told.circles[0].kind, Kind::kLeaver);
  EXPECT_TRUE(Announce(AccountClosed{kCreator, false}).circles.empty());
}

TEST(Audience, P5_WhenTheOwnerLeavesEverybodyOnTheRequestIsTold) {
  const auto told = Announce(OwnerGone{Facts({})});
  EXPECT_EQ(Named(told), (std::set{kCreator, kColleague, kExpert}));
  ASSERT_NE(Find(told, true), nullptr);
  EXPECT_THAT(Find(told, true)->groups, ElementsAre(kCaf, kCpam));
}

TEST(Audience, P7_P34_AdministratorsLearnTheNumberOfAMisusedRequestAndNoLink) {
  const auto told = Announce(MisuseSaid{Facts(kInstructor, kCaf)});
  ASSERT_EQ(told.circles.size(), 1u);
  EXPECT_TRUE(told.circles[0].administrators);
  EXPECT_EQ(told.subject.number, "4711");
  EXPECT_TRUE(told.subject.request.IsNil());
  EXPECT_TRUE(told.subject.from.IsNil());
}

TEST(Audience, TheActorIsNeverTold) {
  for (const UserId actor : {kCreator, kColleague, kInstructor, kExpert}) {
    const RequestFacts facts = Facts(actor, kCaf);
    const Occurrence all[]{RequestOpened{facts},
                           MessageWritten{facts, false},
                           MessageWritten{facts, true},
                           ChargeTaken{facts},
                           GroupDeclined{facts, true},
                           Processed{facts},
                           Closed{facts},
                           Reopened{facts},
                           GroupsInvited{facts, {kCaf}},
                           HelpersInvited{facts, {actor}},
                           ExpertsInvited{facts, {actor}}};
    for (const Occurrence& occurrence : all) {
      const auto told = Announce(occurrence);
      EXPECT_THAT(Named(told), Not(Contains(actor))) << occurrence.index();
      for (const Circle& circle : told.circles) {
        if (!circle.groups.empty()) EXPECT_THAT(circle.except, Contains(actor)) << occurrence.index();
      }
    }
  }
}

}  // namespace
}  // namespace aplus::notifications
