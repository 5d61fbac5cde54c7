// Looking after people and groups, on a real PostgreSQL: who may do what, what follows, what can be undone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "aplus/events/v1/auth.pb.h"
#include "services/auth/acts/accounts.h"
#include "services/auth/acts/groups.h"
#include "services/auth/acts/imports.h"
#include "services/auth/acts/members.h"
#include "services/auth/jobs/upkeep.h"
#include "services/auth/load/data_files.h"
#include "tests/unit/services/auth/auth_bench.h"

namespace aplus::auth::people_test {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kDemo = APLUS_DATA_FOLDER;

// The demonstration's people, and an office to look after them.
struct People : AuthParts {
  explicit People(Bench& own_bench)
      : AuthParts(own_bench), office{*bench.db, events, trail, people_rules, clock, random} {}

  Task<bool> Load() {
    const auto loaded = co_await reference.LoadReference(*ReadReferenceFiles(kDemo + "/reference"), Soon());
    EXPECT_TRUE(loaded) << loaded.error().diagnostic;
    const auto demo = co_await reference.LoadDemo(*ReadDemoFiles(kDemo + "/demo"), Soon());
    EXPECT_TRUE(demo) << demo.error().diagnostic;
    co_return loaded&& demo;
  }

  UserId Named(const std::string& email) const {
    return *UserId::Parse(
        bench.scratch.Sql("SELECT id FROM account WHERE email_key = '" + email + "'").at(0));
  }
  GroupId GroupOf(const std::string& organisation, const std::string& area) const {
    return *GroupId::Parse(
        bench.scratch
            .Sql("SELECT g.id FROM user_group g JOIN group_area a ON a.group_id = g.id WHERE "
                 "g.organisation_id = '" +
                 organisation + "' AND a.area_id = '" + area + "' ORDER BY g.id LIMIT 1")
            .at(0));
  }

  // As an identity token would describe him now.
  Asker As(const std::string& email, bool second_factor = false) const {
    Asker asker{.user = Named(email), .caller = {}, .line = {}, .deadline = Soon()};
    asker.caller.authenticated = true;
    const std::string id = asker.user.ToString();
    const auto has = [&](const std::string& what) {
      return Count("membership", "user_id = '" + id + "' AND " + what) > 0;
    };
    asker.caller.helper = has("helper");
    asker.caller.instructor = has("instructor");
    asker.caller.manager = has("manager");
    asker.caller.administrator = Count("account", "id = '" + id + "' AND administrator") > 0;
    asker.caller.expert = Count("account", "id = '" + id + "' AND expert") > 0;
    asker.caller.observer = Count("account", "id = '" + id + "' AND observer") > 0;
    asker.caller.fresh_second_factor = second_factor;
    asker.line.actor = asker.user.bytes;
    asker.line.operation = "test";
    return asker;
  }

  std::vector<std::string> Events(const std::string& kind) const {
    return bench.scratch.Sql("SELECT id::text FROM event WHERE kind = 'aplus.events.v1." + kind + "'");
  }

  void OpenSession(const UserId& user) {
    bench.scratch.Sql(
        "INSERT INTO session (id, token_hash, user_id, expires_at, browser, amr) VALUES "
        "(gen_random_uuid(), sha256(gen_random_uuid()::text::bytea), '" +
        user.ToString() + "', now() + interval '1 hour', '', '{mail}')");
  }
  std::int64_t Sessions(const UserId& user) const {
    return Count("session", "user_id = '" + user.ToString() + "'");
  }
  std::int64_t Refusals() const { return Count("audit_entry", "outcome = 1"); }

  PeopleRules people_rules;
  Office office;
};

constexpr const char* kHelper = "camille.moreau@fs95.test";
constexpr const char* kColleague = "nadia.benali@fs95.test";
constexpr const char* kManager = "julien.lefevre@fs95.test";
constexpr const char* kStranger = "lucie.masson@fs75.test";
constexpr const char* kCaf = "lea.bernard@caf95.test";
constexpr const char* kCafManager = "hugo.petit@caf95.test";
constexpr const char* kExpert = "expert@aplus.test";
constexpr const char* kObserver = "pilote@aplus.test";
constexpr const char* kAdministrator = "administration@aplus.test";

template <class T>
std::optional<Reason> ReasonOf(const Result<T>& result) {
  return result ? std::nullopt : std::optional(result.error().reason);
}

#define PLAY(suite, name, scenario)                                  \
  TEST(suite, name) {                                                \
    APLUS_SKIP_WITHOUT_CLUSTER();                                    \
    Bench bench(auth_migrations);                                    \
    aplus::testing::Play(bench, AllStatements(), scenario, Patient); \
  }

Task<> PlayCreate(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  const GroupId fs95 = parts.GroupOf("france-services", "95");
  const GroupId caf = parts.GroupOf("caf", "95");
  NewAccount fresh{.email = "Nouvelle.Personne@fs95.test",
                   .first_name = "Nouvelle",
                   .last_name = "Personne",
                   .function = "",
                   .phone = "",
                   .shared = false,
                   .group = fs95,
                   .roles = 0};
  const std::size_t welcomed = parts.Events("AccountActivated").size();
  for (const char* who : {kHelper, kStranger, kCafManager, kExpert, kObserver}) {
    EXPECT_EQ(ReasonOf(co_await CreateAccount(parts.office, parts.As(who), fresh)), Reason::kForbidden)
        << who;
  }
  EXPECT_EQ(parts.Refusals(), 5) << "each refusal leaves a line";
  EXPECT_EQ(parts.Events("AccountActivated").size(), welcomed);
  const auto made = co_await CreateAccount(parts.office, parts.As(kManager), fresh);
  CO_ASSERT(made);
  EXPECT_EQ(parts.Events("AccountActivated").size(), welcomed + 1);
  EXPECT_EQ(parts.Count("membership", "user_id = '" + made->ToString() + "' AND helper AND NOT manager"), 1);
  EXPECT_EQ(parts.Count("audit_entry", "object_id = '" + made->ToString() + "' AND outcome = 0"), 1);
  fresh.email = "nouvelle.personne@FS95.test";
  EXPECT_EQ(ReasonOf(co_await CreateAccount(parts.office, parts.As(kManager), fresh)), Reason::kConflict);

  // Granting more than the helper role is A10: an administrator proves his second factor first.
  fresh.email = "instructrice@caf95.test";
  fresh.group = caf;
  fresh.roles = kRoleInstructor | kRoleManager;
  EXPECT_EQ(ReasonOf(co_await CreateAccount(parts.office, parts.As(kManager), fresh)), Reason::kForbidden);
  EXPECT_EQ(ReasonOf(co_await CreateAccount(parts.office, parts.As(kAdministrator), fresh)),
            Reason::kStepUpRequired);
  EXPECT_TRUE(co_await CreateAccount(parts.office, parts.As(kAdministrator, true), fresh));
  // Without a group: administrators only. A group that does not exist is told to them alone.
  fresh = {.email = "observatrice@aplus.test",
           .first_name = "O",
           .last_name = "V",
           .function = "",
           .phone = "",
           .shared = false,
           .group = {},
           .roles = 0};
  EXPECT_EQ(ReasonOf(co_await CreateAccount(parts.office, parts.As(kManager), fresh)), Reason::kForbidden);
  EXPECT_TRUE(co_await CreateAccount(parts.office, parts.As(kAdministrator), fresh));
  fresh.group = GroupId::New(parts.clock, parts.random);
  EXPECT_EQ(ReasonOf(co_await CreateAccount(parts.office, parts.As(kManager), fresh)), Reason::kForbidden);
  EXPECT_EQ(ReasonOf(co_await CreateAccount(parts.office, parts.As(kAdministrator), fresh)),
            Reason::kNotFound);
}
PLAY(People, P4_managers_and_administrators_create_accounts, PlayCreate)

Task<> PlayMembers(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  const GroupId fs95 = parts.GroupOf("france-services", "95");
  const UserId caf = parts.Named(kCaf);
  // Any member adds an existing account, as helper only; nobody else does.
  EXPECT_EQ(ReasonOf(co_await AddMember(parts.office, parts.As(kStranger), fs95, kCaf)), Reason::kForbidden);
  EXPECT_EQ(ReasonOf(co_await AddMember(parts.office, parts.As(kExpert), fs95, kCaf)), Reason::kForbidden);
  EXPECT_EQ(ReasonOf(co_await AddMember(parts.office, parts.As(kHelper), fs95, "inconnue@fs95.test")),
            Reason::kNotFound);
  EXPECT_EQ(ReasonOf(co_await AddMember(parts.office, parts.As(kHelper), fs95, kAdministrator)),
            Reason::kImpossible);
  auto now = co_await AddMember(parts.office, parts.As(kHelper), fs95, "LEA.bernard@caf95.test");
  CO_ASSERT(now);
  EXPECT_EQ(now->roles, kRoleHelper);
  const std::size_t told = parts.Events("MembershipChanged").size();
  now = co_await AddMember(parts.office, parts.As(kHelper), fs95, kCaf);
  CO_ASSERT(now);
  EXPECT_EQ(parts.Events("MembershipChanged").size(), told) << "again changes nothing";

  // Roles: managers only; administrators after a second factor.
  EXPECT_EQ(ReasonOf(co_await SetRoles(parts.office, parts.As(kHelper), fs95, caf, kRoleManager)),
            Reason::kForbidden);
  EXPECT_EQ(ReasonOf(co_await SetRoles(parts.office, parts.As(kAdministrator), fs95, caf, kRoleManager)),
            Reason::kStepUpRequired);
  parts.OpenSession(caf);
  now = co_await SetRoles(parts.office, parts.As(kManager), fs95, caf, kRoleHelper | kRoleManager);
  CO_ASSERT(now);
  EXPECT_EQ(parts.Sessions(caf), 0) << "whoever has other rights logs in anew";

  // Taken out by any member, told, undone by a manager with the roles held before.
  EXPECT_EQ(ReasonOf(co_await RemoveMember(parts.office, parts.As(kStranger), fs95, caf)),
            Reason::kForbidden);
  parts.OpenSession(caf);
  CO_ASSERT(co_await RemoveMember(parts.office, parts.As(kHelper), fs95, caf));
  EXPECT_EQ(parts.Sessions(caf), 0);
  EXPECT_THAT(parts.Events("MemberTakenOut"), SizeIs(1));
  EXPECT_EQ(ReasonOf(co_await RemoveMember(parts.office, parts.As(kHelper), fs95, caf)), Reason::kNotFound);
  EXPECT_EQ(ReasonOf(co_await ListDepartures(parts.office, parts.As(kHelper), fs95)), Reason::kForbidden);
  const auto departures = co_await ListDepartures(parts.office, parts.As(kManager), fs95);
  CO_ASSERT(departures && departures->size() == 1);
  EXPECT_EQ(departures->front().user, caf);
  EXPECT_EQ(departures->front().actor, parts.Named(kHelper));
  EXPECT_EQ(ReasonOf(co_await RestoreMember(parts.office, parts.As(kHelper), fs95, caf)), Reason::kForbidden);
  now = co_await RestoreMember(parts.office, parts.As(kManager), fs95, caf);
  CO_ASSERT(now);
  EXPECT_EQ(now->roles, kRoleHelper | kRoleManager);
  EXPECT_THAT(*co_await ListDepartures(parts.office, parts.As(kManager), fs95), IsEmpty());
}
PLAY(People, P4_members_are_added_taken_out_and_put_back, PlayMembers)

struct Resignations {
  int gone = 0, refused = 0;
};

Task<> Resign(People* parts, GroupId group, std::string who, Resignations* all) {
  const auto result = co_await RemoveMember(parts->office, parts->As(who), group, parts->Named(who));
  ++(result ? all->gone : all->refused);
  if (!result) EXPECT_EQ(result.error().reason, Reason::kImpossible);
}

Task<> PlayLastManager(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  const GroupId fs95 = parts.GroupOf("france-services", "95");
  const std::string id = fs95.ToString();
  bench.scratch.Sql("UPDATE membership SET manager = false, helper = true WHERE group_id = '" + id + "'");
  bench.scratch.Sql("UPDATE membership SET manager = true WHERE group_id = '" + id + "' AND user_id IN ('" +
                    parts.Named(kManager).ToString() + "', '" + parts.Named(kHelper).ToString() + "')");
  const UserId manager = parts.Named(kManager);
  // Both resign at once: one of them stays.
  TaskScope scope(bench.executor());
  Resignations all;
  for (const char* who : {kManager, kHelper}) scope.Spawn("resign", Resign(&parts, fs95, who, &all));
  CO_ASSERT(co_await aplus::testing::Eventually([&] { return all.gone + all.refused == 2; }));
  co_await scope.Stop();
  EXPECT_EQ(all.gone, 1);
  EXPECT_EQ(all.refused, 1);
  EXPECT_EQ(parts.Count("membership", "group_id = '" + id + "' AND manager"), 1);

  // Neither loses the role nor is deactivated by another manager; an administrator may deactivate him.
  const bool kept =
      parts.Count("membership", "group_id = '" + id + "' AND user_id = '" + manager.ToString() + "'") > 0;
  const char* last = kept ? kManager : kHelper;
  const UserId user = parts.Named(last);
  EXPECT_EQ(ReasonOf(co_await SetRoles(parts.office, parts.As(last), fs95, user, kRoleHelper)),
            Reason::kImpossible);
  EXPECT_EQ(ReasonOf(co_await Deactivate(parts.office, parts.As(last), user, {})), Reason::kImpossible);
  EXPECT_TRUE(co_await Deactivate(parts.office, parts.As(kAdministrator), user, {}));
}
PLAY(People, P4_a_group_keeps_its_last_manager, PlayLastManager)

Task<> PlayDeactivate(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  const UserId helper = parts.Named(kHelper);
  const UserId colleague = parts.Named(kColleague);
  for (const char* who : {kColleague, kCafManager, kExpert, kObserver, kStranger}) {
    EXPECT_EQ(ReasonOf(co_await PreviewDeactivation(parts.office, parts.As(who), helper)), Reason::kForbidden)
        << who;
    EXPECT_EQ(ReasonOf(co_await Deactivate(parts.office, parts.As(who), helper, {})), Reason::kForbidden)
        << who;
    EXPECT_EQ(ReasonOf(co_await Deactivate(parts.office, parts.As(who),
                                           UserId::New(parts.clock, parts.random), {})),
              Reason::kForbidden)
        << "unknown looks like foreign";
  }
  parts.OpenSession(helper);
  const auto effects = co_await PreviewDeactivation(parts.office, parts.As(kManager), helper);
  CO_ASSERT(effects);
  EXPECT_EQ(effects->sessions, 1);
  EXPECT_THAT(effects->groups, SizeIs(1));
  CO_ASSERT(effects->losses.size() == 1);
  EXPECT_FALSE(effects->losses[0].last_manager);
  bool named = false;
  for (const HeirRow& row : effects->heirs) named |= row.id == colleague;
  EXPECT_TRUE(named);
  for (const HeirRow& row : effects->heirs) EXPECT_NE(row.id, helper);

  EXPECT_EQ(ReasonOf(co_await Deactivate(parts.office, parts.As(kManager), helper, parts.Named(kStranger))),
            Reason::kInvalidArgument);
  const auto closed = co_await Deactivate(parts.office, parts.As(kManager), helper, colleague);
  CO_ASSERT(closed);
  EXPECT_FALSE(closed->account.active);
  EXPECT_EQ(parts.Sessions(helper), 0);
  CO_ASSERT(parts.Events("AccountDeactivated").size() == 1);
  // Again changes nothing.
  EXPECT_TRUE(co_await Deactivate(parts.office, parts.As(kManager), helper, colleague));
  EXPECT_THAT(parts.Events("AccountDeactivated"), SizeIs(1));
  EXPECT_EQ(parts.Count("membership", "user_id = '" + helper.ToString() + "'"), 1)
      << "kept for the day he returns";

  const auto back = co_await Reactivate(parts.office, parts.As(kManager), helper);
  CO_ASSERT(back);
  EXPECT_TRUE(back->account.active);
  EXPECT_THAT(back->groups, SizeIs(1));

  // P7: whoever is excluded is let in again by an administrator only.
  EXPECT_EQ(ReasonOf(co_await Exclude(parts.office, parts.As(kManager), helper, 2)), Reason::kForbidden);
  CO_ASSERT(co_await Exclude(parts.office, parts.As(kAdministrator), helper, 2));
  EXPECT_THAT(parts.Events("AccountExcluded"), SizeIs(1));
  EXPECT_EQ(ReasonOf(co_await Reactivate(parts.office, parts.As(kManager), helper)), Reason::kImpossible);
  CO_ASSERT(co_await Reactivate(parts.office, parts.As(kAdministrator), helper));
  EXPECT_EQ(parts.Count("account", "id = '" + helper.ToString() + "' AND exclusion = 0 AND active"), 1);
  EXPECT_EQ(
      ReasonOf(co_await Exclude(parts.office, parts.As(kAdministrator), parts.Named(kAdministrator), 1)),
      Reason::kImpossible);
}
PLAY(People, P5_P7_accounts_are_deactivated_reactivated_and_excluded, PlayDeactivate)

Task<> PlayStaff(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  const UserId helper = parts.Named(kHelper);
  // P1: the address is the administrator's to change, after a second factor; it ends sessions and links.
  EXPECT_EQ(ReasonOf(co_await ChangeEmail(parts.office, parts.As(kManager), helper, "x@fs95.test")),
            Reason::kForbidden);
  EXPECT_EQ(ReasonOf(co_await ChangeEmail(parts.office, parts.As(kAdministrator), helper, "x@fs95.test")),
            Reason::kStepUpRequired);
  EXPECT_EQ(ReasonOf(co_await ChangeEmail(parts.office, parts.As(kAdministrator, true), helper, kColleague)),
            Reason::kConflict);
  parts.OpenSession(helper);
  const auto changed =
      co_await ChangeEmail(parts.office, parts.As(kAdministrator, true), helper, "Camille@fs95.test");
  CO_ASSERT(changed);
  EXPECT_EQ(changed->account.email, "Camille@fs95.test");
  EXPECT_EQ(parts.Sessions(helper), 0);
  EXPECT_THAT(parts.Events("EmailChanged"), SizeIs(1));
  EXPECT_EQ(parts.Named("camille@fs95.test"), helper);

  // P2: roles outside groups.
  const AccountRoles expert{.roles = kRoleExpert, .organisations = {}, .areas = {}};
  EXPECT_EQ(ReasonOf(co_await SetAccountRoles(parts.office, parts.As(kAdministrator), helper, expert)),
            Reason::kStepUpRequired);
  EXPECT_TRUE(co_await SetAccountRoles(parts.office, parts.As(kAdministrator, true), helper, expert));
  const AccountRoles administrator{.roles = kRoleAdministrator, .organisations = {}, .areas = {}};
  EXPECT_EQ(
      ReasonOf(co_await SetAccountRoles(parts.office, parts.As(kAdministrator, true), helper, administrator)),
      Reason::kImpossible);
  const UserId me = parts.Named(kAdministrator);
  if (parts.Count("account", "administrator AND active") == 1) {
    EXPECT_EQ(ReasonOf(co_await SetAccountRoles(parts.office, parts.As(kAdministrator, true), me, {})),
              Reason::kImpossible);
  }
  const AccountRoles observer{.roles = kRoleObserver, .organisations = {"caf"}, .areas = {"95"}};
  const auto seen = co_await SetAccountRoles(parts.office, parts.As(kAdministrator, true),
                                             parts.Named(kObserver), observer);
  CO_ASSERT(seen);
  EXPECT_THAT(seen->account.observed_organisations, ElementsAre("caf"));
  EXPECT_THAT(seen->account.observed_areas, ElementsAre("95"));
  const AccountRoles unknown{.roles = kRoleObserver, .organisations = {"nulle-part"}, .areas = {}};
  EXPECT_EQ(ReasonOf(co_await SetAccountRoles(parts.office, parts.As(kAdministrator, true),
                                              parts.Named(kObserver), unknown)),
            Reason::kInvalidArgument);

  // P7: versions of the terms come one after the other.
  EXPECT_EQ(ReasonOf(co_await PublishTerms(parts.office, parts.As(kManager), 2, {})), Reason::kForbidden);
  EXPECT_EQ(ReasonOf(co_await PublishTerms(parts.office, parts.As(kAdministrator, true), 3, {})),
            Reason::kConflict);
  CO_ASSERT(co_await PublishTerms(parts.office, parts.As(kAdministrator, true), 2, {}));
  const auto profile = co_await parts.accounts.Profile(helper, parts.Soon());
  CO_ASSERT(profile && *profile);
  EXPECT_EQ((*profile)->current_terms, 2);
}
PLAY(People, P1_P2_P7_what_administrators_alone_may_do, PlayStaff)

Task<> PlayGroups(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  const NewGroup fresh{.organisation_id = "caf",
                       .name = "CAF de l’Oise",
                       .mailbox = "bal@caf60.test",
                       .notice = "",
                       .france_services_number = "",
                       .areas = {"60"}};
  EXPECT_EQ(ReasonOf(co_await CreateGroup(parts.office, parts.As(kCafManager), fresh)), Reason::kForbidden);
  const auto made = co_await CreateGroup(parts.office, parts.As(kAdministrator), fresh);
  CO_ASSERT(made);
  EXPECT_FALSE(made->addressable) << "nobody is in it (P5)";
  EXPECT_EQ(made->side, Side::kInstructor);
  EXPECT_EQ(ReasonOf(co_await CreateGroup(parts.office, parts.As(kAdministrator), fresh)), Reason::kConflict);
  NewGroup wrong = fresh;
  wrong.organisation_id = "nulle-part";
  EXPECT_EQ(ReasonOf(co_await CreateGroup(parts.office, parts.As(kAdministrator), wrong)), Reason::kNotFound);
  wrong = fresh;
  wrong.name = "Autre";
  wrong.areas = {"00"};
  EXPECT_EQ(ReasonOf(co_await CreateGroup(parts.office, parts.As(kAdministrator), wrong)),
            Reason::kInvalidArgument);

  GroupChange change;
  change.notice = "Répond en deux jours.";
  change.areas = {"60", "02"};
  const auto changed = co_await UpdateGroup(parts.office, parts.As(kAdministrator), made->id, change);
  CO_ASSERT(changed);
  EXPECT_EQ(changed->name, fresh.name) << "what is absent stays";
  EXPECT_EQ(changed->notice, *change.notice);
  EXPECT_THAT(changed->area_ids, ElementsAre("02", "60"));
  EXPECT_EQ(changed->mailbox, fresh.mailbox);
  GroupChange taken;
  taken.name =
      bench.scratch
          .Sql(
              "SELECT name FROM user_group WHERE organisation_id = 'caf' AND name <> 'CAF de l’Oise' LIMIT 1")
          .at(0);
  EXPECT_EQ(ReasonOf(co_await UpdateGroup(parts.office, parts.As(kAdministrator), made->id, taken)),
            Reason::kConflict);
  EXPECT_EQ(ReasonOf(co_await UpdateGroup(parts.office, parts.As(kAdministrator),
                                          GroupId::New(parts.clock, parts.random), change)),
            Reason::kNotFound);

  OrganisationChange caf{.id = "caf",
                         .short_name = "CAF",
                         .full_name = "Caisse d’allocations familiales",
                         .side = Side::kInstructor,
                         .themes = {"family"},
                         .notice = "",
                         .entitled = {Identifier::kNir, Identifier::kCafNumber}};
  CO_ASSERT(co_await SaveOrganisation(parts.office, parts.As(kAdministrator), caf));
  caf.side = Side::kHelper;
  EXPECT_EQ(ReasonOf(co_await SaveOrganisation(parts.office, parts.As(kAdministrator), caf)),
            Reason::kImpossible);
  caf.id = "nouvel-organisme";
  CO_ASSERT(co_await SaveOrganisation(parts.office, parts.As(kAdministrator), caf));
  CO_ASSERT(co_await SaveOrganisation(parts.office, parts.As(kAdministrator), caf));
  EXPECT_EQ(parts.Count("organisation", "id = 'nouvel-organisme' AND side = 'helper'"), 1);
}
PLAY(People, P8_groups_and_organisations_are_administered, PlayGroups)

Task<> PlaySearch(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  const auto find = [](std::string words, bool dead = false) {
    return PeopleQuery{
        .words = std::move(words), .group = {}, .deactivated_too = dead, .after = {}, .limit = 100};
  };
  const auto mine = co_await SearchPeople(parts.office, parts.As(kHelper), find("MOREAU camille"));
  CO_ASSERT(mine && mine->size() == 1);
  EXPECT_EQ(mine->front().email, kHelper);
  EXPECT_EQ(parts.Count("audit_entry", "object_kind = 'people'"), 1) << "a search leaves one line";
  const auto foreign = co_await SearchPeople(parts.office, parts.As(kHelper), find("bernard"));
  CO_ASSERT(foreign);
  EXPECT_THAT(*foreign, IsEmpty()) << "not of my groups";
  const auto all = co_await SearchPeople(parts.office, parts.As(kAdministrator), find("léa"));
  CO_ASSERT(all && !all->empty());
  EXPECT_EQ(all->front().email, kCaf) << "accents and case are ignored";
  EXPECT_THAT(*co_await SearchPeople(parts.office, parts.As(kObserver), find("")), IsEmpty());
  // LIKE's own signs are no wildcards.
  EXPECT_THAT(*co_await SearchPeople(parts.office, parts.As(kAdministrator), find("zz%_zz")), IsEmpty());

  // Page after page gives everybody once, in one order.
  PeopleQuery query{.words = "", .group = {}, .deactivated_too = false, .after = {}, .limit = 3};
  std::vector<UserId> paged;
  for (;;) {
    const auto page = *co_await SearchPeople(parts.office, parts.As(kAdministrator), query);
    if (page.empty()) break;
    for (const FoundPerson& person : page) paged.push_back(person.id);
    query.after = {page.back().sort_key, page.back().id.bytes};
  }
  query.after = {};
  query.limit = 1000;
  const auto whole = *co_await SearchPeople(parts.office, parts.As(kAdministrator), query);
  CO_ASSERT(paged.size() == whole.size());
  for (std::size_t i = 0; i < whole.size(); ++i) EXPECT_EQ(paged[i], whole[i].id);

  // Deactivated ones: for managers of the group, and administrators.
  bench.scratch.Sql("UPDATE account SET active = false WHERE email_key = '" + std::string(kColleague) + "'");
  EXPECT_THAT(*co_await SearchPeople(parts.office, parts.As(kHelper), find("benali", true)), IsEmpty());
  EXPECT_THAT(*co_await SearchPeople(parts.office, parts.As(kManager), find("benali", true)), SizeIs(1));
  EXPECT_THAT(*co_await SearchPeople(parts.office, parts.As(kManager), find("benali")), IsEmpty());

  const auto groups = co_await SearchGroups(parts.office, parts.As(kHelper), "", {}, 100);
  CO_ASSERT(groups && groups->size() == 1);
  EXPECT_EQ(groups->front().id, parts.GroupOf("france-services", "95"));
  const auto cafs = co_await SearchGroups(parts.office, parts.As(kAdministrator), "caf", {}, 100);
  CO_ASSERT(cafs && !cafs->empty());
  for (const GroupDetailsRow& row : *cafs) EXPECT_EQ(row.organisation_id, "caf");
}
PLAY(People, P34_search_stays_within_ones_scope, PlaySearch)

constexpr TextChecks kChecks{[](std::string_view text) { return text.find('@') != std::string_view::npos; },
                             [](std::string_view) { return true; }};

std::int64_t RowsOf(const ImportNow& now, RowOutcome outcome) {
  for (const OutcomeCount& count : now.figures) {
    if (count.outcome == outcome) return count.rows;
  }
  return 0;
}

Task<> PlayImport(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  const GroupId fs95 = parts.GroupOf("france-services", "95");
  const std::int64_t accounts = parts.Count("account");
  const std::int64_t members = parts.Count("membership", "group_id = '" + fs95.ToString() + "'");
  bench.scratch.Sql("UPDATE account SET active = false WHERE email_key = 'ines.dacosta@cpam95.test'");
  const std::string csv =
      "prénom;nom;e-mail;rôles\n"
      "Une;Nouvelle;une@fs95.test;aidante\n"
      "Un;Autre;un@fs95.test;aidant, responsable\n"
      "Léa;Bernard;lea.bernard@caf95.test;\n"
      "Camille;Moreau;camille.moreau@fs95.test;\n"
      "Une;Nouvelle;UNE@fs95.test;\n"
      ";;rien;\n"
      "Inès;Da Costa;ines.dacosta@cpam95.test;\n"
      "Ad;Min;administration@aplus.test;\n";
  const ImportTable table = ReadPeopleTable(csv, 5000, kChecks);
  EXPECT_EQ(ReasonOf(co_await PreviewImport(parts.office, parts.As(kHelper), fs95, table)),
            Reason::kForbidden);
  auto now = co_await PreviewImport(parts.office, parts.As(kManager), fs95, table);
  CO_ASSERT(now);
  for (const auto& [outcome, rows] :
       std::initializer_list<std::pair<RowOutcome, int>>{{RowOutcome::kCreate, 2},
                                                         {RowOutcome::kAdd, 1},
                                                         {RowOutcome::kMember, 1},
                                                         {RowOutcome::kDuplicate, 1},
                                                         {RowOutcome::kInvalid, 1},
                                                         {RowOutcome::kDeactivated, 1},
                                                         {RowOutcome::kRefused, 1}}) {
    EXPECT_EQ(RowsOf(*now, outcome), rows) << static_cast<int>(outcome);
  }
  EXPECT_EQ(parts.Count("account"), accounts) << "nothing is written yet";
  const ImportId id = now->head.id;
  // Looked at again, it is the same; another author's, or another table, is another.
  now = co_await PreviewImport(parts.office, parts.As(kManager), fs95, table);
  CO_ASSERT(now);
  EXPECT_EQ(now->head.id, id);
  EXPECT_EQ(RowsOf(*now, RowOutcome::kCreate), 2);
  EXPECT_EQ(parts.Count("account_import"), 1);
  EXPECT_EQ(parts.Count("account_import_row"), 8);
  now = co_await PreviewImport(parts.office, parts.As(kAdministrator, true), fs95, table);
  CO_ASSERT(now);
  EXPECT_NE(now->head.id, id);
  now = co_await PreviewImport(parts.office, parts.As(kManager), fs95,
                               ReadPeopleTable("nom;prénom;e-mail\nA;A;a@fs95.test\n", 5000, kChecks));
  CO_ASSERT(now);
  EXPECT_NE(now->head.id, id);
  // Only its author sees it.
  EXPECT_EQ(ReasonOf(co_await GetImport(parts.office, parts.As(kCafManager), id)), Reason::kNotFound);
  EXPECT_EQ(ReasonOf(co_await UndoImport(parts.office, parts.As(kManager), id)), Reason::kImpossible);
  const auto rows = co_await ListImportRows(parts.office, parts.As(kManager), id, RowOutcome::kNone, 0, 100);
  CO_ASSERT(rows && rows->size() == 8);
  EXPECT_EQ((*rows)[5].wrong, "email,last_name,first_name");

  // Somebody takes an address meanwhile: its row joins that account instead.
  bench.scratch.Sql(
      "INSERT INTO account (id, email, email_key, first_name, last_name) VALUES (gen_random_uuid(), "
      "'un@fs95.test', 'un@fs95.test', 'Un', 'Déjà')");
  const std::size_t welcomed = parts.Events("AccountActivated").size();
  now = co_await ApplyImport(parts.office, parts.As(kManager), id);
  CO_ASSERT(now);
  EXPECT_EQ(RowsOf(*now, RowOutcome::kCreated), 1);
  EXPECT_EQ(RowsOf(*now, RowOutcome::kAdded), 2);
  EXPECT_EQ(parts.Events("AccountActivated").size(), welcomed + 1);
  EXPECT_EQ(parts.Count("membership", "group_id = '" + fs95.ToString() + "'"), members + 3);
  // Again changes nothing.
  now = co_await ApplyImport(parts.office, parts.As(kManager), id);
  CO_ASSERT(now);
  EXPECT_EQ(parts.Events("AccountActivated").size(), welcomed + 1);

  now = co_await UndoImport(parts.office, parts.As(kManager), id);
  CO_ASSERT(now);
  EXPECT_EQ(RowsOf(*now, RowOutcome::kUndone), 3);
  EXPECT_EQ(parts.Count("account"), accounts + 1) << "but the one that somebody made meanwhile";
  EXPECT_EQ(parts.Count("membership", "group_id = '" + fs95.ToString() + "'"), members);
  EXPECT_TRUE(co_await UndoImport(parts.office, parts.As(kManager), id));
  EXPECT_EQ(ReasonOf(co_await ApplyImport(parts.office, parts.As(kManager), id)), Reason::kImpossible);
}
PLAY(People, P4_a_table_is_looked_at_applied_and_undone, PlayImport)

Task<> PlayUsedImport(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  const GroupId fs95 = parts.GroupOf("france-services", "95");
  const ImportTable table =
      ReadPeopleTable("nom;prénom;e-mail\nA;A;a@fs95.test\nB;B;b@fs95.test\n", 5000, kChecks);
  auto now = co_await PreviewImport(parts.office, parts.As(kManager), fs95, table);
  CO_ASSERT(now);
  CO_ASSERT(co_await ApplyImport(parts.office, parts.As(kManager), now->head.id));
  bench.scratch.Sql("UPDATE account SET last_login_at = now() WHERE email_key = 'a@fs95.test'");
  parts.OpenSession(parts.Named("a@fs95.test"));
  now = co_await UndoImport(parts.office, parts.As(kManager), now->head.id);
  CO_ASSERT(now);
  EXPECT_EQ(RowsOf(*now, RowOutcome::kKept), 1);
  EXPECT_EQ(RowsOf(*now, RowOutcome::kUndone), 1);
  EXPECT_EQ(parts.Sessions(parts.Named("a@fs95.test")), 0);
  EXPECT_EQ(parts.Count("membership", "user_id = '" + parts.Named("a@fs95.test").ToString() + "'"), 0);
  EXPECT_EQ(parts.Count("account", "email_key = 'b@fs95.test'"), 0);
}
PLAY(People, P4_what_was_used_meanwhile_is_kept, PlayUsedImport)

Task<> PlayManyRows(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  const GroupId fs95 = parts.GroupOf("france-services", "95");
  std::string csv = "prénom;nom;e-mail;fonction\n";
  for (int i = 0; i < 5000; ++i) {
    csv += fmt::format("Prénom{0};Nom{0};personne.{0}@departement.test;agente d’accueil\n", i);
  }
  const auto manager = [&] {
    Asker asker = parts.As(kManager);
    asker.deadline = parts.bench.In(std::chrono::seconds(60));
    return asker;
  };
  const auto begun = SteadyClock::now();
  const auto took = [&] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - begun).count();
  };
  const ImportTable table = ReadPeopleTable(csv, 5000, kChecks);
  const auto now = co_await PreviewImport(parts.office, manager(), fs95, table);
  CO_ASSERT(now);
  const auto previewed = took();
  const auto applied = co_await ApplyImport(parts.office, manager(), now->head.id);
  if (!applied) ADD_FAILURE() << applied.error().diagnostic;
  CO_ASSERT(applied);
  EXPECT_EQ(RowsOf(*applied, RowOutcome::kCreated), 5000);
  const auto all = took();
  const auto undone = co_await UndoImport(parts.office, manager(), now->head.id);
  if (!undone) ADD_FAILURE() << undone.error().diagnostic;
  CO_ASSERT(undone);
  EXPECT_EQ(RowsOf(*undone, RowOutcome::kUndone), 5000);
  fmt::print("5000 rows: preview {} ms, applied after {} ms, undone after {} ms\n", previewed, all, took());
}
PLAY(People, P4_five_thousand_rows, PlayManyRows)

Task<> PlayIdle(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  Metrics metrics;
  ClockGuard guard(*bench.db, "auth", metrics);
  Upkeep upkeep(parts.office, guard, bench.executor());
  EXPECT_EQ(*co_await upkeep.Run(), 0);
  const UserId helper = parts.Named(kHelper);
  const std::string mine = "id = '" + helper.ToString() + "'";
  const auto age = [&](int days, int since_warning) {
    bench.scratch.Sql(
        fmt::format("UPDATE account SET active_since = now() - interval '{0} days', last_login_at = now() - "
                    "interval '{0} days', inactivity_warned_at = CASE WHEN inactivity_warnings > 0 THEN "
                    "now() - interval '{1} days' END WHERE {2}",
                    days, since_warning, mine));
  };
  age(121, 0);
  EXPECT_EQ(*co_await upkeep.Run(), 0);
  age(123, 0);
  EXPECT_EQ(*co_await upkeep.Run(), 1);
  EXPECT_EQ(*co_await upkeep.Run(), 0) << "once";
  EXPECT_THAT(parts.Events("InactivityWarned"), SizeIs(1));
  age(154, 31);
  EXPECT_EQ(*co_await upkeep.Run(), 1);
  parts.OpenSession(helper);
  // A login starts it all anew.
  bench.scratch.Sql("UPDATE account SET last_login_at = now() WHERE " + mine);
  EXPECT_EQ(*co_await upkeep.Run(), 0);
  age(160, 5);
  bench.scratch.Sql("UPDATE account SET inactivity_warned_at = now() - interval '170 days' WHERE " + mine);
  EXPECT_EQ(*co_await upkeep.Run(), 1) << "warned the first time again";
  EXPECT_EQ(parts.Count("account", mine + " AND inactivity_warnings = 1"), 1);
  age(190, 40);
  EXPECT_EQ(*co_await upkeep.Run(), 1);
  age(190, 8);
  EXPECT_EQ(*co_await upkeep.Run(), 1);
  EXPECT_EQ(parts.Count("account", mine + " AND NOT active"), 1);
  EXPECT_EQ(parts.Sessions(helper), 0);
  EXPECT_THAT(parts.Events("AccountDeactivated"), SizeIs(1));
  const auto payload = bench.scratch.Sql(
      "SELECT encode(payload, 'hex') FROM event WHERE kind = 'aplus.events.v1.AccountDeactivated'");
  events::v1::AccountDeactivated told;
  CO_ASSERT(told.ParseFromString(std::string(AsText(*FromHex(payload.at(0))))));
  EXPECT_EQ(told.cause(), events::v1::DEACTIVATION_CAUSE_INACTIVITY);
  // Counted anew after reactivation.
  CO_ASSERT(co_await Reactivate(parts.office, parts.As(kManager), helper));
  EXPECT_EQ(*co_await upkeep.Run(), 0);

  // The platform keeps its last administrator.
  bench.scratch.Sql("UPDATE account SET administrator = false WHERE administrator AND email_key <> '" +
                    std::string(kAdministrator) + "'");
  bench.scratch.Sql(
      "UPDATE account SET active_since = now() - interval '300 days', last_login_at = NULL, "
      "inactivity_warnings = 2, inactivity_warned_at = now() - interval '60 days' WHERE email_key = '" +
      std::string(kAdministrator) + "'");
  EXPECT_EQ(*co_await upkeep.Run(), 0);

  // What can no longer be undone is forgotten.
  bench.scratch.Sql(
      "INSERT INTO departure (group_id, user_id, helper, instructor, manager, actor_id, at) SELECT group_id, "
      "user_id, helper, instructor, manager, user_id, now() - interval '31 days' FROM membership LIMIT 1");
  CO_ASSERT(co_await upkeep.Run());
  EXPECT_EQ(parts.Count("departure"), 0);
}
PLAY(People, P6_the_idle_are_warned_twice_and_then_deactivated, PlayIdle)

Task<> PlayJump(Bench& bench) {
  People parts(bench);
  CO_ASSERT(co_await parts.Load());
  Metrics metrics;
  ClockGuard guard(*bench.db, "auth", metrics);
  CO_ASSERT(*co_await guard.IsSane());
  aplus::testing::JumpClock(bench, "200 days");
  Upkeep upkeep(parts.office, guard, bench.executor());
  EXPECT_EQ(*co_await upkeep.Run(), 0);
  // Started again after somebody has looked: everybody is idle now.
  ClockGuard released(*bench.db, "auth", metrics);
  EXPECT_GT(*co_await Upkeep(parts.office, released, bench.executor()).Run(), 0);
}
TEST(People, T_TTL_04_a_clock_that_jumps_warns_and_deactivates_nobody) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::SimulateClock(bench);
  aplus::testing::Play(bench, AllStatements(), PlayJump, Patient);
}

}  // namespace aplus::auth::people_test
