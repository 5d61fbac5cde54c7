#include "services/requests/domain/view.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aplus::requests {
namespace {

Caller Person(bool helper, bool instructor) {
  Caller caller;
  caller.authenticated = true;
  caller.helper = helper;
  caller.instructor = instructor;
  return caller;
}

GroupId SomeGroup() { return *GroupId::Parse("0190d000-0000-7000-8000-000000062002"); }

std::vector<std::string> Codes(const std::vector<Operation>& operations) {
  std::vector<std::string> codes;
  for (Operation operation : operations) codes.emplace_back(Code(operation));
  return codes;
}

bool Has(const std::vector<std::string>& codes, std::string_view code) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

TEST(View, P28_WhoStandsOnBothSidesCountsAsHelperSide) {
  const RequestFacts request;
  CallerFacts both{.creator = true, .instructor_groups = {SomeGroup()}};
  EXPECT_EQ(LaneOf(RelationOf(request, both)), Lane::kAll);
  EXPECT_EQ(AuthorOf(RelationOf(request, both)), Author::kHelperSide);
  EXPECT_EQ(KindOf(RelationOf(request, both)), ParticipantKind::kCreator);
  CallerFacts instructor{.instructor_groups = {SomeGroup()}};
  EXPECT_EQ(LaneOf(RelationOf(request, instructor)), Lane::kInstructors);
  EXPECT_EQ(AuthorOf(RelationOf(request, instructor)), Author::kInstructorSide);
  CallerFacts expert{.invited_expert = true};
  EXPECT_EQ(LaneOf(RelationOf(request, expert)), Lane::kAll);
  EXPECT_EQ(AuthorOf(RelationOf(request, expert)), Author::kExpert);
}

TEST(View, P28_APrivateChangeMovesNoCounterOfTheHelperSide) {
  Versions versions{.all = 4, .instructors = 9};
  versions.Advance(Lane::kInstructors);
  EXPECT_EQ(versions, (Versions{.all = 4, .instructors = 10}));
  EXPECT_EQ(versions.For(Lane::kAll), 4);
  versions.Advance(Lane::kAll);
  EXPECT_EQ(versions, (Versions{.all = 5, .instructors = 11}));
  EXPECT_EQ(versions.For(Lane::kInstructors), 11);
}

TEST(View, P30_WhatIsAllowedFollowsTheState) {
  const CallerFacts creator{.creator = true};
  const auto open =
      Codes(AllowedOperations(Person(true, false), RelationOf({.state = State::kInProgress}, creator),
                              {.state = State::kInProgress}));
  EXPECT_TRUE(Has(open, "R5"));
  EXPECT_TRUE(Has(open, "R9"));
  EXPECT_FALSE(Has(open, "R10"));
  EXPECT_FALSE(Has(open, "R4"));
  EXPECT_FALSE(Has(open, "R8"));
  EXPECT_FALSE(Has(open, "R22"));
  const RequestFacts closed{.state = State::kClosed};
  const auto after = Codes(AllowedOperations(Person(true, false), RelationOf(closed, creator), closed));
  EXPECT_TRUE(Has(after, "R10"));
  EXPECT_TRUE(Has(after, "R2"));
  EXPECT_FALSE(Has(after, "R5"));
  EXPECT_FALSE(Has(after, "R9"));
  EXPECT_FALSE(Has(after, "F2"));
}

TEST(View, P36_OnlyTheCreatorTakesBackAndOnlyBeforeAnInstructorOpened) {
  RequestFacts request{.state = State::kNew};
  const CallerFacts creator{.creator = true};
  const CallerFacts invited{.invited_helper = true};
  EXPECT_TRUE(
      Has(Codes(AllowedOperations(Person(true, false), RelationOf(request, creator), request)), "R22"));
  EXPECT_FALSE(
      Has(Codes(AllowedOperations(Person(true, false), RelationOf(request, invited), request)), "R22"));
  request.opened_by_instructor = true;
  EXPECT_FALSE(
      Has(Codes(AllowedOperations(Person(true, false), RelationOf(request, creator), request)), "R22"));
}

TEST(View, P5_WhatHasNoOwnerMayBeClosedByItsInstructors) {
  RequestFacts request{.state = State::kProcessed};
  const Relation instructor = RelationOf(request, {.instructor_groups = {SomeGroup()}});
  const Caller person = Person(false, true);
  EXPECT_EQ(DecideOn(request, person, Operation::kR9, instructor), Verdict::kForbidden);
  request.ownerless = true;
  EXPECT_EQ(DecideOn(request, person, Operation::kR9, instructor), Verdict::kAllow);
  EXPECT_EQ(DecideOn(request, person, Operation::kR10, instructor), Verdict::kForbidden);
  const Relation stranger = RelationOf(request, {});
  EXPECT_EQ(DecideOn(request, person, Operation::kR9, stranger), Verdict::kHidden);
}

TEST(View, P63_AnExpertIsOfferedNoFile) {
  Caller expert;
  expert.authenticated = true;
  expert.expert = true;
  const RequestFacts request{.state = State::kInProgress};
  const auto codes = Codes(AllowedOperations(expert, RelationOf(request, {.invited_expert = true}), request));
  EXPECT_TRUE(Has(codes, "R2"));
  EXPECT_TRUE(Has(codes, "R5"));
  for (const std::string& code : codes) EXPECT_NE(code[0], 'F') << code;
}

TEST(View, P51_AnErasedRequestKeepsItsMetadataOnly) {
  const RequestFacts request{.state = State::kClosed, .erased = true};
  EXPECT_EQ(PhaseOf(request), Phase::kErased);
  const auto codes =
      Codes(AllowedOperations(Person(true, false), RelationOf(request, {.creator = true}), request));
  EXPECT_FALSE(Has(codes, "R2"));
  EXPECT_FALSE(Has(codes, "R10"));
  EXPECT_TRUE(Has(codes, "R16"));
  EXPECT_TRUE(Has(codes, "R17"));
}

}  // namespace
}  // namespace aplus::requests
