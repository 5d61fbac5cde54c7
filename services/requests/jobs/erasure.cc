#include "services/requests/jobs/erasure.h"

#include <utility>
#include <vector>

#include "libs/postgres/idempotency.h"
#include "libs/telemetry/log.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/telling.h"
#include "services/requests/jobs/system.h"
#include "services/requests/store/comment_rows.h"
#include "services/requests/store/draft_rows.h"
#include "services/requests/store/job_rows.h"
#include "services/requests/store/message_draft_rows.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {
namespace erasure {

// More than three times what was foreseen, and fifty, is no ordinary day (SECURITY 2.8).
constexpr std::int64_t kFactor = 3;
constexpr std::int64_t kMargin = 50;
constexpr Duration kForesee = std::chrono::minutes(10);
constexpr std::int32_t kSweepPage = 500;
// Rows that a worker of a round takes at most, so that stopping need not wait for thousands.
constexpr int kRound = 200;

ReadContext Reading() {
  return {.deadline = SteadyClock::now() + std::chrono::seconds(10), .principal = DbPrincipal::System()};
}

Deadline Patience() { return SteadyClock::now() + std::chrono::seconds(10); }

// Found by the reconciliation: whatever its row says, it has no life left.
bool IsLeftover(const ErasureTask& task) { return task.rule == "P52"; }

// A restored backup may hold it open, or closed a short while ago, though it was erased since.
void EndLeftover(Case& on) {
  RequestRow& row = on.row;
  if (row.state != State::kClosed) {
    row.state = State::kClosed;
    row.closed_at = on.now;
    row.close_reason = CloseReason::kInactive;
  }
  if (!row.erase_at || *row.erase_at > on.now) row.erase_at = on.now;
}

// A closed request whose time has come; or a draft that still is one. Nothing of both: it was reopened or
// sent.
Task<Result<bool>> BeginIn(Transaction& tx, const Workshop& shop, const ErasureTask& task,
                           std::int16_t begun) {
  const RequestId id = task.subject;
  CO_TRY(std::optional<Case> found, co_await LockCase(tx, id));
  if (found) {
    RequestRow& row = found->row;
    if (IsLeftover(task)) EndLeftover(*found);
    const bool due = row.state == State::kClosed && row.erase_at && *row.erase_at <= found->now;
    if (!due) {
      tx.Send(kEndErasure, id);
      co_return false;
    }
    if (!row.erased_at) {
      row.erased_at = found->now;
      AddEntry(tx, shop, *found, {.kind = EntryKind::kErased, .in_thread = false});
      CO_TRY_VOID(SaveCase(tx, shop, *found));
    }
    tx.Send(kStepErasure, id, begun);
    co_return true;
  }
  CO_TRY(const std::vector<UserId> draft, co_await tx.Run(kLockDraftToErase, id));
  if (draft.empty()) {
    tx.Send(kEndErasure, id);
    co_return false;
  }
  tx.Send(kStepErasure, id, begun);
  co_return true;
}

// Whom the end concerns: open pages of a request look away. A draft was nobody's but its author's.
EventAudience AudienceOfErased(const std::optional<Case>& found) {
  return found ? AudienceOf(*found, Lane::kAll) : EventAudience{};
}

Task<Result<std::int64_t>> RowsIn(Transaction& tx, const Workshop& shop, RequestId id, std::int16_t gone) {
  CO_TRY(const std::optional<Case> found, co_await LockCase(tx, id));
  std::vector<Pending<Affected>> deleting;
  for (const auto* statement :
       {&kEraseCitizenHistory, &kEraseMessages, &kEraseMessageDrafts, &kEraseFileNames, &kEraseContents,
        &kEraseComment, &kEraseSearch, &kEraseGroupWork, &kErasePersonWork}) {
    deleting.push_back(tx.Send(*statement, id));
  }
  tx.Send(kEraseFiles, id);
  tx.Send(kDeleteDraft, id);
  Idempotency::Forget(tx, id.bytes);
  std::int64_t rows = 0;
  for (Pending<Affected>& pending : deleting) {
    CO_TRY(const Affected affected, co_await pending.Await());
    rows += affected.rows;
  }
  events::v1::RequestErased told;
  told.set_request_id(id.ToString());
  shop.events.Append(tx, DomainEvent::Of(told, AudienceOfErased(found)));
  tx.Send(kStepErasure, id, gone);
  co_return rows;
}

Task<Result<Affected>> ProveIn(Transaction& tx, const Workshop& shop, const ErasureTask& task,
                               std::int32_t keys, std::int32_t rows) {
  CO_TRY(const std::vector<std::int64_t> left, co_await tx.Run(kCountContents, task.subject));
  if (left.at(0) != 0) {
    // Somebody wrote meanwhile, which the begun step forbids: once more, loudly.
    log::Error("contents were left after an erasure",
               {{log::kObjectId, task.subject}, {log::kCount, left.at(0)}});
    tx.Send(kStepErasure, task.subject, std::int16_t{1});
    co_return Affected{};
  }
  tx.Send(kWriteProof, task.subject, task.rule, task.due_at, keys, rows);
  tx.Send(kEndErasure, task.subject);
  shop.trail.Record(tx, SystemLine("erase", "request", task.subject.bytes));
  co_return Affected{1};
}

}  // namespace erasure

Erasure::Erasure(const Workshop& shop, Database& keystore, ClockGuard& guard, Metrics& metrics)
    : shop_(shop),
      keystore_(keystore),
      guard_(guard),
      due_(metrics.GetGauge("aplus_requests_erasures_due", "Erasures that are due and not done")),
      paused_(metrics.GetGauge("aplus_requests_erasure_paused",
                               "1: something is wrong, until a restart only what people ask for is erased")),
      erased_(metrics.GetCounter("aplus_requests_erased_total", "Requests and drafts erased, with proof")),
      orphans_(metrics.GetCounter("aplus_requests_orphan_keys_total", "Keys that belonged to nothing")) {}

bool Erasure::IsExpected(const ErasureBacklog& backlog) {
  const SteadyTime now = SteadyClock::now();
  while (!forecasts_.empty() && now - forecasts_.front().made > std::chrono::hours(1)) forecasts_.pop_front();
  // The oldest forecast that still covers this moment; none in the first minutes of a process.
  const bool expected =
      forecasts_.empty() || now - forecasts_.front().made < erasure::kForesee ||
      backlog.due <= erasure::kFactor * forecasts_.front().within_an_hour + erasure::kMargin;
  if (forecasts_.empty() || now - forecasts_.back().made >= erasure::kForesee) {
    forecasts_.push_back({now, backlog.within_an_hour});
  }
  return expected;
}

void Erasure::Pause(std::string_view why) {
  is_paused_ = true;
  paused_.Set(1);
  log::Error("only what people ask for is erased until this service is started again", {{log::kDetail, why}});
}

Task<Result<void>> Erasure::Round() {
  CO_TRY(const bool sane, co_await guard_.IsSane());
  CO_TRY(const auto backlog, co_await shop_.database.Query(erasure::Reading(), kErasureBacklog));
  due_.Set(backlog.at(0).due);
  if (!is_paused_ && !sane) Pause("the database's clock jumped");
  if (!is_paused_ && !IsExpected(backlog.at(0))) Pause("far more is due than was foreseen");
  Result<void> outcome;
  for (int taken = 0; taken < erasure::kRound; ++taken) {
    CO_TRY(std::vector<ErasureTask> claimed,
           co_await shop_.database.Write(AsSystem(), kClaimErasure, !is_paused_));
    if (claimed.empty()) break;
    const RequestId subject = claimed.front().subject;
    Result<void> erased = co_await Erase(std::move(claimed.front()));
    if (erased) continue;
    outcome = std::move(erased);
    CO_TRY_VOID(co_await shop_.database.Write(AsSystem(), kReleaseErasure, subject));
  }
  co_return outcome;
}

Task<Result<std::int64_t>> Erasure::EraseAllDue() {
  std::int64_t failed = 0;
  while (true) {
    CO_TRY(std::vector<ErasureTask> claimed, co_await shop_.database.Write(AsSystem(), kClaimErasure, true));
    if (claimed.empty()) co_return failed;
    const Result<void> erased = co_await Erase(std::move(claimed.front()));
    // Its lease keeps it from being taken again in this walk.
    if (!erased) ++failed;
  }
}

Task<Result<void>> Erasure::Erase(ErasureTask task) {
  const RequestId id = task.subject;
  if (task.step < kBegun) {
    auto begin = [&](Transaction& tx) { return erasure::BeginIn(tx, shop_, task, kBegun); };
    CO_TRY(const bool begun, co_await shop_.database.Transact(AsSystem(), begin));
    if (!begun) co_return Result<void>();
    task.step = kBegun;
  }
  std::int32_t keys = 0;
  if (task.step < kKeyGone) {
    CO_TRY(const std::int64_t destroyed, co_await shop_.keys.Destroy(id, erasure::Patience()));
    keys = static_cast<std::int32_t>(destroyed);
    CO_TRY_VOID(
        co_await shop_.database.Write(AsSystem(), kStepErasure, id, static_cast<std::int16_t>(kKeyGone)));
    task.step = kKeyGone;
  }
  std::int32_t rows = 0;
  if (task.step < kRowsGone) {
    auto remove = [&](Transaction& tx) { return erasure::RowsIn(tx, shop_, id, kRowsGone); };
    CO_TRY(const std::int64_t removed, co_await shop_.database.Transact(AsSystem(), remove));
    rows = static_cast<std::int32_t>(removed);
  }
  CO_TRY(const auto left, co_await keystore_.Query(erasure::Reading(), kReadKeys, {id}));
  if (!left.empty()) {
    CO_TRY_VOID(
        co_await shop_.database.Write(AsSystem(), kStepErasure, id, static_cast<std::int16_t>(kBegun)));
    co_return Fail(Reason::kInternal, "the key of an erased request was there again");
  }
  auto prove = [&](Transaction& tx) { return erasure::ProveIn(tx, shop_, task, keys, rows); };
  CO_TRY(const Affected proved, co_await shop_.database.Transact(AsSystem(), prove));
  if (proved.rows > 0) erased_.Add();
  co_return Result<void>();
}

Task<Result<void>> Erasure::SweepOrphans() {
  Time after{};
  RequestId after_id;
  while (true) {
    CO_TRY(const auto keys,
           co_await keystore_.Query(erasure::Reading(), kOldKeys, after, after_id, erasure::kSweepPage));
    if (keys.empty()) co_return Result<void>();
    std::vector<RequestId> ids;
    ids.reserve(keys.size());
    for (const OldKey& key : keys) ids.push_back(key.request);
    CO_TRY(const auto orphans, co_await shop_.database.Query(erasure::Reading(), kOrphans, ids));
    for (const RequestId& orphan : orphans) {
      CO_TRY_VOID(co_await shop_.keys.Destroy(orphan, erasure::Patience()));
      orphans_.Add();
    }
    after = keys.back().created_at;
    after_id = keys.back().request;
  }
}

}  // namespace aplus::requests
