#include "services/requests/domain/transitions.h"

#include <array>
#include <cstddef>

namespace aplus::requests {
namespace transitions {

constexpr std::size_t kActs = static_cast<std::size_t>(Act::kCount_);

struct Row {
  Act act;
  // The state after the act, by the state before: N new, I in progress, P processed, C closed, - impossible.
  const char after[5];
  // Likewise for the acting group: W waiting, C in charge, A answered, D declined, P processed.
  const char group[6];
};

// clang-format off
constexpr std::array<Row, kActs> kTable{{
    //                       request: NIPC    group: WCADP
    {Act::kHelperMessage,           "NII-",         "WCADP"},  // back in progress (P30)
    {Act::kAnswer,                  "IIP-",         "AAAAP"},  // the first answer starts the work
    {Act::kPrivateMessage,          "NIP-",         "WCADP"},  // changes neither state nor clock (P40)
    {Act::kExpertMessage,           "NIP-",         "WCADP"},
    {Act::kTakeCharge,              "IIP-",         "CCCCC"},  // an answer too (P40); a group may change its mind
    {Act::kDecline,                 "NIP-",         "DDD-D"},
    {Act::kMarkProcessed,           "PP--",         "PPPPP"},
    {Act::kClose,                   "CCC-",         "WCADP"},
    {Act::kReopen,                  "---I",         "WCADP"},
    {Act::kInviteGroup,             "NIP-",         "WCADP"},
    {Act::kInviteHelper,            "NIP-",         "WCADP"},
    {Act::kInviteExpert,            "NIP-",         "WCADP"},
    {Act::kRevokeMandate,           "CCCC",         "WCADP"},  // at any time (P23)
    {Act::kWithdraw,                "C---",         "WCADP"},  // and nobody opened it: the caller checks (P36)
    {Act::kCorrectCitizen,          "NIP-",         "WCADP"},
    {Act::kUpload,                  "NIP-",         "WCADP"},
}};
// clang-format on

constexpr bool IsWhole() {
  for (std::size_t i = 0; i < kActs; ++i) {
    if (static_cast<std::size_t>(kTable[i].act) != i) return false;
  }
  return true;
}
static_assert(IsWhole(), "one row per act, in order");

const Row& RowOf(Act act) { return kTable.at(static_cast<std::size_t>(act)); }

}  // namespace transitions

std::optional<State> After(State state, Act act) {
  switch (transitions::RowOf(act).after[static_cast<std::size_t>(state) - 1]) {
    case 'N':
      return State::kNew;
    case 'I':
      return State::kInProgress;
    case 'P':
      return State::kProcessed;
    case 'C':
      return State::kClosed;
    default:
      return std::nullopt;
  }
}

State StateAfterReopening(bool was_answered) { return was_answered ? State::kInProgress : State::kNew; }

bool IsAnswer(Act act) {
  return act == Act::kAnswer || act == Act::kTakeCharge || act == Act::kMarkProcessed;
}

std::optional<GroupState> GroupAfter(GroupState state, Act act) {
  switch (transitions::RowOf(act).group[static_cast<std::size_t>(state) - 1]) {
    case 'W':
      return GroupState::kWaiting;
    case 'C':
      return GroupState::kInCharge;
    case 'A':
      return GroupState::kAnswered;
    case 'D':
      return GroupState::kDeclined;
    case 'P':
      return GroupState::kProcessed;
    default:
      return std::nullopt;
  }
}

GroupState GroupBackInProgress(GroupState state) {
  return state == GroupState::kProcessed ? GroupState::kAnswered : state;
}

std::string_view StateName(State state) {
  switch (state) {
    case State::kNew:
      return "REQUEST_STATE_NEW";
    case State::kInProgress:
      return "REQUEST_STATE_IN_PROGRESS";
    case State::kProcessed:
      return "REQUEST_STATE_PROCESSED";
    case State::kClosed:
      return "REQUEST_STATE_CLOSED";
  }
  return "";
}

}  // namespace aplus::requests
