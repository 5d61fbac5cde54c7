// How a request ends, and how it comes back (P23, P30, P31, P36).
#pragma once

#include <optional>
#include <string>

#include "services/requests/acts/case.h"
#include "services/requests/acts/running.h"

namespace aplus::requests {

struct Closing {
  RequestId request{};
  Usefulness usefulness = Usefulness::kGood;
  std::string comment;  // for the statistics team; refused when it names the citizen
  std::string signed_by;
};
Task<Result<Acted>> Close(const Workshop& shop, const Asker& asker, const Closing& closing);

struct Ending {
  RequestId request{};
  std::string reason;  // of reopening
  std::string signed_by;
};
// While the contents exist; restarts the clock.
Task<Result<Acted>> Reopen(const Workshop& shop, const Asker& asker, const Ending& ending);
// The citizen takes the mandate back: closed, and erased at once.
Task<Result<Acted>> RevokeMandate(const Workshop& shop, const Asker& asker, const Ending& ending);
// The creator takes back what no instructor has opened; erased at once.
Task<Result<Acted>> Withdraw(const Workshop& shop, const Asker& asker, const Ending& ending);

// What all ways to end have in common, for jobs too: state, reason, clock, worklists, the erasure task that
// starts with it, and the event.
Result<void> CloseCase(Transaction& tx, const Workshop& shop, Case& on, CloseReason reason,
                       Duration erased_after, const std::string& rule);

}  // namespace aplus::requests
