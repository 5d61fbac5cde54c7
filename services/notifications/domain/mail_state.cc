#include "services/notifications/domain/mail_state.h"

#include <array>

namespace aplus::notifications {
namespace mail_state {

struct Row {
  MailState from;
  MailStep step;
  MailState to;
};

constexpr std::array kTable{
    Row{MailState::kQueued, MailStep::kBegin, MailState::kSending},
    Row{MailState::kQueued, MailStep::kDefer, MailState::kQueued},
    Row{MailState::kQueued, MailStep::kRefuse, MailState::kFailed},
    Row{MailState::kQueued, MailStep::kGiveUp, MailState::kFailed},
    Row{MailState::kQueued, MailStep::kLoseRecipient, MailState::kDropped},
    Row{MailState::kHeld, MailStep::kLoseRecipient, MailState::kDropped},
    Row{MailState::kSending, MailStep::kAccept, MailState::kSent},
    Row{MailState::kSending, MailStep::kDefer, MailState::kQueued},
    Row{MailState::kSending, MailStep::kRefuse, MailState::kFailed},
    Row{MailState::kSending, MailStep::kGiveUp, MailState::kFailed},
    Row{MailState::kSending, MailStep::kLoseDot, MailState::kQueued},  // or its end, see Next
};

}  // namespace mail_state

std::optional<MailState> Next(MailState state, MailStep step, const Repeat& repeat) {
  for (const mail_state::Row& row : mail_state::kTable) {
    if (row.from != state || row.step != step) continue;
    if (step == MailStep::kLoseDot && (repeat.login || repeat.ambiguities >= kMostRepeats))
      return MailState::kAmbiguous;
    return row.to;
  }
  return std::nullopt;
}

bool IsFinal(MailState state) {
  return state != MailState::kHeld && state != MailState::kQueued && state != MailState::kSending;
}

}  // namespace aplus::notifications
