#include "services/requests/jobs/reconciling.h"

#include <absl/container/flat_hash_set.h>

#include <array>
#include <set>
#include <utility>
#include <vector>

#include "libs/telemetry/log.h"
#include "services/requests/jobs/rounds.h"
#include "services/requests/store/erasure_rows.h"
#include "services/requests/store/leftover_rows.h"

namespace aplus::requests {
namespace reconciling {

constexpr std::int32_t kPage = 1000;
// What an ordinary day can leave behind (SECURITY 2.8 allows the worker's guard as much).
constexpr std::size_t kMost = 100;

constexpr std::array<const HoldersPage*, 9> kHolders{
    &kHoldersOfContents,    &kHoldersOfCitizens,  &kHoldersOfMessages,
    &kHoldersOfHalfWritten, &kHoldersOfFileNames, &kHoldersOfDrafts,
    &kHoldersOfWords,       &kHoldersOfGroupWork, &kHoldersOfPersonWork};

// Of these, those whose key is gone though nobody is erasing them.
Task<Result<std::vector<RequestId>>> Keyless(Database& database, Database& keystore,
                                             const std::vector<RequestId>& ids) {
  CO_TRY(const std::vector<KeyRow> keys, co_await keystore.Query(rounds::Reading(), kReadKeys, ids));
  absl::flat_hash_set<RequestId> kept;
  for (const KeyRow& key : keys) kept.insert(key.request);
  std::vector<RequestId> missing;
  for (const RequestId& id : ids) {
    if (!kept.contains(id)) missing.push_back(id);
  }
  if (missing.empty()) co_return missing;
  co_return co_await database.Query(rounds::Reading(), kWithoutTask, missing);
}

}  // namespace reconciling

Reconciliation::Reconciliation(const Workshop& shop, Database& keystore, Metrics& metrics)
    : shop_(shop),
      keystore_(keystore),
      found_(metrics.GetCounter("aplus_requests_leftovers_total",
                                "Requests and drafts of which something had outlived its time or its key")),
      suspicious_(
          metrics.GetGauge("aplus_requests_leftovers_suspicious",
                           "1: so much seems to have outlived its time that nothing of it is erased")) {}

Task<Result<std::int64_t>> Reconciliation::ScheduleForgotten() {
  CO_TRY(const std::vector<Unscheduled> forgotten,
         co_await shop_.database.Query(rounds::Reading(), kUnscheduled, reconciling::kPage));
  for (const Unscheduled& one : forgotten) {
    log::Error("a closed request was waiting for no erasure", {{log::kObjectId, one.request}});
    CO_TRY_VOID(co_await shop_.database.Write(AsSystem(), kScheduleErasure, one.request, std::string("P51"),
                                              one.erase_at));
    found_.Add();
  }
  co_return static_cast<std::int64_t>(forgotten.size());
}

Task<Result<void>> Reconciliation::Walk(Found& found) {
  for (const HoldersPage* holders : reconciling::kHolders) {
    RequestId after;
    for (bool more = true; more;) {
      CO_TRY(const std::vector<RequestId> ids,
             co_await shop_.database.Query(rounds::Reading(), *holders, after, reconciling::kPage));
      more = ids.size() == static_cast<std::size_t>(reconciling::kPage);
      if (ids.empty()) break;
      after = ids.back();
      CO_TRY(const std::vector<RequestId> late,
             co_await shop_.database.Query(rounds::Reading(), kOutlived, ids));
      found.outlived.insert(late.begin(), late.end());
      CO_TRY(const std::vector<RequestId> keyless,
             co_await reconciling::Keyless(shop_.database, keystore_, ids));
      found.keyless.insert(keyless.begin(), keyless.end());
      co_await YieldToOthers();
    }
  }
  co_return Result<void>();
}

Task<Result<std::int64_t>> Reconciliation::Scan(std::size_t most, Missing missing) {
  Found found;
  CO_TRY_VOID(co_await Walk(found));
  std::erase_if(found.keyless, [&](const RequestId& id) { return found.outlived.contains(id); });
  const bool too_many = found.outlived.size() + found.keyless.size() > most;
  suspicious_.Set(too_many ? 1 : 0);
  if (too_many) {
    keyless_before_.clear();
    log::Error("far more has outlived its time or its key than can be: nothing of it is erased",
               {{log::kCount, found.outlived.size() + found.keyless.size()}});
    co_return Fail(Reason::kInternal, "too much to be erased without anybody's look at it");
  }
  std::set<RequestId> over = std::move(found.outlived);
  for (const RequestId& id : found.keyless) {
    if (missing == Missing::kAtOnce || keyless_before_.contains(id)) over.insert(id);
  }
  keyless_before_ = std::move(found.keyless);
  auto scheduling = ScheduleForgotten();
  CO_TRY(std::int64_t scheduled, co_await std::move(scheduling));
  for (const RequestId& id : over) {
    log::Error("something personal had outlived its time or its key: it is erased now",
               {{log::kObjectId, id}});
    CO_TRY_VOID(co_await shop_.database.Write(AsSystem(), kEraseAgain, id));
    found_.Add();
    ++scheduled;
  }
  co_return scheduled;
}

Task<Result<void>> Reconciliation::Round() {
  CO_TRY_VOID(co_await Scan(reconciling::kMost, Missing::kTwice));
  co_return Result<void>();
}

}  // namespace aplus::requests
