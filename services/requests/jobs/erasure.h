// Erasing (P51, P52, SECURITY 2.8). A task is taken for a minute and each finished step is written down, so
// that whoever finds it after a kill goes on from there. In order: begin (nobody reads or reopens any more),
// the key in the keystore, the rows and the event to the other services, reading back, the proof line.
#pragma once

#include <deque>

#include "libs/base/result.h"
#include "libs/postgres/clock_guard.h"
#include "libs/runtime/task.h"
#include "libs/telemetry/metrics.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/store/erasure_rows.h"

namespace aplus::requests {

class Erasure {
 public:
  // References outlive this.
  Erasure(const Workshop& shop, Database& keystore, ClockGuard& guard, Metrics& metrics);

  // Erases what is due. Pauses, with an alarm, when the database's clock cannot be believed or far more is
  // due than was foreseen; what people ask for goes on. Starting again releases it.
  Task<Result<void>> Round();

  // Everything that is due, however much it is: somebody looks on. Answers how many could not be erased.
  Task<Result<std::int64_t>> EraseAllDue();

  // Keys older than a day that belong to nothing: a creation that was cut off, an erasure by hand.
  Task<Result<void>> SweepOrphans();

 private:
  enum Step : std::int16_t { kWaiting = 0, kBegun = 1, kKeyGone = 2, kRowsGone = 3 };

  // Compares with what was foreseen, and foresees the next hour.
  bool IsExpected(const ErasureBacklog& backlog);
  void Pause(std::string_view why);
  Task<Result<void>> Erase(ErasureTask task);

  const Workshop& shop_;
  Database& keystore_;
  ClockGuard& guard_;
  Gauge& due_;
  Gauge& paused_;
  Counter& erased_;
  Counter& orphans_;
  struct Forecast {
    SteadyTime made;
    std::int64_t within_an_hour;
  };
  std::deque<Forecast> forecasts_;  // of the last hour, oldest first
  bool is_paused_ = false;
};

}  // namespace aplus::requests
