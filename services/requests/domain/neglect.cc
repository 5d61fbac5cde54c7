#include "services/requests/domain/neglect.h"

#include <algorithm>

namespace aplus::requests {
namespace neglect {

// The first round after `now`; the one expected before, if it is one of these rounds and has not been held.
Time NextRound(Time since, Duration every, const std::optional<Time>& before, Time now) {
  const bool is_round = before && *before > since && (*before - since) % every == Duration(0);
  if (is_round && *before <= now) return *before;
  const std::int64_t held = now < since ? 0 : (now - since) / every;
  return since + (held + 1) * every;
}

}  // namespace neglect

Neglect ExpectNeglect(const NeglectRules& rules, const NeglectFacts& facts, const Neglect& before, Time now) {
  if (facts.state == State::kClosed) return {};
  Neglect expected;
  if (facts.state == State::kProcessed) {
    expected.close_at = facts.active_at + rules.processed;
  } else if (facts.last_answer_at) {
    expected.close_at = std::max(facts.active_at, *facts.last_answer_at) + rules.unanswered;
  } else {
    // However often the helper writes: nobody answers.
    expected.close_at = facts.started_at + rules.unanswered;
  }
  if (facts.state != State::kProcessed) {
    const Time since = facts.last_answer_at.value_or(facts.started_at);
    expected.raise_at = neglect::NextRound(since, rules.raise, before.raise_at, now);
  }
  const bool announced = before.close_at && !before.notice_at;
  if (announced && *expected.close_at <= *before.close_at) {
    expected.close_at = before.close_at;
  } else {
    expected.notice_at = *expected.close_at - rules.notice;
  }
  return expected;
}

Neglect Announced(const NeglectRules& rules, const Neglect& neglect, Time now) {
  Neglect announced = neglect;
  announced.notice_at.reset();
  announced.close_at = std::max(neglect.close_at.value_or(now), now + rules.notice);
  return announced;
}

CloseReason ReasonOfNeglect(bool was_answered) {
  return was_answered ? CloseReason::kInactive : CloseReason::kNoAnswer;
}

}  // namespace aplus::requests
