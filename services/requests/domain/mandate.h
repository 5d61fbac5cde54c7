// The citizen's authorisation (P23).
#pragma once

#include <chrono>

#include "libs/base/result.h"
#include "services/requests/domain/citizen.h"
#include "services/requests/domain/types.h"

namespace aplus::requests {

struct Mandate {
  MandateKind kind = MandateKind::kPaper;
  std::chrono::year_month_day given_on{};
};

// `today`: the area's own day. kMandateIncomplete, saying what is missing: a day in the future, or an
// agreement by SMS or phone without the number that was called.
Result<void> CheckMandate(const Mandate& mandate, const Citizen& citizen, std::chrono::local_days today);

}  // namespace aplus::requests
