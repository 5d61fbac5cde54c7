// Login links and codes against a real PostgreSQL: used once, from one browser, for a while.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/services/auth/auth_bench.h"

namespace aplus::auth::login_test {

using ::testing::Each;
using ::testing::Optional;

constexpr const char* kEmail = "camille.moreau@fs95.test";

// Logs in, and counts how it went.
Task<> Race(AuthParts* parts, std::string token, Sha256Digest binding, int* entered, int* used) {
  const auto reason = co_await parts->TryToken(std::move(token), binding);
  if (!reason) ++*entered;
  if (reason == Reason::kLinkUsed) ++*used;
}

Task<> Guess(AuthParts* parts, Sha256Digest binding, int* entered) {
  const auto reason = co_await parts->TryCode("ZZZZZZZZ", binding);
  if (!reason) ++*entered;
}

Task<> PlayRace(Bench& bench) {
  AuthParts parts(bench, {}, {.at_once = 100, .per_hour = 100, .per_day = 100});
  parts.MakeAccount(kEmail);
  for (int round = 1; round <= 10; ++round) {
    const Sha256Digest binding = parts.NewBinding();
    const LoginMail mail = co_await parts.AskAndMint(kEmail, binding);
    CO_ASSERT(mail.kind == LoginMail::Kind::kLink);
    int entered = 0, used = 0;
    TaskScope scope(bench.executor());
    for (int i = 0; i < 200; ++i)
      scope.Spawn("race", Race(&parts, mail.token.Reveal(), binding, &entered, &used));
    co_await scope.Join();
    EXPECT_EQ(entered, 1) << "round " << round;
    EXPECT_EQ(used, 199) << "round " << round;
  }
  EXPECT_EQ(parts.Count("login_token", "consumed_at IS NOT NULL"), 10);
  EXPECT_EQ(parts.Count("session"), SessionRules{}.per_person);
}

TEST(Login, T_AUT_01_of_200_at_once_exactly_one_logs_in) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayRace, Patient, std::chrono::minutes(3));
}

Task<> PlayLife(Bench& bench) {
  AuthParts parts(bench);
  parts.MakeAccount(kEmail);
  const Sha256Digest binding = parts.NewBinding();
  const LoginMail mail = co_await parts.AskAndMint("Camille.Moreau@FS95.test", binding);
  EXPECT_EQ(mail.kind, LoginMail::Kind::kNone) << "the store compares keys; rpc makes them";
  const LoginMail known = co_await parts.AskAndMint(kEmail, binding);
  CO_ASSERT(known.kind == LoginMail::Kind::kLink);
  EXPECT_EQ(known.email, kEmail);
  const auto life =
      bench.scratch.Sql("SELECT extract(epoch FROM expires_at - minted_at)::int FROM login_token");
  EXPECT_EQ(life.at(0), "1800");

  // As if 30 minutes, less and then more a millisecond, had passed since the mail left.
  const std::string token = known.token.Reveal();
  bench.scratch.Sql("UPDATE login_token SET expires_at = clock_timestamp() - interval '1 millisecond'");
  EXPECT_THAT(co_await parts.TryToken(token, binding), Optional(Reason::kLinkExpired));
  EXPECT_THAT(co_await parts.TryCode(known.code.Reveal(), binding), Optional(Reason::kLinkExpired));
  bench.scratch.Sql("UPDATE login_token SET expires_at = clock_timestamp() + interval '5 seconds'");
  EXPECT_EQ(co_await parts.TryToken(token, binding), std::nullopt);
  EXPECT_THAT(co_await parts.TryToken(token, binding), Optional(Reason::kLinkUsed));
  EXPECT_THAT(co_await parts.TryCode(known.code.Reveal(), binding), Optional(Reason::kLinkUsed));
  EXPECT_THAT(co_await parts.TryToken("nonsense", binding), Optional(Reason::kLinkUnknown));
  const Token stranger = Token::Draw(parts.random);
  EXPECT_THAT(co_await parts.TryToken(stranger.text.Reveal(), binding), Optional(Reason::kLinkUnknown));
  EXPECT_EQ(parts.Count("event", "kind = 'aplus.events.v1.LoggedIn'"), 1);
  EXPECT_EQ(parts.Count("event", "kind = 'aplus.events.v1.LoginRequested'"), 2);
}

TEST(Login, T_AUT_02_a_link_works_once_within_its_time) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayLife, Patient);
}

Task<> PlayBinding(Bench& bench) {
  AuthParts parts(bench);
  parts.MakeAccount(kEmail);
  const Sha256Digest binding = parts.NewBinding();
  const LoginMail mail = co_await parts.AskAndMint(kEmail, binding);
  CO_ASSERT(mail.kind == LoginMail::Kind::kLink);
  const std::string token = mail.token.Reveal();
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(co_await parts.TryToken(token, std::nullopt), Optional(Reason::kWrongBrowser));
    EXPECT_THAT(co_await parts.TryToken(token, parts.NewBinding()), Optional(Reason::kWrongBrowser));
    EXPECT_THAT(co_await parts.TryCode(mail.code.Reveal(), parts.NewBinding()),
                Optional(Reason::kWrongBrowser));
    EXPECT_THAT(co_await parts.TryCode(mail.code.Reveal(), std::nullopt), Optional(Reason::kWrongBrowser));
  }
  EXPECT_EQ(parts.Count("session"), 0);
  EXPECT_EQ(co_await parts.TryToken(token, binding), std::nullopt) << "nothing was consumed";
}

TEST(Login, T_AUT_04_only_the_browser_that_asked_logs_in) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayBinding, Patient);
}

Task<> PlayCode(Bench& bench) {
  AuthParts parts(bench, {}, {.at_once = 100, .per_hour = 100, .per_day = 100});
  parts.MakeAccount(kEmail);
  Sha256Digest binding = parts.NewBinding();
  LoginMail mail = co_await parts.AskAndMint(kEmail, binding);
  // Slips of the finger are no tries.
  for (int i = 0; i < 20; ++i)
    EXPECT_THAT(co_await parts.TryCode("ABC", binding), Optional(Reason::kCodeWrong));
  for (int i = 0; i < 4; ++i)
    EXPECT_THAT(co_await parts.TryCode("ZZZZZZZZ", binding), Optional(Reason::kCodeWrong));
  EXPECT_EQ(co_await parts.TryCode(mail.code.Reveal(), binding), std::nullopt)
      << "the fifth was the right one";

  binding = parts.NewBinding();
  mail = co_await parts.AskAndMint(kEmail, binding);
  for (int i = 0; i < 5; ++i)
    EXPECT_THAT(co_await parts.TryCode("ZZZZZZZZ", binding), Optional(Reason::kCodeWrong));
  EXPECT_THAT(co_await parts.TryCode(mail.code.Reveal(), binding), Optional(Reason::kCodeWrong));
  EXPECT_THAT(co_await parts.TryToken(mail.token.Reveal(), binding), Optional(Reason::kLinkExpired));

  // Five tries at once are five tries.
  binding = parts.NewBinding();
  mail = co_await parts.AskAndMint(kEmail, binding);
  int entered = 0;
  TaskScope scope(bench.executor());
  for (int i = 0; i < 20; ++i) {
    scope.Spawn("guess", Guess(&parts, binding, &entered));
  }
  co_await scope.Join();
  EXPECT_EQ(entered, 0);
  EXPECT_EQ(bench.scratch.Sql("SELECT max(code_tries) FROM login_request").at(0), "5");
  EXPECT_THAT(co_await parts.TryCode(mail.code.Reveal(), binding), Optional(Reason::kCodeWrong));
}

TEST(Login, T_AUT_05_five_wrong_codes_end_the_request) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayCode, Patient);
}

Task<> PlayUnknownCode(Bench& bench) {
  AuthParts parts(bench);
  const Sha256Digest binding = parts.NewBinding();
  const LoginMail mail = co_await parts.AskAndMint("personne@fs95.test", binding);
  EXPECT_EQ(mail.kind, LoginMail::Kind::kNone);
  // As for an address that is known: the same five tries.
  for (int i = 0; i < 7; ++i)
    EXPECT_THAT(co_await parts.TryCode("ZZZZZZZZ", binding), Optional(Reason::kCodeWrong));
  EXPECT_EQ(bench.scratch.Sql("SELECT code_tries FROM login_request").at(0), "5");
}

TEST(Login, T_AUT_06_codes_for_unknown_addresses_fail_alike) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayUnknownCode, Patient);
}

Task<> PlayParallel(Bench& bench) {
  AuthParts parts(bench, {}, {.at_once = 100, .per_hour = 100, .per_day = 100});
  parts.MakeAccount(kEmail);
  const Sha256Digest binding = parts.NewBinding();
  std::vector<LoginMail> mails;
  for (int i = 0; i < 4; ++i) mails.push_back(co_await parts.AskAndMint(kEmail, binding));
  EXPECT_THAT(co_await parts.TryToken(mails[0].token.Reveal(), binding), Optional(Reason::kLinkExpired));
  for (std::size_t i = 1; i < 4; ++i)
    EXPECT_EQ(co_await parts.TryToken(mails[i].token.Reveal(), binding), std::nullopt);

  // Minting anew for the same request replaces: the mail before did not leave.
  const LoginRequestId request = co_await parts.Ask(kEmail, parts.NewBinding());
  const LoginMail first = co_await parts.Mint(request);
  const LoginMail second = co_await parts.Mint(request);
  EXPECT_NE(first.token.Reveal(), second.token.Reveal());
  EXPECT_EQ(
      parts.Count("login_token", "login_request_id = '" + request.ToString() + "' AND ended_at IS NULL"), 1);
}

TEST(Login, P10_three_links_are_live_and_a_fourth_ends_the_oldest) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayParallel, Patient);
}

Task<> PlayThrottle(Bench& bench) {
  AuthParts parts(bench);
  parts.MakeAccount(kEmail);
  std::vector<LoginMail::Kind> kinds;
  for (int i = 0; i < 5; ++i) {
    const LoginMail mail = co_await parts.AskAndMint(kEmail, parts.NewBinding());
    kinds.push_back(mail.kind);
  }
  using Kind = LoginMail::Kind;
  EXPECT_EQ(kinds, (std::vector{Kind::kLink, Kind::kLink, Kind::kLink, Kind::kNone, Kind::kNone}));
  bench.scratch.Sql("UPDATE login_token SET minted_at = minted_at - interval '1 minute'");
  EXPECT_EQ((co_await parts.AskAndMint(kEmail, parts.NewBinding())).kind, Kind::kLink);
  EXPECT_EQ((co_await parts.AskAndMint(kEmail, parts.NewBinding())).kind, Kind::kNone);

  // One browser asks for many addresses: five of its requests within ten minutes may cause a mail.
  const Sha256Digest binding = parts.NewBinding();
  for (int i = 0; i < 7; ++i) {
    const std::string email = fmt::format("agent{}@fs95.test", i);
    parts.MakeAccount(email);
    EXPECT_EQ((co_await parts.AskAndMint(email, binding)).kind, i < 5 ? Kind::kLink : Kind::kNone) << i;
  }
  // A mail that waited for too long does not leave any more.
  const LoginRequestId late = co_await parts.Ask("agent6@fs95.test", parts.NewBinding());
  bench.scratch.Sql("UPDATE login_request SET created_at = created_at - interval '31 minutes' WHERE id = '" +
                    late.ToString() + "'");
  EXPECT_EQ((co_await parts.Mint(late)).kind, Kind::kNone);
}

TEST(Login, P11_mails_are_rationed_by_account_and_browser) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayThrottle, Patient);
}

Task<> PlayNoAccount(Bench& bench) {
  LinkRules rules;
  rules.no_account_per_hour = 2;
  AuthParts parts(bench, rules);
  parts.MakeAccount(kEmail);
  parts.MakeAccount("parti@ancien.test", "active = false");
  using Kind = LoginMail::Kind;
  const LoginRequestId first = co_await parts.Ask("camile.moreau@fs95.test", parts.NewBinding());
  const LoginMail told = co_await parts.Mint(first);
  EXPECT_EQ(told.kind, Kind::kNoAccount);
  EXPECT_EQ(told.email, "camile.moreau@fs95.test");
  EXPECT_TRUE(told.token.empty());
  EXPECT_EQ((co_await parts.Mint(first)).kind, Kind::kNoAccount) << "the same mail, tried again";
  EXPECT_EQ((co_await parts.AskAndMint("camile.moreau@fs95.test", parts.NewBinding())).kind, Kind::kNone)
      << "a day";
  EXPECT_EQ((co_await parts.AskAndMint("x@nowhere.test", parts.NewBinding())).kind, Kind::kNone)
      << "no colleague";
  EXPECT_EQ((co_await parts.AskAndMint("x@ancien.test", parts.NewBinding())).kind, Kind::kNone)
      << "none active";
  EXPECT_EQ((co_await parts.AskAndMint("parti@ancien.test", parts.NewBinding())).kind, Kind::kNone)
      << "deactivated";
  EXPECT_EQ((co_await parts.AskAndMint("a@fs95.test", parts.NewBinding())).kind, Kind::kNoAccount);
  EXPECT_EQ((co_await parts.AskAndMint("b@fs95.test", parts.NewBinding())).kind, Kind::kNone)
      << "enough for an hour";
}

TEST(Login, P10_who_has_no_account_is_told_by_mail_only_and_rarely) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayNoAccount, Patient);
}

Task<> PlayStates(Bench& bench) {
  AuthParts parts(bench);
  // Deactivated between the mail and the click.
  const UserId user = parts.MakeAccount(kEmail);
  const Sha256Digest binding = parts.NewBinding();
  const LoginMail mail = co_await parts.AskAndMint(kEmail, binding);
  bench.scratch.Sql("UPDATE account SET active = false WHERE id = '" + user.ToString() + "'");
  EXPECT_THAT(co_await parts.TryToken(mail.token.Reveal(), binding), Optional(Reason::kLinkExpired));
  EXPECT_EQ(parts.Count("session"), 0);
  // An administrator gets a link and no code.
  parts.MakeAccount("administration@aplus.test", "administrator = true");
  const LoginMail admin = co_await parts.AskAndMint("administration@aplus.test", binding);
  EXPECT_EQ(admin.kind, LoginMail::Kind::kLink);
  EXPECT_TRUE(admin.code.empty());
  EXPECT_EQ(co_await parts.TryToken(admin.token.Reveal(), binding), std::nullopt);
}

TEST(Login, SECURITY_2_2_deactivated_accounts_stay_out_and_administrators_have_no_code) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayStates, Patient);
}

Task<> PlayTraces(Bench& bench) {
  AuthParts parts(bench);
  parts.MakeAccount(kEmail);
  const Token browser = Token::Draw(parts.random);
  const LoginMail mail = co_await parts.AskAndMint(kEmail, browser.hash);
  const LoginAttempt attempt{.binding_hash = browser.hash, .browser = "Firefox", .line = {}};
  auto outcome = co_await parts.logins.ByToken(HashOfToken(mail.token.Reveal()), attempt, parts.Soon());
  CO_ASSERT(outcome && std::holds_alternative<LoggedIn>(*outcome));
  const std::string session = std::get<LoggedIn>(*outcome).session.Reveal();
  EXPECT_EQ(std::get<LoggedIn>(*outcome).return_to, "/demandes");

  // Every table, every row, as text: none holds a token or the code, as text or as bytes.
  std::string dump;
  for (const std::string& table :
       bench.scratch.Sql("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")) {
    for (const std::string& row : bench.scratch.Sql("SELECT t::text FROM " + table + " t"))
      dump += row + "\n";
  }
  EXPECT_NE(dump.find(ToHex(Sha256(*FromBase64Url(session)))), std::string::npos) << "the hash is there";
  for (const std::string& secret : {session, mail.token.Reveal(), browser.text.Reveal()}) {
    EXPECT_EQ(dump.find(secret), std::string::npos);
    EXPECT_EQ(dump.find(ToHex(*FromBase64Url(secret))), std::string::npos);
  }
  EXPECT_EQ(dump.find(mail.code.Reveal()), std::string::npos);
  EXPECT_EQ(dump.find(ToHex(*FromCrockford(mail.code.Reveal()))), std::string::npos);
}

TEST(Login, T_AUT_08_tables_hold_hashes_only) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayTraces, Patient);
}

Task<> PlayPurge(Bench& bench) {
  AuthParts parts(bench);
  parts.MakeAccount(kEmail);
  for (int i = 0; i < 3; ++i) co_await parts.AskAndMint(kEmail, parts.NewBinding());
  bench.scratch.Sql(
      "UPDATE login_request SET created_at = clock_timestamp() - interval '25 hours' "
      "WHERE id IN (SELECT id FROM login_request ORDER BY id LIMIT 2)");
  EXPECT_EQ(*co_await parts.links.DeleteOld(parts.Soon()), 2);
  EXPECT_EQ(*co_await parts.links.DeleteOld(parts.Soon()), 0);
  EXPECT_EQ(parts.Count("login_token"), 1);
}

TEST(Login, P11_login_requests_and_links_are_gone_after_a_day) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayPurge, Patient);
}

}  // namespace aplus::auth::login_test
