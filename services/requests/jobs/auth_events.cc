#include "services/requests/jobs/auth_events.h"

#include <algorithm>
#include <utility>

#include "aplus/events/v1/auth.pb.h"
#include "libs/rpc/timestamp.h"
#include "services/requests/acts/inviting.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/telling.h"
#include "services/requests/jobs/system.h"
#include "services/requests/store/membership_rows.h"

namespace aplus::requests {
namespace auth_events {

// An event that says what cannot be is parked, not guessed at.
Error Poison() {
  Error error;
  error.reason = Reason::kInternal;
  error.diagnostic = "an event of auth without a proper id";
  return error;
}

Result<void> TakeMembership(Transaction& tx, const EventRecord& record) {
  const auto changed = PayloadOf<events::v1::MembershipChanged>(record);
  if (!changed) return Fail(Poison());
  const auto user = UserId::Parse(changed->user_id());
  const auto group = GroupId::Parse(changed->group_id());
  if (!user || !group) return Fail(Poison());
  if (changed->removed()) {
    tx.Send(kDropMembership, *user, *group);
    return {};
  }
  tx.Send(kSaveMembership, *user, *group, changed->helper(), changed->instructor(), changed->manager(),
          TimeOf(record.at()));
  return {};
}

// Whoever deactivated named the heir, among the group's helpers; nobody named: an invited helper. When the
// system deactivates, nobody inherits.
Task<Result<std::optional<UserId>>> HeirOf(const Workshop& shop, const Case& on, std::optional<UserId> named,
                                           bool by_system, Deadline deadline) {
  if (named || by_system) co_return named;
  std::vector<UserId> invited;
  for (const ParticipantRow& person : on.people) {
    if (person.kind == ParticipantKind::kHelper && person.user != on.row.owner)
      invited.push_back(person.user);
  }
  if (invited.empty()) co_return std::nullopt;
  CO_TRY(const Cards cards, co_await shop.directory.Ask({invited.begin(), invited.end()}, {}, deadline));
  for (const UserId& user : invited) {
    const Person* person = cards.Find(user);
    if (person != nullptr && person->active) co_return user;
  }
  co_return std::nullopt;
}

// A line says who owns the request now; without an heir the experts come in and the request stays without
// owner.
Task<Result<void>> HandOver(Transaction& tx, const Workshop& shop, RequestId id, std::optional<UserId> named,
                            bool by_system, const std::vector<UserId>& experts) {
  CO_TRY(std::optional<Case> found, co_await LockCase(tx, id));
  if (!found || found->row.state == State::kClosed) co_return Result<void>();
  Case& on = *found;
  CO_TRY(const std::optional<UserId> heir, co_await HeirOf(shop, on, named, by_system, tx.deadline()));
  on.row.owner = heir;
  AddEntry(tx, shop, on, {.kind = EntryKind::kOwnerLeft, .person = heir});
  const Bringing bringing{.kind = heir ? ParticipantKind::kHelper : ParticipantKind::kExpert};
  const std::vector<UserId> brought = heir ? std::vector<UserId>{*heir} : experts;
  CO_TRY(const std::vector<UserId> added, AddPeople(tx, shop, on, brought, bringing, nullptr));
  CO_TRY_VOID(SaveCase(tx, shop, on));
  if (heir) {
    events::v1::HelpersInvited told;
    for (const UserId& user : added) told.add_user_ids(user.ToString());
    Tell(tx, shop, on, {}, std::move(told));
  } else {
    events::v1::ExpertsInvited told;
    for (const UserId& user : added) told.add_user_ids(user.ToString());
    Tell(tx, shop, on, {}, std::move(told));
  }
  // Everybody on the request is told, whoever came in by the above included.
  events::v1::OwnerLeft left;
  if (heir) left.set_heir_user_id(heir->ToString());
  Tell(tx, shop, on, {}, std::move(left));
  shop.trail.Record(tx, SystemLine("hand_over", "request", id.bytes));
  co_return Result<void>();
}

Task<Result<void>> TakeDeactivation(Transaction& tx, const Workshop& shop, const EventRecord& record) {
  const auto left = PayloadOf<events::v1::AccountDeactivated>(record);
  const auto user = left ? UserId::Parse(left->user_id()) : std::nullopt;
  if (!user) co_return Fail(Poison());
  CO_TRY(const std::vector<RequestId> open, co_await tx.Run(kOpenRequestsOf, *user));
  if (open.empty()) co_return Result<void>();
  const std::optional<UserId> named = UserId::Parse(left->heir_user_id());
  const bool by_system = left->cause() == events::v1::DEACTIVATION_CAUSE_INACTIVITY;
  std::vector<UserId> experts;
  if (!named) {
    CO_TRY(experts, co_await shop.directory.Experts(tx.deadline()));
  }
  for (const RequestId& id : open) CO_TRY_VOID(co_await HandOver(tx, shop, id, named, by_system, experts));
  co_return Result<void>();
}

}  // namespace auth_events

Task<Result<void>> TakeAuthEvent(Transaction& tx, const Workshop& shop, const EventRecord& record) {
  if (Carries<events::v1::MembershipChanged>(record)) co_return auth_events::TakeMembership(tx, record);
  if (Carries<events::v1::AccountDeactivated>(record)) {
    co_return co_await auth_events::TakeDeactivation(tx, shop, record);
  }
  co_return Result<void>();
}

}  // namespace aplus::requests
