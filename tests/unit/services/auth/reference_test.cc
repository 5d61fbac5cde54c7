// The real reference data and demonstration set, loaded into a real PostgreSQL, and read as the directory
// reads it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "services/auth/load/data_files.h"
#include "tests/unit/services/auth/auth_bench.h"

namespace aplus::auth::reference_test {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::string kData = APLUS_DATA_FOLDER;
constexpr const char* kCaf95 = "0190d000-0000-7000-8000-000000095002";

Task<bool> LoadAll(AuthParts& parts) {
  const auto reference =
      co_await parts.reference.LoadReference(*ReadReferenceFiles(kData + "/reference"), parts.Soon());
  EXPECT_TRUE(reference) << reference.error().diagnostic;
  const auto demo = co_await parts.reference.LoadDemo(*ReadDemoFiles(kData + "/demo"), parts.Soon());
  EXPECT_TRUE(demo) << demo.error().diagnostic;
  co_return reference&& demo;
}

Task<> PlayTwice(Bench& bench) {
  AuthParts parts(bench);
  CO_ASSERT(co_await LoadAll(parts));
  const std::int64_t events = parts.Count("event");
  EXPECT_GT(events, 100);
  const auto reference =
      co_await parts.reference.LoadReference(*ReadReferenceFiles(kData + "/reference"), parts.Soon());
  const auto demo = co_await parts.reference.LoadDemo(*ReadDemoFiles(kData + "/demo"), parts.Soon());
  CO_ASSERT(reference && demo);
  EXPECT_EQ(reference->changed, 0);
  EXPECT_EQ(demo->changed, 0);
  EXPECT_EQ(parts.Count("event"), events) << "what did not change makes no event";
  EXPECT_EQ(parts.Count("account", "accepted_terms > 0"), 0) << "the first log-in asks";

  bench.scratch.Sql("UPDATE user_group SET name = 'renamed' WHERE id = '" + std::string(kCaf95) + "'");
  const auto mended = co_await parts.reference.LoadDemo(*ReadDemoFiles(kData + "/demo"), parts.Soon());
  CO_ASSERT(mended);
  EXPECT_EQ(mended->changed, 1);
  EXPECT_EQ(parts.Count("event"), events + 1);
}

TEST(Reference, loading_again_changes_nothing) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayTwice, Patient);
}

Task<> PlayDirectory(Bench& bench) {
  AuthParts parts(bench);
  CO_ASSERT(co_await LoadAll(parts));
  EXPECT_THAT(*co_await parts.directory.Areas(parts.Soon()), SizeIs(101));
  EXPECT_THAT(*co_await parts.directory.Organisations(parts.Soon()), SizeIs(33));
  EXPECT_THAT(*co_await parts.directory.Themes(parts.Soon()), SizeIs(::testing::Ge(10)));

  const auto all = *co_await parts.directory.Groups({}, {}, 1000, parts.Soon());
  // Page after page gives the same, in the same order.
  std::vector<GroupRow> paged;
  GroupPosition after;
  for (;;) {
    const auto page = *co_await parts.directory.Groups({}, after, 7, parts.Soon());
    if (page.empty()) break;
    paged.insert(paged.end(), page.begin(), page.end());
    after = {page.back().sort_key, page.back().id};
  }
  CO_ASSERT(paged.size() == all.size());
  for (std::size_t i = 0; i < all.size(); ++i) EXPECT_EQ(paged[i].id, all[i].id);

  const auto in95 = *co_await parts.directory.Groups(
      {.area_id = "95", .side = {}, .organisation_id = "", .theme_id = ""}, {}, 100, parts.Soon());
  const auto serving = std::count_if(all.begin(), all.end(), [](const GroupRow& row) {
    return std::find(row.area_ids.begin(), row.area_ids.end(), "95") != row.area_ids.end();
  });
  EXPECT_EQ(static_cast<std::ptrdiff_t>(in95.size()), serving);
  const auto helpers = *co_await parts.directory.Groups(
      {.area_id = "95", .side = Side::kHelper, .organisation_id = "", .theme_id = ""}, {}, 100, parts.Soon());
  for (const GroupRow& row : helpers) EXPECT_EQ(row.side, Side::kHelper);
  EXPECT_THAT(helpers, ::testing::Not(IsEmpty()));
  const auto caf = *co_await parts.directory.Groups(
      {.area_id = "95", .side = {}, .organisation_id = "caf", .theme_id = "family"}, {}, 100, parts.Soon());
  CO_ASSERT(caf.size() == 1);
  EXPECT_EQ(caf[0].id.ToString(), kCaf95);
  EXPECT_TRUE(caf[0].addressable);
  const auto none = *co_await parts.directory.Groups(
      {.area_id = "", .side = {}, .organisation_id = "caf", .theme_id = "taxes"}, {}, 100, parts.Soon());
  EXPECT_THAT(none, IsEmpty());

  // P5: without an active instructor it cannot be picked.
  bench.scratch.Sql("UPDATE account SET active = false WHERE email_domain = 'caf95.test'");
  const auto left = *co_await parts.directory.Groups(
      {.area_id = "95", .side = {}, .organisation_id = "caf", .theme_id = ""}, {}, 100, parts.Soon());
  CO_ASSERT(left.size() == 1);
  EXPECT_FALSE(left[0].addressable);
}

TEST(Directory, P20_groups_by_area_side_organisation_and_theme) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayDirectory, Patient);
}

Task<> PlayMembers(Bench& bench) {
  AuthParts parts(bench);
  CO_ASSERT(co_await LoadAll(parts));
  const GroupId caf = *GroupId::Parse(kCaf95);
  const std::int64_t lines = parts.Count("audit_entry");
  const auto members = *co_await parts.directory.MembersAudited(caf, {}, parts.Soon());
  CO_ASSERT(members && !members->empty());
  EXPECT_EQ(parts.Count("audit_entry"), lines + 1);
  const auto plain = *co_await parts.directory.Members(caf, parts.Soon());
  CO_ASSERT(plain);
  EXPECT_EQ(plain->size(), members->size());
  EXPECT_EQ(parts.Count("audit_entry"), lines + 1);
  const auto unknown =
      *co_await parts.directory.MembersAudited(GroupId::New(parts.clock, parts.random), {}, parts.Soon());
  EXPECT_FALSE(unknown);
  EXPECT_EQ(parts.Count("audit_entry", "reason = 'not_found'"), 1);
  bench.scratch.Sql("UPDATE account SET active = false WHERE email_domain = 'caf95.test'");
  const auto empty = *co_await parts.directory.Members(caf, parts.Soon());
  CO_ASSERT(empty);
  EXPECT_THAT(*empty, IsEmpty());
}

TEST(Directory, members_of_a_group_leave_a_line) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayMembers, Patient);
}

Task<> PlayPeople(Bench& bench) {
  AuthParts parts(bench);
  CO_ASSERT(co_await LoadAll(parts));
  const GroupId caf = *GroupId::Parse(kCaf95);
  const UserId lea = *UserId::Parse("0190d001-0000-7000-8000-000000095201");
  auto reached = *co_await parts.people.Recipients(
      {.users = {}, .groups = {caf}, .group_roles = kRoleInstructor, .account_roles = 0}, parts.Soon());
  EXPECT_EQ(std::count_if(reached.begin(), reached.end(), [](const RecipientRow& row) { return !row.user; }),
            1);
  EXPECT_GE(reached.size(), 3u);
  for (const RecipientRow& row : reached) EXPECT_EQ(row.group, caf);
  // Nobody but the mailbox when no role is asked for.
  reached = *co_await parts.people.Recipients(
      {.users = {}, .groups = {caf}, .group_roles = 0, .account_roles = 0}, parts.Soon());
  CO_ASSERT(reached.size() == 1);
  EXPECT_FALSE(reached[0].user);
  reached = *co_await parts.people.Recipients(
      {.users = {lea}, .groups = {}, .group_roles = 0, .account_roles = kRoleExpert}, parts.Soon());
  CO_ASSERT(reached.size() == 2);
  EXPECT_EQ(reached[0].email, "lea.bernard@caf95.test");
  EXPECT_EQ(reached[1].email, "expert@aplus.test");

  bench.scratch.Sql("UPDATE account SET active = false WHERE id = '" + lea.ToString() + "'");
  reached = *co_await parts.people.Recipients(
      {.users = {lea}, .groups = {}, .group_roles = 0, .account_roles = 0}, parts.Soon());
  EXPECT_THAT(reached, IsEmpty());
  const auto people =
      *co_await parts.people.People({lea, UserId::New(parts.clock, parts.random)}, parts.Soon());
  CO_ASSERT(people.size() == 1);
  EXPECT_FALSE(people[0].active);
  EXPECT_THAT(people[0].groups, IsEmpty());
  EXPECT_EQ(people[0].first_name, "Léa");
  const auto groups = *co_await parts.people.Groups({caf}, parts.Soon());
  CO_ASSERT(groups.size() == 1);
  EXPECT_EQ(groups[0].organisation_short_name, "CAF");
  EXPECT_EQ(groups[0].entitled, (std::vector{Identifier::kNir, Identifier::kCafNumber}));
}

TEST(People, P26_P70_recipients_and_names) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayPeople, Patient);
}

Task<> PlayAdministrator(Bench& bench) {
  AuthParts parts(bench);
  CO_ASSERT(co_await LoadAll(parts));
  EXPECT_TRUE(*co_await parts.reference.CreateAdministrator("Premiere@aplus.test", parts.Soon()));
  EXPECT_FALSE(*co_await parts.reference.CreateAdministrator("premiere@APLUS.test", parts.Soon()));
  EXPECT_EQ(parts.Count("account", "email_key = 'premiere@aplus.test' AND administrator"), 1);
  EXPECT_TRUE(*co_await parts.reference.CreateAdministrator("pilote@aplus.test", parts.Soon()));
  const auto member = co_await parts.reference.CreateAdministrator("lea.bernard@caf95.test", parts.Soon());
  CO_ASSERT(!member);
  EXPECT_EQ(member.error().reason, Reason::kImpossible);
}

TEST(Reference, P2_the_first_administrator) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayAdministrator, Patient);
}

}  // namespace aplus::auth::reference_test
