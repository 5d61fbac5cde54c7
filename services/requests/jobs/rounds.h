// What rounds over due requests have in common: finding them, taking one after the other, whom they await.
#pragma once

#include <vector>

#include "libs/postgres/statement.h"
#include "services/requests/acts/case.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/jobs/system.h"

namespace aplus::requests::rounds {

inline constexpr std::int32_t kBatch = 100;
// Of one round at most, so that stopping need not wait for thousands.
inline constexpr int kPages = 20;

inline ReadContext Reading() {
  return {.deadline = SteadyClock::now() + std::chrono::seconds(10), .principal = DbPrincipal::System()};
}

inline Task<Result<std::vector<RequestId>>> Due(const Workshop& shop,
                                                const Statement<RequestId, std::int32_t>& statement) {
  co_return co_await shop.database.Query(Reading(), statement, kBatch);
}

// One subject after the other, each in its transaction; a failure of one does not hold up the others, and is
// the round's outcome. `act(Transaction&, id)` answers Task<Result<Affected>> and asks again whether it is
// due.
template <class AnyId, class Act>
Task<Result<void>> Each(const Workshop& shop, const std::vector<AnyId>& ids, Act act) {
  Result<void> outcome;
  for (const AnyId& id : ids) {
    auto one = [&](Transaction& tx) { return act(tx, id); };
    const Result<Affected> done = co_await shop.database.Transact(AsSystem(), one);
    if (!done) outcome = Fail(done.error());
  }
  co_return outcome;
}

// Everything that a statement finds due, page after page while each goes well: what could not be done now is
// tried again in the next round, and must not be found again and again in this one.
template <class Act>
Task<Result<void>> All(const Workshop& shop, const Statement<RequestId, std::int32_t>& statement, Act act) {
  for (int page = 0; page < kPages; ++page) {
    CO_TRY(const std::vector<RequestId> due, co_await Due(shop, statement));
    CO_TRY_VOID(co_await Each(shop, due, act));
    if (due.size() < static_cast<std::size_t>(kBatch)) break;
  }
  co_return Result<void>();
}

// Whom the clock is about: groups that have not answered; once somebody has, all that have not declined
// (P40's second half waits for any of them).
inline bool IsAwaited(const Case& on, const AddressedRow& group) {
  if (on.row.last_answer_at) return group.state != GroupState::kDeclined;
  return group.state == GroupState::kWaiting;
}

template <class Message>
void AddAwaited(const Case& on, Message& told) {
  for (const AddressedRow& group : on.groups) {
    if (IsAwaited(on, group)) told.add_waiting_group_ids(group.group.ToString());
  }
}

}  // namespace aplus::requests::rounds
