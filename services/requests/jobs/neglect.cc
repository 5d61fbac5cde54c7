#include "services/requests/jobs/neglect.h"

#include <utility>
#include <vector>

#include "services/requests/acts/ending.h"
#include "services/requests/acts/inviting.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/telling.h"
#include "services/requests/jobs/rounds.h"
#include "services/requests/store/job_rows.h"

namespace aplus::requests {
namespace neglect_job {

bool IsDue(const std::optional<Time>& moment, Time now) { return moment && *moment <= now; }

// What was found may rest on delays that have changed, or be from before the columns were there: what counts
// is what the facts ask for now.
void ExpectAnew(const Workshop& shop, Case& on) {
  const Neglect neglect = NeglectOf(shop.rules.neglect, on.row, on.now);
  on.row.close_at = neglect.close_at;
  on.row.notice_at = neglect.notice_at;
  on.row.raise_at = neglect.raise_at;
}

Task<Result<std::optional<Case>>> Lock(Transaction& tx, const Workshop& shop, RequestId id) {
  auto locking = LockCase(tx, id);
  CO_TRY(std::optional<Case> found, co_await std::move(locking));
  if (!found || found->row.state == State::kClosed) co_return std::nullopt;
  ExpectAnew(shop, *found);
  co_return found;
}

Task<Result<Affected>> AnnounceIn(Transaction& tx, const Workshop& shop, RequestId id) {
  CO_TRY(std::optional<Case> found, co_await Lock(tx, shop, id));
  if (!found) co_return Affected{};
  Case& on = *found;
  if (!IsDue(on.row.notice_at, on.now)) {
    CO_TRY_VOID(SaveCase(tx, shop, on));
    co_return Affected{};
  }
  const Neglect announced =
      Announced(shop.rules.neglect, {on.row.close_at, on.row.notice_at, on.row.raise_at}, on.now);
  on.row.close_at = announced.close_at;
  on.row.notice_at = announced.notice_at;
  AddEntry(tx, shop, on, {.kind = EntryKind::kEndAnnounced});
  CO_TRY_VOID(SaveCase(tx, shop, on));
  events::v1::RequestEndAnnounced told;
  told.set_processed(on.row.state == State::kProcessed);
  Tell(tx, shop, on, {}, std::move(told));
  shop.trail.Record(tx, SystemLine("announce_end", "request", id.bytes));
  co_return Affected{1};
}

Task<Result<Affected>> RaiseIn(Transaction& tx, const Workshop& shop, RequestId id,
                               const std::vector<UserId>& experts) {
  CO_TRY(std::optional<Case> found, co_await Lock(tx, shop, id));
  if (!found) co_return Affected{};
  Case& on = *found;
  if (!IsDue(on.row.raise_at, on.now)) {
    CO_TRY_VOID(SaveCase(tx, shop, on));
    co_return Affected{};
  }
  on.row.raise_at.reset();
  AddEntry(tx, shop, on, {.kind = EntryKind::kRaised});
  CO_TRY_VOID(AddPeople(tx, shop, on, experts, {.kind = ParticipantKind::kExpert}, nullptr));
  CO_TRY_VOID(SaveCase(tx, shop, on));
  events::v1::RequestRaised told;
  rounds::AddAwaited(on, told);
  Tell(tx, shop, on, {}, std::move(told));
  shop.trail.Record(tx, SystemLine("raise", "request", id.bytes));
  co_return Affected{1};
}

Task<Result<Affected>> CloseIn(Transaction& tx, const Workshop& shop, RequestId id) {
  CO_TRY(std::optional<Case> found, co_await Lock(tx, shop, id));
  if (!found) co_return Affected{};
  Case& on = *found;
  if (!IsDue(on.row.close_at, on.now) || on.row.notice_at) {
    CO_TRY_VOID(SaveCase(tx, shop, on));
    co_return Affected{};
  }
  const CloseReason reason = ReasonOfNeglect(on.row.first_answer_at.has_value());
  AddEntry(tx, shop, on, {.kind = EntryKind::kClosed});
  CO_TRY_VOID(CloseCase(tx, shop, on, reason, shop.rules.request_erasure, "P51"));
  events::v1::RequestClosed told;
  told.set_reason(static_cast<v1::CloseReason>(reason));
  Tell(tx, shop, on, {}, std::move(told));
  shop.trail.Record(tx, SystemLine("close", "request", id.bytes));
  co_return Affected{1};
}

}  // namespace neglect_job

Task<Result<void>> AttendNeglected(const Workshop& shop) {
  auto announce = [&](Transaction& tx, RequestId id) { return neglect_job::AnnounceIn(tx, shop, id); };
  const Result<void> announced = co_await rounds::All(shop, kToBeAnnounced, announce);

  CO_TRY(const std::vector<RequestId> unanswered, co_await rounds::Due(shop, kToBeRaised));
  Result<void> raised;
  if (!unanswered.empty()) {
    // Auth away: managers are told all the same; the experts come when somebody invites them.
    const Deadline patience = SteadyClock::now() + std::chrono::seconds(5);
    const std::vector<UserId> experts =
        (co_await shop.directory.Experts(patience)).value_or(std::vector<UserId>());
    auto raise = [&](Transaction& tx, RequestId id) { return neglect_job::RaiseIn(tx, shop, id, experts); };
    raised = co_await rounds::All(shop, kToBeRaised, raise);
  }

  auto close = [&](Transaction& tx, RequestId id) { return neglect_job::CloseIn(tx, shop, id); };
  CO_TRY_VOID(co_await rounds::All(shop, kToBeClosed, close));
  CO_TRY_VOID(announced);
  co_return raised;
}

}  // namespace aplus::requests
