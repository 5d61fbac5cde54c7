// Ends lives that are over (P50), behind a guard against erasing everything by mistake (SECURITY 2.8).
#pragma once

#include <optional>

#include "services/files/acts/destroying.h"
#include "services/files/acts/workshop.h"

namespace aplus::files {

class Erasing {
 public:
  explicit Erasing(const Workshop& shop) : shop_(shop) {}

  // Everything that is due now; what fails comes again later.
  Task<Result<void>> Round();

 private:
  // False: the database's clock ran away from this machine's, or far more lives end at once than were to be
  // expected a round ago. The lives' own keys stay until somebody has looked and restarts the service; what
  // people order (P36, P51) and what is refused is destroyed all the same.
  Task<Result<bool>> IsPlausible();

  struct Before {
    Time database{};
    SteadyTime ours{};
    std::int64_t forecast = 0;  // lives that were to end by now
  };

  const Workshop& shop_;
  std::optional<Before> before_;
  bool paused_ = false;
};

}  // namespace aplus::files
