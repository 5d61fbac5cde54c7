// When a request is late (P40–P42). Pure: the moments come from the database, working time from
// libs/calendar.
#pragma once

#include <optional>

#include "libs/base/time.h"
#include "libs/calendar/working_calendar.h"
#include "services/requests/domain/types.h"

namespace aplus::requests {

// Settings, with the defaults of PRODUCT §5.
struct ClockRules {
  Duration first_answer = std::chrono::hours(72);   // working time
  Duration next_answer = std::chrono::days(15);     // calendar time
  Duration warning_ahead = std::chrono::hours(24);  // working time before the first answer's limit
};

// What the clock runs on.
struct ClockFacts {
  State state = State::kNew;
  // Creation, or the last reopening, which restarts the clock.
  Time started_at{};
  // The last answer since then.
  std::optional<Time> last_answer_at = {};
};

struct Expectation {
  // Until when an answer is expected, as people read it.
  std::optional<Time> deadline;
  // From when on the request is late: the first moment at which "more than" is true.
  std::optional<Time> late_from;
  // When the groups that have not answered are warned (P42); only before a first answer.
  std::optional<Time> warn_at;

  friend bool operator==(const Expectation&, const Expectation&) = default;
};

// Nothing is expected of a processed or closed request.
Expectation Expect(const ClockRules& rules, const WorkingCalendar& calendar, const ClockFacts& facts);

}  // namespace aplus::requests
