#include "services/requests/domain/clock.h"

#include <algorithm>

namespace aplus::requests {

Expectation Expect(const ClockRules& rules, const WorkingCalendar& calendar, const ClockFacts& facts) {
  if (facts.state == State::kProcessed || facts.state == State::kClosed) return {};
  Expectation expected;
  if (facts.last_answer_at) {
    expected.deadline = *facts.last_answer_at + rules.next_answer;
    expected.late_from = *expected.deadline + Duration(1);
    return expected;
  }
  expected.deadline = calendar.AddWorkingTime(facts.started_at, rules.first_answer);
  // A limit at the end of a Friday is not exceeded during the weekend.
  expected.late_from = calendar.NextWorkingMoment(*expected.deadline + Duration(1));
  const Duration ahead = std::max(Duration(0), rules.first_answer - rules.warning_ahead);
  expected.warn_at = calendar.AddWorkingTime(facts.started_at, ahead);
  return expected;
}

}  // namespace aplus::requests
