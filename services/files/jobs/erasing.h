// Ends lives that are over (P50), behind a guard against erasing everything by mistake (SECURITY 2.8).
#pragma once

#include <optional>

#include "libs/postgres/clock_guard.h"
#include "services/files/acts/destroying.h"
#include "services/files/acts/workshop.h"

namespace aplus::files {

class Erasing {
 public:
  Erasing(const Workshop& shop, ClockGuard& guard) : shop_(shop), guard_(guard) {}

  // Everything that is due now; what fails comes again later.
  Task<Result<void>> Round();

 private:
  // False: the database's clock jumped away from this machine's, or far more lives end at once than were to
  // be expected a round ago. The lives' own keys stay until somebody has looked and restarts the service;
  // what people order (P36, P51) and what is refused is destroyed all the same.
  Task<Result<bool>> IsPlausible();

  const Workshop& shop_;
  ClockGuard& guard_;
  std::optional<std::int64_t> forecast_;  // lives that were to end by now
  bool paused_ = false;
};

}  // namespace aplus::files
