// What acting on a request does to its state (P30) and to that of the acting group (P29): two tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "services/requests/domain/types.h"

namespace aplus::requests {

// Everything that can be done to a request. What an act needs in rights is libs/identity/rights.h's business.
enum class Act : std::uint8_t {
  kHelperMessage,   // helper side, to all
  kAnswer,          // instructor side, to all
  kPrivateMessage,  // between instructors
  kExpertMessage,
  kTakeCharge,
  kDecline,
  kMarkProcessed,
  kClose,
  kReopen,
  kInviteGroup,
  kInviteHelper,
  kInviteExpert,
  kRevokeMandate,
  kWithdraw,
  kCorrectCitizen,
  kUpload,
  kCount_,
};

// The state after the act; nullopt: impossible in this state. kReopen answers kInProgress: the caller makes
// it kNew where nobody had answered (StateAfterReopening).
std::optional<State> After(State state, Act act);

State StateAfterReopening(bool was_answered);

// Whether the act counts as an answer of its group (P40): visible to all, from the instructor side.
bool IsAnswer(Act act);

// The state of the acting group afterwards; nullopt: impossible. Acts that say nothing of the group keep it.
std::optional<GroupState> GroupAfter(GroupState state, Act act);

// A processed request goes back to work (P30): so do the groups that had called it processed.
GroupState GroupBackInProgress(GroupState state);

// "REQUEST_STATE_NEW" …: how states stand in JSON and in the problems of 409 and 412.
std::string_view StateName(State state);

}  // namespace aplus::requests
