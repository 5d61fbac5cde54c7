#include "services/requests/jobs/lateness.h"

#include <vector>

#include "services/requests/acts/inviting.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/telling.h"
#include "services/requests/jobs/system.h"
#include "services/requests/store/job_rows.h"

namespace aplus::requests {
namespace lateness {

constexpr std::int32_t kBatch = 100;

// Whom the clock is about: groups that have not answered; once somebody has, all that have not declined
// (P40's second half waits for any of them).
bool IsAwaited(const Case& on, const AddressedRow& group) {
  if (on.row.last_answer_at) return group.state != GroupState::kDeclined;
  return group.state == GroupState::kWaiting;
}

template <class Message>
void AddAwaited(const Case& on, Message& told) {
  for (const AddressedRow& group : on.groups) {
    if (IsAwaited(on, group)) told.add_waiting_group_ids(group.group.ToString());
  }
}

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
  AddAwaited(on, told);
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
  AddAwaited(*found, told);
  Tell(tx, shop, *found, {}, std::move(told));
  co_return Affected{1};
}

Task<Result<std::vector<RequestId>>> Due(const Workshop& shop,
                                         const Statement<RequestId, std::int32_t>& statement) {
  const ReadContext reading{.deadline = SteadyClock::now() + std::chrono::seconds(10),
                            .principal = DbPrincipal::System()};
  co_return co_await shop.database.Query(reading, statement, kBatch);
}

// One request after the other; a failure of one does not hold up the others, and is the round's outcome.
template <class Act>
Task<Result<void>> Each(const Workshop& shop, const std::vector<RequestId>& ids, Act act) {
  Result<void> outcome;
  for (const RequestId& id : ids) {
    auto one = [&](Transaction& tx) { return act(tx, id); };
    const Result<Affected> done = co_await shop.database.Transact(AsSystem(), one);
    if (!done) outcome = Fail(done.error());
  }
  co_return outcome;
}

}  // namespace lateness

Task<Result<void>> FlagLate(const Workshop& shop) {
  CO_TRY(const std::vector<RequestId> warned, co_await lateness::Due(shop, kToBeWarned));
  auto warn = [&](Transaction& tx, RequestId id) { return lateness::WarnIn(tx, shop, id); };
  const Result<void> all_warned = co_await lateness::Each(shop, warned, warn);

  CO_TRY(const std::vector<RequestId> late, co_await lateness::Due(shop, kBecameLate));
  if (late.empty()) co_return all_warned;
  // Auth away: the flag does not wait for the experts; they come when somebody invites them.
  const Deadline patience = SteadyClock::now() + std::chrono::seconds(5);
  const std::vector<UserId> experts =
      (co_await shop.directory.Experts(patience)).value_or(std::vector<UserId>());
  auto flag = [&](Transaction& tx, RequestId id) { return lateness::FlagIn(tx, shop, id, experts); };
  CO_TRY_VOID(co_await lateness::Each(shop, late, flag));
  co_return all_warned;
}

}  // namespace aplus::requests
