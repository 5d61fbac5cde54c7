#include "services/auth/store/reference_store.h"

#include <utility>

#include "aplus/events/v1/auth.pb.h"
#include "libs/base/text.h"
#include "services/auth/domain/email_address.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {
namespace reference_store {

using Texts = std::vector<std::string>;

// Each upsert changes, and counts, only rows that differ.
constexpr Statement<Affected, std::string, std::string, std::string, std::string> kArea{"load_area", R"sql(
  INSERT INTO area AS t (id, name, time_zone, holidays)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (id) DO UPDATE
     SET name = excluded.name, time_zone = excluded.time_zone, holidays = excluded.holidays
   WHERE (t.name, t.time_zone, t.holidays) IS DISTINCT FROM (excluded.name, excluded.time_zone, excluded.holidays)
)sql"};

constexpr Statement<Affected, std::string, std::string, Texts, std::int16_t> kTheme{"load_theme", R"sql(
  INSERT INTO theme AS t (id, name, suggested_subjects, position)
  VALUES ($1, $2, $3, $4)
  ON CONFLICT (id) DO UPDATE
     SET name = excluded.name, suggested_subjects = excluded.suggested_subjects, position = excluded.position
   WHERE (t.name, t.suggested_subjects, t.position)
         IS DISTINCT FROM (excluded.name, excluded.suggested_subjects, excluded.position)
)sql"};

constexpr Statement<Affected, std::string, std::string, std::string, Side, std::string,
                    std::vector<Identifier>, std::string>
    kOrganisation{"load_organisation", R"sql(
  INSERT INTO organisation AS t (id, short_name, full_name, side, notice, entitled, sort_key)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (id) DO UPDATE
     SET short_name = excluded.short_name, full_name = excluded.full_name, side = excluded.side,
         notice = excluded.notice, entitled = excluded.entitled, sort_key = excluded.sort_key
   WHERE (t.short_name, t.full_name, t.side, t.notice, t.entitled, t.sort_key)
         IS DISTINCT FROM (excluded.short_name, excluded.full_name, excluded.side, excluded.notice,
                           excluded.entitled, excluded.sort_key)
)sql"};

constexpr Statement<Affected, std::string, Texts> kAddThemes{"load_add_themes", R"sql(
  INSERT INTO organisation_theme (organisation_id, theme_id)
  SELECT $1, theme_id
    FROM unnest($2) AS theme_id
  ON CONFLICT DO NOTHING
)sql"};

constexpr Statement<Affected, std::string, Texts> kDropThemes{"load_drop_themes", R"sql(
  DELETE FROM organisation_theme
   WHERE organisation_id = $1                                  -- organisation_theme_pkey
     AND theme_id <> ALL ($2)
)sql"};

constexpr Statement<Affected, GroupId, std::string, std::string, std::string, std::string, std::string,
                    std::string>
    kGroup{"load_group", R"sql(
  INSERT INTO user_group AS t (id, organisation_id, name, mailbox, notice, france_services_number, sort_key)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (id) DO UPDATE
     SET organisation_id = excluded.organisation_id, name = excluded.name, mailbox = excluded.mailbox,
         notice = excluded.notice, france_services_number = excluded.france_services_number,
         sort_key = excluded.sort_key
   WHERE (t.organisation_id, t.name, t.mailbox, t.notice, t.france_services_number, t.sort_key)
         IS DISTINCT FROM (excluded.organisation_id, excluded.name, excluded.mailbox, excluded.notice,
                           excluded.france_services_number, excluded.sort_key)
)sql"};

constexpr Statement<Affected, GroupId, Texts> kAddAreas{"load_add_areas", R"sql(
  INSERT INTO group_area (group_id, area_id)
  SELECT $1, area_id
    FROM unnest($2) AS area_id
  ON CONFLICT DO NOTHING
)sql"};

constexpr Statement<Affected, GroupId, Texts> kDropAreas{"load_drop_areas", R"sql(
  DELETE FROM group_area
   WHERE group_id = $1                                         -- group_area_pkey
     AND area_id <> ALL ($2)
)sql"};

constexpr Statement<Side, std::string> kSideOf{"load_side_of", R"sql(
  SELECT side
    FROM organisation                                          -- organisation_pkey
   WHERE id = $1
)sql"};

// Answers a row when the account is new or changed: whether it is new.
constexpr Statement<bool, UserId, std::string, std::string, std::string, std::string, std::string,
                    std::string, bool, bool, bool, bool>
    kAccount{"load_account", R"sql(
  INSERT INTO account AS t (id, email, email_key, first_name, last_name, function, phone, shared, administrator,
                            expert, observer)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (id) DO UPDATE
     SET email = excluded.email, email_key = excluded.email_key, first_name = excluded.first_name,
         last_name = excluded.last_name, function = excluded.function, phone = excluded.phone,
         shared = excluded.shared, administrator = excluded.administrator, expert = excluded.expert,
         observer = excluded.observer
   WHERE (t.email, t.first_name, t.last_name, t.function, t.phone, t.shared, t.administrator, t.expert, t.observer)
         IS DISTINCT FROM (excluded.email, excluded.first_name, excluded.last_name, excluded.function,
                           excluded.phone, excluded.shared, excluded.administrator, excluded.expert,
                           excluded.observer)
  RETURNING t.xmax = 0
)sql"};

constexpr Statement<Affected, UserId, GroupId, bool, bool, bool> kMembership{"load_membership", R"sql(
  INSERT INTO membership AS t (user_id, group_id, helper, instructor, manager)
  VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (user_id, group_id) DO UPDATE
     SET helper = excluded.helper, instructor = excluded.instructor, manager = excluded.manager
   WHERE (t.helper, t.instructor, t.manager)
         IS DISTINCT FROM (excluded.helper, excluded.instructor, excluded.manager)
)sql"};

constexpr Statement<Affected, UserId, Texts> kObservedOrganisations{"load_observed_organisations", R"sql(
  INSERT INTO observed_organisation (user_id, organisation_id)
  SELECT $1, organisation_id
    FROM unnest($2) AS organisation_id
  ON CONFLICT DO NOTHING
)sql"};

constexpr Statement<Affected, UserId, Texts> kObservedAreas{"load_observed_areas", R"sql(
  INSERT INTO observed_area (user_id, area_id)
  SELECT $1, area_id
    FROM unnest($2) AS area_id
  ON CONFLICT DO NOTHING
)sql"};

struct CandidateRow {
  UserId id;
  bool active = false;
  bool administrator = false;
  bool member = false;
};

constexpr Statement<CandidateRow, std::string> kCandidate{"administrator_candidate", R"sql(
  SELECT a.id, a.active, a.administrator,
         EXISTS (SELECT
                   FROM membership m                           -- membership_pkey
                  WHERE m.user_id = a.id)
    FROM account a                                             -- account_email_key
   WHERE a.email_key = $1
     FOR NO KEY UPDATE OF a
)sql"};

constexpr Statement<Affected, UserId> kPromote{"administrator_promote", R"sql(
  UPDATE account
     SET administrator = true
   WHERE id = $1                                               -- account_pkey
)sql"};

// Names are sorted without case and accents; a name is never invalid UTF-8 here (it came out of JSON).
std::string SortKey(const std::string& name) { return FoldForSearch(name).value_or(name); }

}  // namespace reference_store

Task<Result<LoadReport>> ReferenceStore::LoadReference(ReferenceData data, Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline, .repeatable = true},
                                        [&](Transaction& tx) { return LoadReferenceIn(tx, data); });
}

Task<Result<LoadReport>> ReferenceStore::LoadReferenceIn(Transaction& tx, const ReferenceData& data) {
  std::vector<Pending<Affected>> pending;
  pending.reserve(data.areas.size() + data.themes.size() + 3 * data.organisations.size());
  for (const AreaRecord& area : data.areas) {
    pending.push_back(tx.Send(reference_store::kArea, area.id, area.name, area.time_zone, area.holidays));
  }
  std::int16_t position = 0;
  for (const ThemeRecord& theme : data.themes) {
    pending.push_back(
        tx.Send(reference_store::kTheme, theme.id, theme.name, theme.suggested_subjects, ++position));
  }
  for (const OrganisationRecord& row : data.organisations) {
    pending.push_back(tx.Send(reference_store::kOrganisation, row.id, row.short_name, row.full_name, row.side,
                              row.notice, row.entitled, reference_store::SortKey(row.short_name)));
    pending.push_back(tx.Send(reference_store::kDropThemes, row.id, row.theme_ids));
    pending.push_back(tx.Send(reference_store::kAddThemes, row.id, row.theme_ids));
  }
  LoadReport report;
  for (Pending<Affected>& one : pending) {
    CO_TRY(const Affected affected, co_await one.Await());
    report.changed += affected.rows;
  }
  if (report.changed > 0) Trace(tx, "load-reference", "", {});
  co_return report;
}

Task<Result<LoadReport>> ReferenceStore::LoadDemo(DemoData data, Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline, .repeatable = true},
                                        [&](Transaction& tx) { return LoadDemoIn(tx, data); });
}

Task<Result<LoadReport>> ReferenceStore::LoadDemoIn(Transaction& tx, const DemoData& data) {
  LoadReport report;
  for (const GroupRecord& group : data.groups) {
    CO_TRY(const std::int64_t changed, co_await StoreGroup(tx, group));
    report.changed += changed;
  }
  for (const UserRecord& user : data.users) {
    CO_TRY(const std::int64_t changed, co_await StoreUser(tx, user));
    report.changed += changed;
  }
  co_return report;
}

Task<Result<std::int64_t>> ReferenceStore::StoreGroup(Transaction& tx, const GroupRecord& group) {
  auto stored = tx.Send(reference_store::kGroup, group.id, group.organisation_id, group.name, group.mailbox,
                        group.notice, group.france_services_number, reference_store::SortKey(group.name));
  auto dropped = tx.Send(reference_store::kDropAreas, group.id, group.area_ids);
  auto added = tx.Send(reference_store::kAddAreas, group.id, group.area_ids);
  CO_TRY(const auto side, co_await tx.RunOne(reference_store::kSideOf, group.organisation_id));
  std::int64_t changed = 0;
  CO_TRY(const Affected stored_rows, co_await stored.Await());
  CO_TRY(const Affected dropped_rows, co_await dropped.Await());
  CO_TRY(const Affected added_rows, co_await added.Await());
  changed += stored_rows.rows + dropped_rows.rows + added_rows.rows;
  if (changed == 0 || !side) co_return changed;
  events::v1::GroupChanged event;
  event.set_group_id(group.id.ToString());
  event.set_organisation_id(group.organisation_id);
  event.set_helper_side(*side == Side::kHelper);
  for (const std::string& area : group.area_ids) event.add_area_ids(area);
  events_.Append(tx, DomainEvent::Of(event, {.groups = {group.id}, .users = {}}));
  Trace(tx, "load-demo", "group", group.id.bytes);
  co_return changed;
}

Task<Result<std::int64_t>> ReferenceStore::StoreUser(Transaction& tx, const UserRecord& user) {
  CO_TRY(
      const auto account,
      co_await tx.RunOne(reference_store::kAccount, user.id, user.email, EmailKey(user.email),
                         user.first_name, user.last_name, user.function, user.phone, user.shared,
                         (user.account_roles & kRoleAdministrator) != 0,
                         (user.account_roles & kRoleExpert) != 0, (user.account_roles & kRoleObserver) != 0));
  tx.Send(reference_store::kObservedOrganisations, user.id, user.observed_organisations);
  tx.Send(reference_store::kObservedAreas, user.id, user.observed_areas);
  std::int64_t changed = account ? 1 : 0;
  if (account && *account) {
    events::v1::AccountActivated event;  // not `created`: nobody is welcomed to a demonstration
    event.set_user_id(user.id.ToString());
    events_.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {user.id}}));
  }
  for (const MembershipRecord& membership : user.memberships) {
    const bool helper = (membership.roles & kRoleHelper) != 0;
    const bool instructor = (membership.roles & kRoleInstructor) != 0;
    const bool manager = (membership.roles & kRoleManager) != 0;
    CO_TRY(const Affected stored, co_await tx.Run(reference_store::kMembership, user.id, membership.group,
                                                  helper, instructor, manager));
    if (stored.rows == 0) continue;
    ++changed;
    events::v1::MembershipChanged event;
    event.set_user_id(user.id.ToString());
    event.set_group_id(membership.group.ToString());
    event.set_helper(helper);
    event.set_instructor(instructor);
    event.set_manager(manager);
    events_.Append(tx, DomainEvent::Of(event, {.groups = {membership.group}, .users = {user.id}}));
  }
  if (changed > 0) Trace(tx, "load-demo", "account", user.id.bytes);
  co_return changed;
}

Task<Result<bool>> ReferenceStore::CreateAdministrator(std::string email, Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline, .repeatable = true},
                                        [&](Transaction& tx) { return CreateAdministratorIn(tx, email); });
}

Task<Result<bool>> ReferenceStore::CreateAdministratorIn(Transaction& tx, std::string email) {
  const std::string key = EmailKey(email);
  CO_TRY(const auto candidate, co_await tx.RunOne(reference_store::kCandidate, key));
  if (candidate && candidate->administrator && candidate->active) co_return false;
  if (candidate && (candidate->member || !candidate->active)) {
    co_return Fail(Reason::kImpossible,
                   candidate->member ? "the account belongs to groups (P2)" : "the account is deactivated");
  }
  UserId id;
  if (candidate) {
    id = candidate->id;
    // Whoever is logged in logs in anew, with the link: an administrator's session has other rules.
    tx.Send(reference_store::kPromote, id);
    SessionStore::EndAll(tx, id);
  } else {
    id = UserId::New(clock_, random_);
    tx.Send(reference_store::kAccount, id, email, key, std::string(), std::string("Administration"),
            std::string(), std::string(), false, true, false, false);
    events::v1::AccountActivated event;
    event.set_user_id(id.ToString());
    event.set_created(true);
    events_.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {id}}));
  }
  Trace(tx, "create-administrator", "account", id.bytes);
  co_return true;
}

void ReferenceStore::Trace(Transaction& tx, std::string operation, std::string object_kind,
                           const UuidBytes& object) {
  AuditEntry line = OperatorLine(std::move(operation));
  if (!object_kind.empty()) line.object = object;
  line.object_kind = std::move(object_kind);
  trail_.Record(tx, line);
}

StatementTable ReferenceStore::Statements() {
  using namespace reference_store;
  return aplus::Statements(kArea, kTheme, kOrganisation, kAddThemes, kDropThemes, kGroup, kAddAreas,
                           kDropAreas, kSideOf, kAccount, kMembership, kObservedOrganisations, kObservedAreas,
                           kCandidate, kPromote);
}

}  // namespace aplus::auth
