// Sessions against a real PostgreSQL: found, limited, ended.
#include <gtest/gtest.h>

#include "tests/unit/services/auth/auth_bench.h"

namespace aplus::auth::session_test {

Task<Result<bool>> BeginIn(Transaction& tx, AuthParts& parts, UserId user, bool shared, std::string& token) {
  NewSession session = parts.sessions.Begin(tx, user, shared, "Firefox", {.amr = {"mail"}});
  token = session.token.Reveal();
  co_return true;
}

Task<std::string> Begin(AuthParts& parts, UserId user, bool shared = false) {
  std::string token;
  const auto begun = co_await parts.bench.db->Transact(
      {.deadline = parts.Soon()}, [&](Transaction& tx) { return BeginIn(tx, parts, user, shared, token); });
  EXPECT_TRUE(begun) << begun.error().diagnostic;
  co_return token;
}

Task<bool> IsLive(AuthParts& parts, std::string token) {
  const auto found = co_await parts.sessions.Find(*HashOfToken(token), parts.Soon());
  EXPECT_TRUE(found) << found.error().diagnostic;
  co_return found && found->has_value();
}

Task<> PlayLimits(Bench& bench) {
  AuthParts parts(bench);
  const UserId user = parts.MakeAccount("camille.moreau@fs95.test");
  std::vector<std::string> tokens;
  for (int i = 0; i < 7; ++i) tokens.push_back(co_await Begin(parts, user));
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const bool live = co_await IsLive(parts, tokens[i]);
    EXPECT_EQ(live, i >= 2) << i;
  }
  const UserId shared = parts.MakeAccount("accueil@fs62.test", "shared = true");
  for (int i = 0; i < 23; ++i) co_await Begin(parts, shared, true);
  EXPECT_EQ(parts.Count("session", "user_id = '" + shared.ToString() + "'"), 20);
}

TEST(Sessions, P14_five_per_person_twenty_per_shared_account_the_oldest_ends) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayLimits, Patient);
}

Task<> PlayTimes(Bench& bench) {
  AuthParts parts(bench);
  const UserId user = parts.MakeAccount("camille.moreau@fs95.test");
  const UserId admin = parts.MakeAccount("administration@aplus.test", "administrator = true");
  const std::string person = co_await Begin(parts, user);
  const std::string administrator = co_await Begin(parts, admin);
  EXPECT_EQ(bench.scratch.Sql("SELECT DISTINCT extract(epoch FROM expires_at - created_at)::int FROM session")
                .at(0),
            "43200");
  bench.scratch.Sql("UPDATE session SET last_seen_at = clock_timestamp() - interval '31 minutes'");
  EXPECT_TRUE(co_await IsLive(parts, person));
  EXPECT_FALSE(co_await IsLive(parts, administrator));
  bench.scratch.Sql("UPDATE session SET last_seen_at = clock_timestamp() - interval '29 minutes'");
  const auto found = co_await parts.sessions.Find(*HashOfToken(administrator), parts.Soon());
  CO_ASSERT(found && *found);
  EXPECT_TRUE((*found)->seen_long_ago);
  CO_ASSERT(co_await parts.sessions.MarkSeen({(*found)->session}, parts.Soon()));
  const auto again = co_await parts.sessions.Find(*HashOfToken(administrator), parts.Soon());
  CO_ASSERT(again && *again);
  EXPECT_FALSE((*again)->seen_long_ago);
  bench.scratch.Sql("UPDATE session SET expires_at = clock_timestamp() - interval '1 millisecond'");
  EXPECT_FALSE(co_await IsLive(parts, person));
  EXPECT_EQ(*co_await parts.sessions.DeleteExpired(parts.Soon()), 2);
  EXPECT_EQ(parts.Count("session"), 0);
}

TEST(Sessions, P14_twelve_hours_and_half_an_hour_of_rest_for_administrators) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayTimes, Patient);
}

Task<> PlayEnding(Bench& bench) {
  AuthParts parts(bench);
  const UserId user = parts.MakeAccount("camille.moreau@fs95.test");
  const UserId other = parts.MakeAccount("nadia.benali@fs95.test");
  const std::string first = co_await Begin(parts, user);
  const std::string second = co_await Begin(parts, user);
  const auto list = co_await parts.sessions.List(user, parts.Soon());
  CO_ASSERT(list && list->size() == 2);
  EXPECT_GT(list->at(0).created_at, list->at(1).created_at);
  // Somebody else's session does not exist for me.
  EXPECT_FALSE(*co_await parts.sessions.End(other, list->at(1).id, {}, parts.Soon()));
  EXPECT_TRUE(co_await IsLive(parts, first));
  EXPECT_TRUE(*co_await parts.sessions.End(user, list->at(1).id, {}, parts.Soon()));
  EXPECT_FALSE(co_await IsLive(parts, first));
  EXPECT_FALSE(*co_await parts.sessions.End(user, list->at(1).id, {}, parts.Soon()));
  EXPECT_TRUE(co_await IsLive(parts, second));
  CO_ASSERT(co_await parts.sessions.EndByToken(*HashOfToken(second), {}, parts.Soon()));
  EXPECT_FALSE(co_await IsLive(parts, second));
  CO_ASSERT(co_await parts.sessions.EndByToken(*HashOfToken(second), {}, parts.Soon()));
  // Two refusals, one ending by id, one by logging out; the second logging out ended nothing.
  EXPECT_EQ(parts.Count("audit_entry"), 4);

  const std::string third = co_await Begin(parts, user);
  bench.scratch.Sql("UPDATE account SET active = false");
  EXPECT_FALSE(co_await IsLive(parts, third));
}

TEST(Sessions, P14_ending_a_session_takes_effect_at_once) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayEnding, Patient);
}

Task<> PlayWhoIs(Bench& bench) {
  AuthParts parts(bench);
  const UserId user = parts.MakeAccount("deux.cotes@caf95.test", "shared = true, observer = true");
  bench.scratch.Sql(
      "INSERT INTO organisation (id, short_name, full_name, side, sort_key) VALUES "
      "('caf', 'CAF', 'CAF', 'instructor', 'caf'), ('fs', 'FS', 'FS', 'helper', 'fs')");
  bench.scratch.Sql(
      "INSERT INTO user_group (id, organisation_id, name, sort_key) VALUES "
      "('00000000-0000-7000-8000-000000000001', 'caf', 'CAF 95', 'caf 95'), "
      "('00000000-0000-7000-8000-000000000002', 'fs', 'FS 95', 'fs 95')");
  bench.scratch.Sql("INSERT INTO membership (user_id, group_id, helper, instructor, manager) VALUES ('" +
                    user.ToString() + "', '00000000-0000-7000-8000-000000000001', false, true, true), ('" +
                    user.ToString() + "', '00000000-0000-7000-8000-000000000002', true, false, false)");
  const std::string token = co_await Begin(parts, user);
  auto found = co_await parts.sessions.Find(*HashOfToken(token), parts.Soon());
  CO_ASSERT(found && *found);
  EXPECT_EQ((*found)->user, user);
  EXPECT_TRUE((*found)->shared);
  EXPECT_FALSE((*found)->terms_accepted);
  EXPECT_EQ((*found)->account_roles, kRoleObserver);
  CO_ASSERT((*found)->groups.size() == 2);
  EXPECT_EQ((*found)->roles, (std::vector<std::int16_t>{kRoleInstructor | kRoleManager, kRoleHelper}));
  EXPECT_EQ((*found)->sides, (std::vector{Side::kInstructor, Side::kHelper}));
  EXPECT_EQ((*found)->amr, std::vector<std::string>{"mail"});

  // P7: accepting the version in force, and no other.
  const auto other = co_await parts.accounts.AcceptTerms(user, 2, {}, parts.Soon());
  CO_ASSERT(!other);
  EXPECT_EQ(other.error().reason, Reason::kStale);
  EXPECT_EQ(other.error().version, 1);
  CO_ASSERT(co_await parts.accounts.AcceptTerms(user, 1, {}, parts.Soon()));
  CO_ASSERT(co_await parts.accounts.AcceptTerms(user, 1, {}, parts.Soon()));
  found = co_await parts.sessions.Find(*HashOfToken(token), parts.Soon());
  CO_ASSERT(found && *found);
  EXPECT_TRUE((*found)->terms_accepted);
  // A new version asks again.
  bench.scratch.Sql(
      "INSERT INTO terms_version VALUES (2, clock_timestamp()), (3, clock_timestamp() + interval '1 day')");
  found = co_await parts.sessions.Find(*HashOfToken(token), parts.Soon());
  CO_ASSERT(found && *found);
  EXPECT_FALSE((*found)->terms_accepted);
}

TEST(Sessions, P7_P14_a_session_says_who_it_is) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayWhoIs, Patient);
}

Task<> PlayProfile(Bench& bench) {
  AuthParts parts(bench);
  const UserId user = parts.MakeAccount("camille.moreau@fs95.test");
  const auto changed = co_await parts.accounts.Change(
      user, {.first_name = {}, .last_name = {}, .function = "Conseillère", .phone = ""}, {}, parts.Soon());
  CO_ASSERT(changed);
  EXPECT_EQ(changed->first_name, "Camille");
  EXPECT_EQ(changed->function, "Conseillère");
  const auto stranger = co_await parts.accounts.Change(
      UserId::New(parts.clock, parts.random),
      {.first_name = "X", .last_name = {}, .function = {}, .phone = {}}, {}, parts.Soon());
  CO_ASSERT(!stranger);
  EXPECT_EQ(stranger.error().reason, Reason::kNotFound);
}

TEST(Accounts, P1_only_what_is_given_changes) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayProfile, Patient);
}

}  // namespace aplus::auth::session_test
