#include "services/auth/acts/imports.h"

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <utility>

#include "aplus/events/v1/auth.pb.h"
#include "libs/base/bytes.h"
#include "libs/crypto/digest.h"
#include "services/auth/acts/members.h"

namespace aplus::auth {
namespace imports {

constexpr const char* kNoManager = "Le groupe resterait sans responsable : nommez-en d’abord un autre.";

// Granting more than the helper role needs more (A10).
Result<void> AllowRoles(const Asker& asker, bool manages, const std::vector<ImportRow>& rows) {
  for (const ImportRow& row : rows) {
    if (row.outcome == RowOutcome::kNone && row.roles != kRoleHelper) {
      return Allow(asker, Operation::kA10, manages);
    }
  }
  return {};
}

// Decides each row by the accounts that exist.
Task<Result<void>> Plan(Transaction& tx, const Office& office, GroupId group, std::vector<ImportRow>& rows) {
  std::vector<std::string> keys;
  for (const ImportRow& row : rows) {
    if (row.outcome == RowOutcome::kNone) keys.push_back(row.email_key);
  }
  CO_TRY(const auto known, co_await tx.Run(kKnownAccounts, keys, group));
  absl::flat_hash_map<std::string, KnownAccount> by_key;
  for (const KnownRow& row : known) {
    by_key.emplace(row.email_key, KnownAccount{.id = row.id,
                                               .active = row.active,
                                               .member = row.member,
                                               .join = {.administrator = row.administrator,
                                                        .expert = row.expert,
                                                        .memberships = static_cast<int>(row.memberships)}});
  }
  for (ImportRow& row : rows) {
    if (row.outcome == RowOutcome::kNone) {
      const auto found = by_key.find(row.email_key);
      row.outcome = OutcomeOf(found == by_key.end() ? nullptr : &found->second);
      if (found != by_key.end()) row.user = found->second.id;
    }
    // The id of the account to be made is settled now, so that applying is one statement.
    if (row.outcome == RowOutcome::kCreate) row.user = UserId::New(office.clock, office.random);
  }
  co_return Result<void>();
}

// Of the people as they were read; separators that no cell holds keep cells and rows apart.
Sha256Digest DigestOf(const ImportTable& table) {
  Sha256Stream digest;
  const auto add = [&](std::string_view cell) {
    digest.Update(AsBytes(cell));
    digest.Update(AsBytes(std::string_view("\0", 1)));
  };
  for (const ImportRow& row : table.rows) {
    for (const std::string* cell : {&row.email, &row.first_name, &row.last_name, &row.function, &row.phone}) {
      add(*cell);
    }
    add(std::to_string(row.roles * 2 + (row.shared ? 1 : 0)));
  }
  return digest.Finish();
}

void KeepTable(Transaction& tx, ImportId table_id, const std::vector<ImportRow>& rows) {
  std::vector<std::int32_t> lines;
  std::vector<std::int16_t> outcomes, shared, roles;
  Column wrong, email, key, first, last, function, phone;
  std::vector<UserId> users;
  for (const ImportRow& row : rows) {
    lines.push_back(row.line);
    outcomes.push_back(static_cast<std::int16_t>(row.outcome));
    shared.push_back(row.shared ? 1 : 0);
    roles.push_back(row.roles);
    std::string columns;
    for (const std::string& name : row.wrong) columns += (columns.empty() ? "" : ",") + name;
    wrong.push_back(std::move(columns));
    email.push_back(row.email);
    key.push_back(row.email_key);
    first.push_back(row.first_name);
    last.push_back(row.last_name);
    function.push_back(row.function);
    phone.push_back(row.phone);
    users.push_back(row.user);
  }
  tx.Send(kKeepRows, table_id, lines, outcomes, wrong, email, key, first, last, function, phone, shared,
          roles, users);
}

Task<Result<ImportNow>> Show(Transaction& tx, const Asker& asker, ImportId table_id) {
  auto figures = tx.Send(kImportFigures, table_id);
  CO_TRY(const auto head, co_await tx.RunOne(kFindImport, table_id, asker.user));
  if (!head) co_return Fail(Reason::kNotFound);
  CO_TRY(auto rows, co_await figures.Await());
  co_return ImportNow{*head, std::move(rows)};
}

Task<Result<ImportNow>> PreviewIn(Transaction& tx, const Office& office, const Asker& asker, GroupId group,
                                  const ImportTable& table) {
  CO_TRY(const std::uint8_t mine, co_await EnterGroup(tx, asker, group));
  const bool manages = (mine & kRoleManager) != 0;
  CO_TRY_VOID(Allow(asker, Operation::kA5, manages));
  CO_TRY_VOID(AllowRoles(asker, manages, table.rows));
  std::vector<ImportRow> rows = table.rows;
  CO_TRY_VOID(co_await Plan(tx, office, group, rows));
  CO_TRY(const auto kept, co_await tx.Run(kKeepImport, ImportId::New(office.clock, office.random), group,
                                          asker.user, DigestOf(table)));
  const ImportId table_id = kept.at(0);
  tx.Send(kDropRows, table_id);
  KeepTable(tx, table_id, rows);
  office.trail.Record(tx, asker.LineOn("import", table_id.bytes));
  co_return co_await Show(tx, asker, table_id);
}

// The caller's own import, locked, and his right to act in its group now.
Task<Result<ImportHead>> Enter(Transaction& tx, const Asker& asker, ImportId table_id) {
  // Whoever manages no group at all learns nothing, not even that his import is there.
  CO_TRY_VOID(Allow(asker, Operation::kA5, asker.caller.manager));
  CO_TRY(const auto head, co_await tx.RunOne(kLockImport, table_id, asker.user));
  if (!head) co_return Fail(Reason::kNotFound);
  CO_TRY(const std::uint8_t mine, co_await EnterGroup(tx, asker, head->group));
  CO_TRY_VOID(Allow(asker, Operation::kA5, (mine & kRoleManager) != 0));
  co_return *head;
}

Task<Result<ImportNow>> GetIn(Transaction& tx, const Asker& asker, ImportId table_id) {
  CO_TRY_VOID(co_await Enter(tx, asker, table_id));
  co_return co_await Show(tx, asker, table_id);
}

Task<Result<std::vector<ImportedRow>>> RowsIn(Transaction& tx, const Office& office, const Asker& asker,
                                              ImportId table_id, RowOutcome only, std::int32_t after,
                                              int limit) {
  CO_TRY_VOID(co_await Enter(tx, asker, table_id));
  CO_TRY(auto rows, co_await tx.Run(kImportRows, table_id, static_cast<std::int16_t>(only), after, limit));
  office.trail.Record(tx, asker.LineOn("import", table_id.bytes));
  co_return rows;
}

Task<Result<ImportNow>> ApplyIn(Transaction& tx, const Office& office, const Asker& asker,
                                ImportId table_id) {
  CO_TRY(const ImportHead head, co_await Enter(tx, asker, table_id));
  if (head.state == ImportState::kApplied) co_return co_await Show(tx, asker, table_id);
  if (head.state == ImportState::kUndone) co_return Fail(Impossible("Cet import a été annulé."));
  CO_TRY(const auto grants, co_await tx.RunOne(kGrantsMore, table_id));
  if (grants.value_or(false)) CO_TRY_VOID(Allow(asker, Operation::kA10, asker.caller.manager));
  tx.Send(kMakeAccounts, table_id);
  tx.Send(kPlanTaken, table_id);
  auto given = tx.Send(kGiveMemberships, table_id, head.group);
  tx.Send(kMarkLeftOut, table_id, head.group);
  tx.Send(kMarkImport, table_id, ImportState::kApplied);
  CO_TRY(const auto joined, co_await given.Await());
  for (const GivenRow& row : joined) {
    if (row.created) {
      events::v1::AccountActivated event;
      event.set_user_id(row.user.ToString());
      event.set_created(true);
      office.events.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {row.user}}));
    }
    events::v1::MembershipChanged event;
    event.set_user_id(row.user.ToString());
    event.set_group_id(head.group.ToString());
    event.set_helper((row.roles & kRoleHelper) != 0);
    event.set_instructor((row.roles & kRoleInstructor) != 0);
    event.set_manager((row.roles & kRoleManager) != 0);
    office.events.Append(tx, DomainEvent::Of(event, {.groups = {head.group}, .users = {row.user}}));
    office.trail.Record(tx, asker.LineOn("account", row.user.bytes));
  }
  office.trail.Record(tx, asker.LineOn("import", table_id.bytes));
  co_return co_await Show(tx, asker, table_id);
}

Task<Result<ImportNow>> UndoIn(Transaction& tx, const Office& office, const Asker& asker, ImportId table_id) {
  CO_TRY(const ImportHead head, co_await Enter(tx, asker, table_id));
  if (head.state == ImportState::kUndone) co_return co_await Show(tx, asker, table_id);
  if (head.state != ImportState::kApplied) co_return Fail(Impossible("Cet import n’a pas été appliqué."));
  auto taken = tx.Send(kTakeMemberships, table_id, head.group);
  auto unused = tx.Send(kUnusedAccounts, table_id);
  CO_TRY(const auto managers, co_await tx.RunOne(kManagersLeft, head.group));
  CO_TRY(const auto left, co_await taken.Await());
  // An administrator may undo what made the group's first managers.
  if (managers.value_or(0) == 0 && !asker.caller.administrator) co_return Fail(Impossible(kNoManager));
  CO_TRY(const auto gone, co_await unused.Await());
  tx.Send(kEndSessionsOf, left);
  tx.Send(kRemoveAccounts, gone);
  tx.Send(kMarkUndone, table_id);
  tx.Send(kMarkImport, table_id, ImportState::kUndone);
  for (const UserId& user : left) {
    TellRemoved(tx, office, user, head.group);
    office.trail.Record(tx, asker.LineOn("account", user.bytes));
  }
  for (const UserId& user : gone) {
    events::v1::AccountDeactivated event;
    event.set_user_id(user.ToString());
    event.set_cause(events::v1::DEACTIVATION_CAUSE_IMPORT_UNDONE);
    office.events.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {user}}));
  }
  office.trail.Record(tx, asker.LineOn("import", table_id.bytes));
  co_return co_await Show(tx, asker, table_id);
}

}  // namespace imports

Task<Result<ImportNow>> PreviewImport(const Office& office, const Asker& asker, GroupId group,
                                      const ImportTable& table) {
  auto act = [&](Transaction& tx) { return imports::PreviewIn(tx, office, asker, group, table); };
  co_return co_await RunAct<ImportNow>(office, asker, {"group", group.bytes}, act);
}

Task<Result<ImportNow>> GetImport(const Office& office, const Asker& asker, ImportId table_id) {
  auto act = [&](Transaction& tx) { return imports::GetIn(tx, asker, table_id); };
  co_return co_await RunAct<ImportNow>(office, asker, {"import", table_id.bytes}, act);
}

Task<Result<std::vector<ImportedRow>>> ListImportRows(const Office& office, const Asker& asker,
                                                      ImportId table_id, RowOutcome only, std::int32_t after,
                                                      int limit) {
  auto act = [&](Transaction& tx) {
    return imports::RowsIn(tx, office, asker, table_id, only, after, limit);
  };
  co_return co_await RunAct<std::vector<ImportedRow>>(office, asker, {"import", table_id.bytes}, act);
}

Task<Result<ImportNow>> ApplyImport(const Office& office, const Asker& asker, ImportId table_id) {
  auto act = [&](Transaction& tx) { return imports::ApplyIn(tx, office, asker, table_id); };
  co_return co_await RunAct<ImportNow>(office, asker, {"import", table_id.bytes}, act);
}

Task<Result<ImportNow>> UndoImport(const Office& office, const Asker& asker, ImportId table_id) {
  auto act = [&](Transaction& tx) { return imports::UndoIn(tx, office, asker, table_id); };
  co_return co_await RunAct<ImportNow>(office, asker, {"import", table_id.bytes}, act);
}

}  // namespace aplus::auth
