#include "services/requests/domain/transitions.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace aplus::requests {
namespace {

constexpr State kStates[] = {State::kNew, State::kInProgress, State::kProcessed, State::kClosed};

std::string Letter(std::optional<State> state) {
  if (!state) return "-";
  switch (*state) {
    case State::kNew:
      return "N";
    case State::kInProgress:
      return "I";
    case State::kProcessed:
      return "P";
    case State::kClosed:
      return "C";
  }
  return "?";
}

std::string Line(Act act) {
  std::string line;
  for (State state : kStates) line += Letter(After(state, act));
  return line;
}

TEST(Transitions, P30_TheFirstAnswerStartsTheWorkAndOnlyTheTickEndsIt) {
  EXPECT_EQ(Line(Act::kAnswer), "IIP-");
  EXPECT_EQ(Line(Act::kTakeCharge), "IIP-");
  EXPECT_EQ(Line(Act::kMarkProcessed), "PP--");
  for (int i = 0; i < static_cast<int>(Act::kCount_); ++i) {
    const auto act = static_cast<Act>(i);
    if (act == Act::kMarkProcessed) continue;
    EXPECT_NE(After(State::kNew, act), State::kProcessed) << i;
    EXPECT_NE(After(State::kInProgress, act), State::kProcessed) << i;
  }
}

TEST(Transitions, P30_AHelperMessageOnAProcessedRequestPutsItBackInProgress) {
  EXPECT_EQ(Line(Act::kHelperMessage), "NII-");
  EXPECT_EQ(GroupBackInProgress(GroupState::kProcessed), GroupState::kAnswered);
  EXPECT_EQ(GroupBackInProgress(GroupState::kDeclined), GroupState::kDeclined);
}

TEST(Transitions, P40_PrivateMessagesDeclinesInvitationsAndExpertsChangeNoState) {
  for (Act act : {Act::kPrivateMessage, Act::kDecline, Act::kInviteGroup, Act::kInviteHelper,
                  Act::kInviteExpert, Act::kExpertMessage, Act::kCorrectCitizen, Act::kUpload}) {
    EXPECT_EQ(Line(act), "NIP-");
    EXPECT_FALSE(IsAnswer(act));
  }
  for (Act act : {Act::kAnswer, Act::kTakeCharge, Act::kMarkProcessed}) EXPECT_TRUE(IsAnswer(act));
}

TEST(Transitions, P30_NothingButReopeningAndRevokingHappensToAClosedRequest) {
  for (int i = 0; i < static_cast<int>(Act::kCount_); ++i) {
    const auto act = static_cast<Act>(i);
    if (act == Act::kReopen || act == Act::kRevokeMandate) continue;
    EXPECT_EQ(After(State::kClosed, act), std::nullopt) << i;
  }
  EXPECT_EQ(Line(Act::kReopen), "---I");
  EXPECT_EQ(StateAfterReopening(false), State::kNew);
  EXPECT_EQ(StateAfterReopening(true), State::kInProgress);
}

TEST(Transitions, P23_AMandateIsRevokedAtAnyTime) { EXPECT_EQ(Line(Act::kRevokeMandate), "CCCC"); }

TEST(Transitions, P36_OnlyANewRequestIsWithdrawn) { EXPECT_EQ(Line(Act::kWithdraw), "C---"); }

TEST(Transitions, P29_AGroupMayChangeItsMindButNotDeclineTwice) {
  EXPECT_EQ(GroupAfter(GroupState::kWaiting, Act::kTakeCharge), GroupState::kInCharge);
  EXPECT_EQ(GroupAfter(GroupState::kDeclined, Act::kTakeCharge), GroupState::kInCharge);
  EXPECT_EQ(GroupAfter(GroupState::kDeclined, Act::kAnswer), GroupState::kAnswered);
  EXPECT_EQ(GroupAfter(GroupState::kInCharge, Act::kDecline), GroupState::kDeclined);
  EXPECT_EQ(GroupAfter(GroupState::kDeclined, Act::kDecline), std::nullopt);
  EXPECT_EQ(GroupAfter(GroupState::kInCharge, Act::kMarkProcessed), GroupState::kProcessed);
  EXPECT_EQ(GroupAfter(GroupState::kInCharge, Act::kPrivateMessage), GroupState::kInCharge);
}

}  // namespace
}  // namespace aplus::requests
