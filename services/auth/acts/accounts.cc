#include "services/auth/acts/accounts.h"

#include <algorithm>
#include <utility>

#include "aplus/events/v1/auth.pb.h"
#include "services/auth/acts/members.h"
#include "services/auth/domain/email_address.h"
#include "services/auth/domain/membership_rules.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {
namespace accounts {

// Whether the caller manages a group of the account; his rights with it. An account that does not exist is
// told from one that is somebody else's to administrators only.
Task<Result<StandingRow>> Enter(Transaction& tx, const Asker& asker, Operation operation, UserId user) {
  auto locked = tx.Send(kLockGroupsOf, user);
  auto standing = tx.Send(kLockStanding, user);
  CO_TRY(const auto manages, co_await tx.RunOne(kManages, asker.user, user));
  CO_TRY_VOID(Allow(asker, operation, manages.value_or(false)));
  CO_TRY(auto rows, co_await standing.Await());
  if (rows.empty()) co_return Fail(Reason::kNotFound);
  co_return std::move(rows.front());
}

Task<Result<Staff>> Show(Transaction& tx, UserId user) {
  auto groups = tx.Send(kStaffGroups, user);
  CO_TRY(auto account, co_await tx.RunOne(kStaff, user));
  if (!account) co_return Fail(Reason::kNotFound);
  CO_TRY(auto rows, co_await groups.Await());
  co_return Staff{*std::move(account), std::move(rows)};
}

Task<Result<UserId>> CreateIn(Transaction& tx, const Office& office, const Asker& asker,
                              const NewAccount& account) {
  std::uint8_t mine = 0;
  if (account.group) {
    CO_TRY(mine, co_await EnterGroup(tx, asker, *account.group));
  }
  const bool manages = (mine & kRoleManager) != 0;
  CO_TRY_VOID(Allow(asker, Operation::kA5, manages));
  const std::uint8_t roles = account.roles == 0 ? std::uint8_t{kRoleHelper} : account.roles;
  if (roles != kRoleHelper) CO_TRY_VOID(Allow(asker, Operation::kA10, manages));
  const UserId id = UserId::New(office.clock, office.random);
  CO_TRY(const auto made,
         co_await tx.RunOne(kOpenAccount, id, account.email, EmailKey(account.email), account.first_name,
                            account.last_name, account.function, account.phone, account.shared));
  if (!made) co_return Fail(Reason::kConflict);
  events::v1::AccountActivated event;
  event.set_user_id(id.ToString());
  event.set_created(true);
  office.events.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {id}}));
  if (account.group) PutMember(tx, office, id, *account.group, roles);
  office.trail.Record(tx, asker.LineOn("account", id.bytes));
  co_return id;
}

Task<Result<Staff>> GetIn(Transaction& tx, const Office& office, const Asker& asker, UserId user) {
  CO_TRY(const auto manages, co_await tx.RunOne(kManages, asker.user, user));
  CO_TRY_VOID(Allow(asker, Operation::kG1, manages.value_or(false)));
  CO_TRY(Staff staff, co_await Show(tx, user));
  office.trail.Record(tx, asker.LineOn("account", user.bytes));
  co_return staff;
}

Task<Result<DeactivationEffects>> PreviewIn(Transaction& tx, const Office& office, const Asker& asker,
                                            UserId user) {
  CO_TRY(const auto manages, co_await tx.RunOne(kManages, asker.user, user));
  CO_TRY_VOID(Allow(asker, Operation::kA6, manages.value_or(false)));
  auto groups = tx.Send(kStaffGroups, user);
  auto losses = tx.Send(kLosses, user);
  auto heirs = tx.Send(kHeirs, user);
  auto sessions = tx.Send(kSessionCount, user);
  CO_TRY(const auto account, co_await tx.RunOne(kStaff, user));
  if (!account) co_return Fail(Reason::kNotFound);
  DeactivationEffects effects;
  CO_TRY(effects.groups, co_await groups.Await());
  CO_TRY(effects.losses, co_await losses.Await());
  CO_TRY(effects.heirs, co_await heirs.Await());
  CO_TRY(const auto count, co_await sessions.Await());
  effects.sessions = count.empty() ? 0 : count.front();
  office.trail.Record(tx, asker.LineOn("account", user.bytes));
  co_return effects;
}

// Who may not be left out: the last manager of a group (P4), the platform's last administrator.
Task<Result<void>> CheckDispensable(Transaction& tx, const Asker& asker, const StandingRow& standing,
                                    UserId user) {
  if (standing.administrator) {
    tx.Send(kLockPlatformStaff);
    CO_TRY(const auto others, co_await tx.RunOne(kPlatformStaff, user));
    if (!others || others->administrators == 0) {
      co_return Fail(Impossible("Il faut au moins un administrateur."));
    }
  }
  if (asker.caller.administrator) co_return Result<void>();
  CO_TRY(const auto losses, co_await tx.Run(kLosses, user));
  const bool last =
      std::any_of(losses.begin(), losses.end(), [](const LossRow& row) { return row.last_manager; });
  if (last)
    co_return Fail(Impossible("Ce compte est le seul responsable d’un groupe : nommez-en d’abord un autre."));
  co_return Result<void>();
}

Task<Result<Staff>> DeactivateIn(Transaction& tx, const Office& office, const Asker& asker, UserId user,
                                 std::optional<UserId> heir) {
  CO_TRY(const StandingRow standing, co_await Enter(tx, asker, Operation::kA6, user));
  if (!standing.active) co_return co_await Show(tx, user);
  if (heir) {
    CO_TRY(const auto known, co_await tx.RunOne(kIsHeir, user, *heir));
    if (!known.value_or(false)) {
      co_return Fail(Violation("heirUserId", "not_heir",
                               "Cette personne n’est pas aidante dans un groupe de ce compte."));
    }
  }
  CO_TRY_VOID(co_await CheckDispensable(tx, asker, standing, user));
  CloseAccount(tx, office, user, heir, events::v1::DEACTIVATION_CAUSE_PERSON);
  office.trail.Record(tx, asker.LineOn("account", user.bytes));
  co_return co_await Show(tx, user);
}

Task<Result<Staff>> ReactivateIn(Transaction& tx, const Office& office, const Asker& asker, UserId user) {
  CO_TRY(const StandingRow standing, co_await Enter(tx, asker, Operation::kA6, user));
  if (standing.active) co_return co_await Show(tx, user);
  if (standing.exclusion != 0 && !asker.caller.administrator) {
    co_return Fail(Impossible("Ce compte a été exclu : seul un administrateur peut le rouvrir."));
  }
  if (standing.expert) {
    tx.Send(kLockPlatformStaff);
    CO_TRY(const auto others, co_await tx.RunOne(kPlatformStaff, user));
    if (others && others->experts >= office.rules.experts) {
      co_return Fail(Impossible("Il y a déjà autant d’experts qu’il peut y en avoir."));
    }
  }
  CO_TRY(const Affected reopened, co_await tx.Run(kReopenAccount, user));
  if (reopened.rows == 0) {
    co_return Fail(Impossible("Ce compte a été rendu anonyme : créez-en un nouveau."));
  }
  events::v1::AccountActivated event;
  event.set_user_id(user.ToString());
  office.events.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {user}}));
  office.trail.Record(tx, asker.LineOn("account", user.bytes));
  co_return co_await Show(tx, user);
}

Task<Result<Staff>> ExcludeIn(Transaction& tx, const Office& office, const Asker& asker, UserId user,
                              std::int16_t reason) {
  CO_TRY(const StandingRow standing, co_await Enter(tx, asker, Operation::kG6, user));
  if (!standing.active && standing.exclusion != 0) co_return co_await Show(tx, user);
  if (user == asker.user) co_return Fail(Impossible("Personne ne s’exclut soi-même."));
  if (standing.active) {
    CO_TRY_VOID(co_await CheckDispensable(tx, asker, standing, user));
    CloseAccount(tx, office, user, {}, events::v1::DEACTIVATION_CAUSE_EXCLUSION);
  }
  tx.Send(kNoteExclusion, user, reason);
  events::v1::AccountExcluded event;
  event.set_user_id(user.ToString());
  event.set_reason(static_cast<v1::ExclusionReason>(reason));
  office.events.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {user}}));
  office.trail.Record(tx, asker.LineOn("account", user.bytes));
  co_return co_await Show(tx, user);
}

Task<Result<Staff>> ChangeEmailIn(Transaction& tx, const Office& office, const Asker& asker, UserId user,
                                  const std::string& email) {
  CO_TRY(const StandingRow standing, co_await Enter(tx, asker, Operation::kA7, user));
  const std::string key = EmailKey(email);
  CO_TRY(const Affected given, co_await tx.Run(kGiveEmail, user, email, key));
  if (given.rows == 0) co_return Fail(Reason::kConflict);
  if (key != standing.email_key) {
    SessionStore::EndAll(tx, user);
    tx.Send(kEndLinks, user);
    events::v1::EmailChanged event;
    event.set_user_id(user.ToString());
    office.events.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {user}}));
  }
  office.trail.Record(tx, asker.LineOn("account", user.bytes));
  co_return co_await Show(tx, user);
}

Task<Result<Staff>> SetAccountRolesIn(Transaction& tx, const Office& office, const Asker& asker, UserId user,
                                      const AccountRoles& wanted) {
  CO_TRY(const StandingRow standing, co_await Enter(tx, asker, Operation::kA11, user));
  tx.Send(kLockPlatformStaff);
  CO_TRY(const auto others, co_await tx.RunOne(kPlatformStaff, user));
  const bool administrator = (wanted.roles & kRoleAdministrator) != 0;
  const bool expert = (wanted.roles & kRoleExpert) != 0;
  const bool observer = (wanted.roles & kRoleObserver) != 0;
  const AccountRoleFacts facts{.active = standing.active,
                               .was_administrator = standing.administrator,
                               .administrator = administrator,
                               .expert = expert,
                               .memberships = static_cast<int>(standing.memberships),
                               .other_administrators = static_cast<int>(others->administrators),
                               .other_experts = static_cast<int>(others->experts)};
  if (!MayHold(facts, office.rules.experts)) {
    co_return Fail(
        Impossible("Ces rôles ne sont pas possibles : un administrateur n’appartient à aucun groupe, un "
                   "expert à un seul au "
                   "plus, le nombre d’experts est limité et il faut au moins un administrateur."));
  }
  CO_TRY(const auto unknown, co_await tx.RunOne(kUnknownScope, wanted.organisations, wanted.areas));
  if (unknown.value_or(0) != 0) {
    co_return Fail(Violation("observedOrganisationIds", "unknown", "Organisme ou territoire inconnu."));
  }
  tx.Send(kGiveAccountRoles, user, administrator, expert, observer);
  tx.Send(kForgetObservedOrganisations, user);
  tx.Send(kForgetObservedAreas, user);
  if (observer) {
    tx.Send(kObserveOrganisations, user, wanted.organisations);
    tx.Send(kObserveAreas, user, wanted.areas);
  }
  const bool changed =
      administrator != standing.administrator || expert != standing.expert || observer != standing.observer;
  if (changed) SessionStore::EndAll(tx, user);
  office.trail.Record(tx, asker.LineOn("account", user.bytes));
  co_return co_await Show(tx, user);
}

Task<Result<bool>> EndSessionsIn(Transaction& tx, const Office& office, const Asker& asker, UserId user) {
  CO_TRY_VOID(co_await Enter(tx, asker, Operation::kA13, user));
  SessionStore::EndAll(tx, user);
  office.trail.Record(tx, asker.LineOn("account", user.bytes));
  co_return true;
}

Task<Result<PublishedRow>> PublishIn(Transaction& tx, const Office& office, const Asker& asker,
                                     std::int32_t version, std::optional<Time> in_force) {
  CO_TRY_VOID(Allow(asker, Operation::kG7, false));
  CO_TRY(const auto published, co_await tx.RunOne(kPublishTerms, version, in_force));
  if (!published) co_return Fail(Reason::kConflict);
  events::v1::TermsPublished event;
  event.set_version(published->version);
  event.mutable_in_force()->set_seconds(
      std::chrono::floor<std::chrono::seconds>(published->in_force).time_since_epoch().count());
  office.events.Append(tx, DomainEvent::Of(event));
  office.trail.Record(tx, asker.LineOn("terms", {}));
  co_return *published;
}

}  // namespace accounts

void CloseAccount(Transaction& tx, const Office& office, UserId user, std::optional<UserId> heir, int cause) {
  tx.Send(kCloseAccount, user);
  SessionStore::EndAll(tx, user);
  tx.Send(kEndLinks, user);
  events::v1::AccountDeactivated event;
  event.set_user_id(user.ToString());
  if (heir) event.set_heir_user_id(heir->ToString());
  event.set_cause(static_cast<events::v1::DeactivationCause>(cause));
  office.events.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {user}}));
}

Task<Result<UserId>> CreateAccount(const Office& office, const Asker& asker, const NewAccount& account) {
  auto act = [&](Transaction& tx) { return accounts::CreateIn(tx, office, asker, account); };
  const About about = account.group ? About{"group", account.group->bytes} : About{"account"};
  co_return co_await RunAct<UserId>(office, asker, about, act);
}

Task<Result<Staff>> GetAccount(const Office& office, const Asker& asker, UserId user) {
  auto act = [&](Transaction& tx) { return accounts::GetIn(tx, office, asker, user); };
  co_return co_await RunAct<Staff>(office, asker, {"account", user.bytes}, act);
}

Task<Result<DeactivationEffects>> PreviewDeactivation(const Office& office, const Asker& asker, UserId user) {
  auto act = [&](Transaction& tx) { return accounts::PreviewIn(tx, office, asker, user); };
  co_return co_await RunAct<DeactivationEffects>(office, asker, {"account", user.bytes}, act);
}

Task<Result<Staff>> Deactivate(const Office& office, const Asker& asker, UserId user,
                               std::optional<UserId> heir) {
  auto act = [&](Transaction& tx) { return accounts::DeactivateIn(tx, office, asker, user, heir); };
  co_return co_await RunAct<Staff>(office, asker, {"account", user.bytes}, act);
}

Task<Result<Staff>> Reactivate(const Office& office, const Asker& asker, UserId user) {
  auto act = [&](Transaction& tx) { return accounts::ReactivateIn(tx, office, asker, user); };
  co_return co_await RunAct<Staff>(office, asker, {"account", user.bytes}, act);
}

Task<Result<Staff>> Exclude(const Office& office, const Asker& asker, UserId user, std::int16_t reason) {
  auto act = [&](Transaction& tx) { return accounts::ExcludeIn(tx, office, asker, user, reason); };
  co_return co_await RunAct<Staff>(office, asker, {"account", user.bytes}, act);
}

Task<Result<Staff>> ChangeEmail(const Office& office, const Asker& asker, UserId user, std::string email) {
  auto act = [&](Transaction& tx) { return accounts::ChangeEmailIn(tx, office, asker, user, email); };
  co_return co_await RunAct<Staff>(office, asker, {"account", user.bytes}, act);
}

Task<Result<Staff>> SetAccountRoles(const Office& office, const Asker& asker, UserId user,
                                    const AccountRoles& roles) {
  auto act = [&](Transaction& tx) { return accounts::SetAccountRolesIn(tx, office, asker, user, roles); };
  co_return co_await RunAct<Staff>(office, asker, {"account", user.bytes}, act);
}

Task<Result<bool>> EndSessions(const Office& office, const Asker& asker, UserId user) {
  auto act = [&](Transaction& tx) { return accounts::EndSessionsIn(tx, office, asker, user); };
  co_return co_await RunAct<bool>(office, asker, {"account", user.bytes}, act);
}

Task<Result<PublishedRow>> PublishTerms(const Office& office, const Asker& asker, std::int32_t version,
                                        std::optional<Time> in_force) {
  auto act = [&](Transaction& tx) { return accounts::PublishIn(tx, office, asker, version, in_force); };
  co_return co_await RunAct<PublishedRow>(office, asker, {"terms"}, act);
}

}  // namespace aplus::auth
