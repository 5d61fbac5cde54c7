// Erasing (P51, P52, SECURITY 2.8). A task is taken for a minute and each finished step is written down, so
// that whoever finds it after a kill goes on from there. In order: begin (nobody reads or reopens any more),
// the key in the keystore, the rows and the event to the other services, reading back, the proof line.
#pragma once

#include <deque>
#include <optional>

#include "libs/base/result.h"
#include "libs/runtime/task.h"
#include "libs/telemetry/metrics.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/store/erasure_rows.h"

namespace aplus::requests {

class Erasure {
 public:
  // References outlive this.
  Erasure(const Workshop& shop, Database& keystore, Metrics& metrics);

  // Erases what is due. Pauses, with an alarm, when the database's clock has jumped by more than an hour
  // against ours: nothing is worse than erasing everybody because a clock was wrong. Starting again releases
  // it.
  Task<Result<void>> Round();

  // Keys older than a day that belong to nothing: a creation that was cut off, an erasure by hand.
  Task<Result<void>> SweepOrphans();

 private:
  enum Step : std::int16_t { kWaiting = 0, kBegun = 1, kKeyGone = 2, kRowsGone = 3 };

  Task<Result<bool>> IsClockSane();
  // Compares with what was foreseen, and foresees the next hour.
  bool IsExpected(const ErasureBacklog& backlog);
  void Pause(std::string_view why);
  Task<Result<void>> Erase(ErasureTask task);

  const Workshop& shop_;
  Database& keystore_;
  Gauge& due_;
  Gauge& paused_;
  Counter& erased_;
  Counter& orphans_;
  // What both clocks said at the first round.
  struct Clocks {
    Time database;
    SteadyTime ours;
  };
  std::optional<Clocks> started_;
  struct Forecast {
    SteadyTime made;
    std::int64_t within_an_hour;
  };
  std::deque<Forecast> forecasts_;  // of the last hour, oldest first
  bool is_paused_ = false;
};

}  // namespace aplus::requests
