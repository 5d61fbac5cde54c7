#include "services/requests/jobs/lateness.h"

#include <vector>

#include "services/requests/acts/inviting.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/telling.h"
#include "services/requests/jobs/rounds.h"
#include "services/requests/jobs/system.h"
#include "services/requests/store/job_rows.h"

namespace aplus::requests {
namespace lateness {

Task<Result<Affected>> FlagIn(Transaction& tx, const Workshop& shop, RequestId id,
                              const std::vector<UserId>& experts) {
  CO_TRY(std::optional<Case> found, co_await LockCase(tx, id));
  // Answered, processed or flagged by another replica since it was found.
  if (!found || found->row.late || !found->row.late_from || *found->row.late_from > found->now) {
    co_return Affected{};
  }
  Case& on = *found;
  on.row.late = true;
  on.row.warn_at.reset();
  AddEntry(tx, shop, on, {.kind = EntryKind::kLate});
  CO_TRY(const std::vector<UserId> added,
         AddPeople(tx, shop, on, experts, {.kind = ParticipantKind::kExpert}, nullptr));
  CO_TRY_VOID(SaveCase(tx, shop, on));
  events::v1::RequestLate told;
  rounds::AddAwaited(on, told);
  Tell(tx, shop, on, {}, std::move(told));
  if (!added.empty()) {
    events::v1::ExpertsInvited invited;
    for (const UserId& user : added) invited.add_user_ids(user.ToString());
    Tell(tx, shop, on, {}, std::move(invited));
  }
  shop.trail.Record(tx, SystemLine("late", "request", id.bytes));
  co_return Affected{1};
}

Task<Result<Affected>> WarnIn(Transaction& tx, const Workshop& shop, RequestId id) {
  CO_TRY(std::optional<Case> found, co_await LockCase(tx, id));
  if (!found || !found->row.warn_at || *found->row.warn_at > found->now) co_return Affected{};
  tx.Send(kForgetWarning, id);
  // Too late to warn: the flag says it all.
  if (found->row.late_from && *found->row.late_from <= found->now) co_return Affected{};
  events::v1::RequestLateSoon told;
  rounds::AddAwaited(*found, told);
  Tell(tx, shop, *found, {}, std::move(told));
  co_return Affected{1};
}

}  // namespace lateness

Task<Result<void>> FlagLate(const Workshop& shop) {
  auto warn = [&](Transaction& tx, RequestId id) { return lateness::WarnIn(tx, shop, id); };
  const Result<void> all_warned = co_await rounds::All(shop, kToBeWarned, warn);

  CO_TRY(const std::vector<RequestId> late, co_await rounds::Due(shop, kBecameLate));
  if (late.empty()) co_return all_warned;
  // Auth away: the flag does not wait for the experts; they come when somebody invites them.
  const Deadline patience = SteadyClock::now() + std::chrono::seconds(5);
  const std::vector<UserId> experts =
      (co_await shop.directory.Experts(patience)).value_or(std::vector<UserId>());
  auto flag = [&](Transaction& tx, RequestId id) { return lateness::FlagIn(tx, shop, id, experts); };
  CO_TRY_VOID(co_await rounds::All(shop, kBecameLate, flag));
  co_return all_warned;
}

}  // namespace aplus::requests
