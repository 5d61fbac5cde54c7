// The second pair of eyes on erasing (SECURITY 2.8, T-TTL-05): once a day, and after a backup was restored,
// everything personal is held against what may still exist. It shares no code with the worker's search for
// what is due; what it finds is erased by rule P52 and raises an alarm.
#pragma once

#include <cstdint>
#include <set>

#include "libs/base/result.h"
#include "libs/runtime/task.h"
#include "libs/telemetry/metrics.h"
#include "services/requests/acts/workshop.h"

namespace aplus::requests {

class Reconciliation {
 public:
  // References outlive this.
  Reconciliation(const Workshop& shop, Database& keystore, Metrics& metrics);

  // How sure a missing key is: known to be (somebody looks on after a restore), or only when the scan before
  // missed it too, in case the keystore was not itself for a moment.
  enum class Missing : std::uint8_t { kAtOnce, kTwice };

  // Walks every table that holds something personal and schedules the erasure of what has outlived its time,
  // or its key: a key that is gone was destroyed, whatever a restored backup says. Answers how many.
  // kInternal, and nothing is scheduled, when there are more than `most`: then it is rather the keystore that
  // is not the right one.
  Task<Result<std::int64_t>> Scan(std::size_t most, Missing missing);

  // Twice a day: the few that an ordinary day can leave.
  Task<Result<void>> Round();

 private:
  struct Found {
    std::set<RequestId> outlived, keyless;
  };
  Task<Result<void>> Walk(Found& found);
  Task<Result<std::int64_t>> ScheduleForgotten();

  const Workshop& shop_;
  Database& keystore_;
  Counter& found_;
  Gauge& suspicious_;
  std::set<RequestId> keyless_before_;
};

}  // namespace aplus::requests
