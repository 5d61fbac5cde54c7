#include "services/requests/domain/work.h"

#include <gtest/gtest.h>

namespace aplus::requests {
namespace {

TEST(Work, P32_WhereARequestStandsInTheListOfAGroup) {
  EXPECT_EQ(PhaseForGroup(State::kNew, GroupState::kWaiting), GroupPhase::kOpen);
  EXPECT_EQ(PhaseForGroup(State::kInProgress, GroupState::kInCharge), GroupPhase::kOpen);
  EXPECT_EQ(PhaseForGroup(State::kProcessed, GroupState::kAnswered), GroupPhase::kProcessed);
  EXPECT_EQ(PhaseForGroup(State::kClosed, GroupState::kDeclined), GroupPhase::kClosed);
}

TEST(Work, P29_ADeclinedRequestLeavesTheTabsOfItsGroup) {
  for (State state : {State::kNew, State::kInProgress, State::kProcessed}) {
    EXPECT_EQ(PhaseForGroup(state, GroupState::kDeclined), GroupPhase::kDeclined);
  }
  for (const InstructorTab& tab : InstructorTabs()) EXPECT_NE(tab.phase, GroupPhase::kDeclined);
}

TEST(Work, P32_AHelperSeesAsNewWhatNoInstructorHasOpened) {
  EXPECT_EQ(PhaseForPerson(State::kNew, false), PersonPhase::kNew);
  EXPECT_EQ(PhaseForPerson(State::kNew, true), PersonPhase::kInProgress);
  EXPECT_EQ(PhaseForPerson(State::kInProgress, true), PersonPhase::kInProgress);
  EXPECT_EQ(PhaseForPerson(State::kProcessed, true), PersonPhase::kProcessed);
  EXPECT_EQ(PhaseForPerson(State::kClosed, true), PersonPhase::kClosed);
}

TEST(Work, P32_EachSideHasItsTabsAndNoOthers) {
  for (Tab tab : {Tab::kNew, Tab::kInProgress, Tab::kLate, Tab::kProcessed, Tab::kArchived}) {
    EXPECT_TRUE(FindInstructorTab(tab)) << static_cast<int>(tab);
  }
  for (Tab tab : {Tab::kAll, Tab::kMine, Tab::kToArchive}) {
    EXPECT_FALSE(FindInstructorTab(tab)) << static_cast<int>(tab);
    EXPECT_TRUE(FindHelperTab(tab)) << static_cast<int>(tab);
  }
  EXPECT_FALSE(FindHelperTab(Tab::kLate));
  EXPECT_FALSE(FindHelperTab(Tab::kProcessed));
}

TEST(Work, P32_ArchivedIsForWhoWasMemberAtClosing) {
  EXPECT_TRUE(FindInstructorTab(Tab::kArchived)->member_at_closing);
  EXPECT_FALSE(FindInstructorTab(Tab::kNew)->member_at_closing);
}

}  // namespace
}  // namespace aplus::requests
