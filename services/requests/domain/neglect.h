// What nobody closes (P35): when the system announces that it will close a request, when it does, and when it
// raises one that stays unanswered. Pure, like clock.h.
#pragma once

#include <optional>

#include "libs/base/time.h"
#include "services/requests/domain/types.h"

namespace aplus::requests {

// Settings, with the defaults of PRODUCT §4. Calendar time.
struct NeglectRules {
  Duration processed = std::chrono::days(60);    // processed, and nothing happens
  Duration unanswered = std::chrono::days(120);  // open, and nobody answers
  Duration notice = std::chrono::days(10);       // between the announcement and the end
  Duration raise = std::chrono::days(15);        // every so often an unanswered one is raised
};

struct NeglectFacts {
  State state = State::kNew;
  // Creation, or the last reopening.
  Time started_at{};
  // The last answer since then.
  std::optional<Time> last_answer_at = {};
  // The last thing that somebody did and everybody on the request may know of: a private message prolongs
  // nothing, or the helper side could tell that there was one (P28).
  Time active_at{};
};

struct Neglect {
  std::optional<Time> close_at;
  // When the end is announced; none once it has been.
  std::optional<Time> notice_at;
  std::optional<Time> raise_at;

  friend bool operator==(const Neglect&, const Neglect&) = default;
};

// What the facts ask for. `before` is what was expected until now: an announced end stays where it was
// announced unless somebody acted, and a round of raising that is due is not skipped.
Neglect ExpectNeglect(const NeglectRules& rules, const NeglectFacts& facts, const Neglect& before, Time now);

// After the announcement at `now`: everybody has the whole time of the notice, however late it went out.
Neglect Announced(const NeglectRules& rules, const Neglect& neglect, Time now);

// Why the system closes: a request that was answered once, whatever became of it, is no « sans réponse ».
CloseReason ReasonOfNeglect(bool was_answered);

}  // namespace aplus::requests
