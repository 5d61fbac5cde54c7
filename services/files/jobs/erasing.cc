#include "services/files/jobs/erasing.h"

#include <utility>

#include "libs/telemetry/log.h"

namespace aplus::files {
namespace erasing {

// Tasks of one round at most, so that stopping need not wait for thousands.
constexpr int kRound = 500;
// Whatever is down then is down for all of them.
constexpr int kMostFailures = 50;

}  // namespace erasing

Task<Result<bool>> Erasing::IsPlausible() {
  CO_TRY(const std::vector<ErasureLoad> loads, co_await shop_.database.Query(Reading(), kErasureLoad));
  const ErasureLoad& load = loads.at(0);
  shop_.figures.due.Set(load.due);
  shop_.figures.overdue.Set(load.overdue);
  CO_TRY(const bool sane, co_await guard_.IsSane());
  if (!paused_) {
    const bool flood = forecast_ && load.due > 3 * *forecast_ + 50;
    if (!sane || flood) {
      paused_ = true;
      shop_.figures.paused.Set(1);
      log::Error(sane ? "more lives end than were to be expected: none is ended until a restart"
                      : "the database's clock jumped: no life is ended until a restart",
                 {{log::kCount, load.due}});
    }
  }
  // What will be due by the next round, which may come late.
  const Duration ahead = 2 * shop_.rules.erasure_poll + std::chrono::minutes(1);
  CO_TRY(const std::vector<std::int64_t> forecast,
         co_await shop_.database.Query(Reading(), kForecastErasures, ahead));
  forecast_ = forecast.at(0);
  co_return !paused_;
}

Task<Result<void>> Erasing::Round() {
  CO_TRY(const bool plausible, co_await IsPlausible());
  Result<void> outcome;
  int failures = 0;
  for (int taken = 0; taken < erasing::kRound && failures < erasing::kMostFailures; ++taken) {
    CO_TRY(std::vector<ErasureTask> claimed,
           co_await shop_.database.Write(AsSystem(), kClaimErasure, plausible));
    if (claimed.empty()) break;
    const FileId file = claimed.front().file;
    Result<void> erased = co_await shop_.destroyer.Run(std::move(claimed.front()));
    if (erased) continue;
    // The others' keys must not wait for what this one waits for.
    ++failures;
    outcome = std::move(erased);
    CO_TRY_VOID(co_await shop_.database.Write(AsSystem(), kReleaseErasure, file));
  }
  co_return outcome;
}

}  // namespace aplus::files
