#include "services/auth/acts/members.h"

#include <utility>

#include "aplus/events/v1/auth.pb.h"
#include "services/auth/domain/email_address.h"
#include "services/auth/domain/membership_rules.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {
namespace members {

constexpr const char* kLastManager = "Un groupe garde au moins un responsable : nommez-en d’abord un autre.";
constexpr const char* kMayNotJoin =
    "Ce compte ne peut pas rejoindre ce groupe : un administrateur n’appartient à aucun groupe, un expert à "
    "un "
    "seul au plus.";

JoinFacts FactsOf(const JoiningRow& row) {
  return {.administrator = row.administrator,
          .expert = row.expert,
          .memberships = static_cast<int>(row.memberships)};
}

Task<Result<void>> CheckNotLast(Transaction& tx, GroupId group, UserId user) {
  CO_TRY(const auto others, co_await tx.RunOne(kOtherManagers, group, user));
  if (others.value_or(0) == 0) co_return Fail(Impossible(kLastManager));
  co_return Result<void>();
}

Task<Result<MemberNow>> AddIn(Transaction& tx, const Office& office, const Asker& asker, GroupId group,
                              const std::string& email) {
  CO_TRY(const std::uint8_t mine, co_await EnterGroup(tx, asker, group));
  CO_TRY_VOID(Allow(asker, Operation::kA9, mine != 0));
  CO_TRY(const auto account, co_await tx.RunOne(kLockByEmail, EmailKey(email)));
  if (!account || !account->active) co_return Fail(Reason::kNotFound);
  CO_TRY(const auto held, co_await tx.RunOne(kRolesOf, account->id, group));
  if (held) co_return MemberNow{account->id, static_cast<std::uint8_t>(*held)};
  if (!MayJoin(FactsOf(*account))) co_return Fail(Impossible(kMayNotJoin));
  PutMember(tx, office, account->id, group, kRoleHelper);
  tx.Send(kForgetDeparture, group, account->id);
  office.trail.Record(tx, asker.LineOn("account", account->id.bytes));
  co_return MemberNow{account->id, kRoleHelper};
}

Task<Result<MemberNow>> RemoveIn(Transaction& tx, const Office& office, const Asker& asker, GroupId group,
                                 UserId user) {
  CO_TRY(const std::uint8_t mine, co_await EnterGroup(tx, asker, group));
  CO_TRY_VOID(Allow(asker, Operation::kG3, mine != 0));
  CO_TRY(const auto held, co_await tx.RunOne(kRolesOf, user, group));
  if (!held) co_return Fail(Reason::kNotFound);
  const auto roles = static_cast<std::uint8_t>(*held);
  if ((roles & kRoleManager) != 0) CO_TRY_VOID(co_await CheckNotLast(tx, group, user));
  tx.Send(kDropMember, user, group);
  tx.Send(kNoteDeparture, group, user, (roles & kRoleHelper) != 0, (roles & kRoleInstructor) != 0,
          (roles & kRoleManager) != 0, asker.user);
  SessionStore::EndAll(tx, user);
  TellRemoved(tx, office, user, group);
  events::v1::MemberTakenOut told;
  told.set_user_id(user.ToString());
  told.set_group_id(group.ToString());
  told.set_actor_user_id(asker.user.ToString());
  office.events.Append(tx, DomainEvent::Of(told, {.groups = {group}, .users = {user}}));
  office.trail.Record(tx, asker.LineOn("account", user.bytes));
  co_return MemberNow{user, 0};
}

Task<Result<MemberNow>> RestoreIn(Transaction& tx, const Office& office, const Asker& asker, GroupId group,
                                  UserId user) {
  CO_TRY(const std::uint8_t mine, co_await EnterGroup(tx, asker, group));
  CO_TRY_VOID(Allow(asker, Operation::kG4, (mine & kRoleManager) != 0));
  CO_TRY(const auto held, co_await tx.RunOne(kRolesOf, user, group));
  if (held) co_return MemberNow{user, static_cast<std::uint8_t>(*held)};
  CO_TRY(const auto departed, co_await tx.RunOne(kDepartedRoles, group, user, office.rules.undo_kept));
  if (!departed) co_return Fail(Reason::kNotFound);
  CO_TRY(const auto account, co_await tx.RunOne(kLockById, user));
  if (!account) co_return Fail(Reason::kNotFound);
  if (!MayJoin(FactsOf(*account))) co_return Fail(Impossible(kMayNotJoin));
  const auto roles = static_cast<std::uint8_t>(*departed);
  PutMember(tx, office, user, group, roles);
  tx.Send(kForgetDeparture, group, user);
  office.trail.Record(tx, asker.LineOn("account", user.bytes));
  co_return MemberNow{user, roles};
}

Task<Result<MemberNow>> SetRolesIn(Transaction& tx, const Office& office, const Asker& asker, GroupId group,
                                   UserId user, std::uint8_t roles) {
  CO_TRY(const std::uint8_t mine, co_await EnterGroup(tx, asker, group));
  CO_TRY_VOID(Allow(asker, Operation::kA10, (mine & kRoleManager) != 0));
  CO_TRY(const auto held, co_await tx.RunOne(kRolesOf, user, group));
  if (!held) co_return Fail(Reason::kNotFound);
  const auto before = static_cast<std::uint8_t>(*held);
  if (before == roles) co_return MemberNow{user, roles};
  if ((before & ~roles & kRoleManager) != 0) CO_TRY_VOID(co_await CheckNotLast(tx, group, user));
  PutMember(tx, office, user, group, roles);
  // Whoever may do other things than before proves anew who he is (SECURITY 2.1).
  SessionStore::EndAll(tx, user);
  office.trail.Record(tx, asker.LineOn("account", user.bytes));
  co_return MemberNow{user, roles};
}

Task<Result<std::vector<DepartureRow>>> DeparturesIn(Transaction& tx, const Office& office,
                                                     const Asker& asker, GroupId group) {
  CO_TRY(const std::uint8_t mine, co_await EnterGroup(tx, asker, group));
  CO_TRY_VOID(Allow(asker, Operation::kG4, (mine & kRoleManager) != 0));
  CO_TRY(auto rows, co_await tx.Run(kDepartures, group, office.rules.undo_kept));
  office.trail.Record(tx, asker.LineOn("group", group.bytes));
  co_return rows;
}

}  // namespace members

Task<Result<std::uint8_t>> EnterGroup(Transaction& tx, const Asker& asker, GroupId group) {
  auto locked = tx.Send(kLockGroup, group);
  CO_TRY(const auto mine, co_await tx.RunOne(kActingRoles, asker.user, group));
  CO_TRY(const auto found, co_await locked.Await());
  if (found.empty() && asker.caller.administrator) co_return Fail(Reason::kNotFound);
  co_return static_cast<std::uint8_t>(mine.value_or(0));
}

void PutMember(Transaction& tx, const Office& office, UserId user, GroupId group, std::uint8_t roles) {
  const bool helper = (roles & kRoleHelper) != 0;
  const bool instructor = (roles & kRoleInstructor) != 0;
  const bool manager = (roles & kRoleManager) != 0;
  tx.Send(kPutMember, user, group, helper, instructor, manager);
  events::v1::MembershipChanged event;
  event.set_user_id(user.ToString());
  event.set_group_id(group.ToString());
  event.set_helper(helper);
  event.set_instructor(instructor);
  event.set_manager(manager);
  office.events.Append(tx, DomainEvent::Of(event, {.groups = {group}, .users = {user}}));
}

void TellRemoved(Transaction& tx, const Office& office, UserId user, GroupId group) {
  events::v1::MembershipChanged event;
  event.set_user_id(user.ToString());
  event.set_group_id(group.ToString());
  event.set_removed(true);
  office.events.Append(tx, DomainEvent::Of(event, {.groups = {group}, .users = {user}}));
}

Task<Result<MemberNow>> AddMember(const Office& office, const Asker& asker, GroupId group,
                                  std::string email) {
  auto act = [&](Transaction& tx) { return members::AddIn(tx, office, asker, group, email); };
  co_return co_await RunAct<MemberNow>(office, asker, {"group", group.bytes}, act);
}

Task<Result<MemberNow>> RemoveMember(const Office& office, const Asker& asker, GroupId group, UserId user) {
  auto act = [&](Transaction& tx) { return members::RemoveIn(tx, office, asker, group, user); };
  co_return co_await RunAct<MemberNow>(office, asker, {"group", group.bytes}, act);
}

Task<Result<MemberNow>> RestoreMember(const Office& office, const Asker& asker, GroupId group, UserId user) {
  auto act = [&](Transaction& tx) { return members::RestoreIn(tx, office, asker, group, user); };
  co_return co_await RunAct<MemberNow>(office, asker, {"group", group.bytes}, act);
}

Task<Result<MemberNow>> SetRoles(const Office& office, const Asker& asker, GroupId group, UserId user,
                                 std::uint8_t roles) {
  auto act = [&](Transaction& tx) { return members::SetRolesIn(tx, office, asker, group, user, roles); };
  co_return co_await RunAct<MemberNow>(office, asker, {"group", group.bytes}, act);
}

Task<Result<std::vector<DepartureRow>>> ListDepartures(const Office& office, const Asker& asker,
                                                       GroupId group) {
  auto act = [&](Transaction& tx) { return members::DeparturesIn(tx, office, asker, group); };
  co_return co_await RunAct<std::vector<DepartureRow>>(office, asker, {"group", group.bytes}, act);
}

}  // namespace aplus::auth
