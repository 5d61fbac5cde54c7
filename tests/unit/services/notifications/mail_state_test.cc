#include "services/notifications/domain/mail_state.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

namespace aplus::notifications {
namespace {

using enum MailState;
using enum MailStep;

constexpr int kStates = 8;
constexpr int kSteps = 7;

// Every possible step; what is not here must be impossible.
const std::map<std::pair<MailState, MailStep>, MailState> kNotification{
    {{kQueued, kBegin}, kSending},         {{kQueued, kDefer}, kQueued},
    {{kQueued, kRefuse}, kFailed},         {{kQueued, kGiveUp}, kFailed},
    {{kQueued, kLoseRecipient}, kDropped}, {{kHeld, kLoseRecipient}, kDropped},
    {{kSending, kAccept}, kSent},          {{kSending, kDefer}, kQueued},
    {{kSending, kRefuse}, kFailed},        {{kSending, kGiveUp}, kFailed},
    {{kSending, kLoseDot}, kQueued},
};

TEST(MailStates, P73_EveryCellOfTheTable) {
  for (int s = 0; s < kStates; ++s) {
    for (int t = 0; t < kSteps; ++t) {
      const auto state = static_cast<MailState>(s);
      const auto step = static_cast<MailStep>(t);
      const auto expected = kNotification.find({state, step});
      const auto next = Next(state, step, {});
      if (expected == kNotification.end()) {
        EXPECT_EQ(next, std::nullopt) << s << " " << t;
      } else {
        EXPECT_EQ(next, expected->second) << s << " " << t;
      }
    }
  }
}

TEST(MailStates, P73_ALostDotIsRepeatedThreeTimesAndNoMore) {
  for (const int lost : {0, 1, 2}) {
    EXPECT_EQ(Next(kSending, kLoseDot, {.login = false, .ambiguities = lost}), kQueued) << lost;
  }
  EXPECT_EQ(Next(kSending, kLoseDot, {.login = false, .ambiguities = 3}), kAmbiguous);
  EXPECT_EQ(Next(kSending, kLoseDot, {.login = false, .ambiguities = 7}), kAmbiguous);
}

TEST(MailStates, P73_ALoginMailIsNeverRepeatedAfterItsDotWasLost) {
  EXPECT_EQ(Next(kSending, kLoseDot, {.login = true, .ambiguities = 0}), kAmbiguous);
}

// What cannot be known stays so: only the states in the dot window lead to kAmbiguous, and nothing leads out
// of an end.
TEST(MailStates, EndsAreEnds) {
  const std::set<MailState> ends{kSent, kAmbiguous, kFailed, kDropped, kJoined};
  for (int s = 0; s < kStates; ++s) {
    const auto state = static_cast<MailState>(s);
    EXPECT_EQ(IsFinal(state), ends.contains(state));
    for (int t = 0; t < kSteps && IsFinal(state); ++t) {
      EXPECT_EQ(Next(state, static_cast<MailStep>(t), {}), std::nullopt);
    }
  }
}

}  // namespace
}  // namespace aplus::notifications
