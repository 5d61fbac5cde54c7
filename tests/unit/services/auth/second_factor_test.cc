// The second factor against a real PostgreSQL: set up, proved once, guessed in vain, sealed at rest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/bytes.h"
#include "libs/crypto/totp.h"
#include "tests/unit/services/auth/auth_bench.h"

namespace aplus::auth::second_factor_test {

using ::testing::Optional;

constexpr const char* kEmail = "camille.moreau@fs95.test";

struct Login {
  UserId user;
  std::string token;
  SessionId session;

  FactorCaller Caller(bool may_replace = false) const { return {user, session, may_replace, {}}; }
};

Task<Result<bool>> BeginIn(Transaction& tx, AuthParts& parts, UserId user, NewSession& session) {
  session = parts.sessions.Begin(tx, user, false, "Firefox", {.amr = {"mail"}});
  co_return true;
}

Task<Login> LogIn(AuthParts& parts, UserId user) {
  NewSession session;
  const auto begun = co_await parts.bench.db->Transact(
      {.deadline = parts.Soon()}, [&](Transaction& tx) { return BeginIn(tx, parts, user, session); });
  EXPECT_TRUE(begun) << begun.error().diagnostic;
  co_return Login{user, session.token.Reveal(), session.id};
}

Task<std::optional<AuthenticatedRow>> Find(AuthParts& parts, std::string token) {
  auto found = co_await parts.sessions.Find(*HashOfToken(token), parts.Soon());
  EXPECT_TRUE(found) << found.error().diagnostic;
  if (!found) co_return std::nullopt;
  co_return *std::move(found);
}

Bytes FromBase32(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  Bytes out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    bits = bits << 5 | static_cast<std::uint32_t>(kAlphabet.find(c));
    held += 5;
    if (held < 8) continue;
    held -= 8;
    out.push_back(static_cast<std::uint8_t>(bits >> held));
    bits &= (1u << held) - 1;
  }
  return out;
}

// The database's step: its clock decides.
std::int64_t StepNow(AuthParts& parts) {
  return std::stoll(
      parts.bench.scratch.Sql("SELECT floor(extract(epoch FROM clock_timestamp()) / 30)::bigint").at(0));
}

struct Enrolled {
  Bytes secret;
  std::vector<std::string> recovery_codes;
};

// Sets a factor up with the code of the step before now, so that this one's is still unused; `login` gets its
// new token.
Task<Enrolled> Enrol(AuthParts& parts, Login& login, bool may_replace = false) {
  Enrolled enrolled;
  auto drawn = co_await parts.factors.Draw(login.Caller(may_replace), parts.Soon());
  EXPECT_TRUE(drawn && std::holds_alternative<DrawnSecret>(*drawn));
  if (!drawn || !std::holds_alternative<DrawnSecret>(*drawn)) co_return enrolled;
  enrolled.secret = FromBase32(std::get<DrawnSecret>(*drawn).base32.Reveal());
  EXPECT_EQ(enrolled.secret.size(), kTotpSecretSize);
  auto set = co_await parts.factors.Confirm(
      login.Caller(may_replace), SecretString(TotpCode(enrolled.secret, StepNow(parts) - 1)), parts.Soon());
  EXPECT_TRUE(set && std::holds_alternative<FactorSet>(*set));
  if (!set || !std::holds_alternative<FactorSet>(*set)) co_return enrolled;
  for (const SecretString& code : std::get<FactorSet>(*set).recovery_codes)
    enrolled.recovery_codes.push_back(code.Reveal());
  login.token = std::get<FactorSet>(*set).session.Reveal();
  co_return enrolled;
}

// nullopt: proved; `login` gets its new token.
Task<std::optional<Reason>> Prove(AuthParts& parts, Login& login, std::string code) {
  auto proved = co_await parts.factors.Prove(login.Caller(), SecretString(std::move(code)), parts.Soon());
  EXPECT_TRUE(proved) << proved.error().diagnostic;
  if (!proved) co_return proved.error().reason;
  if (const auto* refused = std::get_if<FactorRefused>(&*proved)) co_return refused->reason;
  login.token = std::get<FactorProved>(*proved).session.Reveal();
  co_return std::nullopt;
}

Task<> PlayEnrolment(Bench& bench) {
  AuthParts parts(bench);
  const UserId user = parts.MakeAccount(kEmail);
  Login first = co_await LogIn(parts, user);
  Login second = co_await LogIn(parts, user);
  EXPECT_FALSE((co_await Find(parts, first.token))->second_factor_due) << "open to all, compulsory for few";
  const std::string before = first.token;
  const Enrolled enrolled = co_await Enrol(parts, first);
  EXPECT_EQ(enrolled.recovery_codes.size(), 10u);
  EXPECT_FALSE((co_await Find(parts, before)).has_value()) << "the session has a new token";
  auto mine = co_await Find(parts, first.token);
  CO_ASSERT(mine);
  EXPECT_EQ(mine->session, first.session);
  EXPECT_FALSE(mine->second_factor_due);
  EXPECT_THAT(mine->amr, ::testing::ElementsAre("mail", "otp"));
  EXPECT_LE(mine->now - mine->proved_at, std::chrono::minutes(1));
  const auto other = co_await Find(parts, second.token);
  CO_ASSERT(other);
  EXPECT_TRUE(other->second_factor_due) << "the other session waits for a proof of its own";

  // T-AUT-13: proving gives a new token too, and each code counts once.
  const std::string code = TotpCode(enrolled.secret, StepNow(parts));
  const std::string waiting = second.token;
  EXPECT_EQ(co_await Prove(parts, second, code), std::nullopt);
  EXPECT_FALSE((co_await Find(parts, waiting)).has_value());
  EXPECT_FALSE((co_await Find(parts, second.token))->second_factor_due);
  EXPECT_THAT(co_await Prove(parts, first, code), Optional(Reason::kCodeWrong)) << "used";
  EXPECT_THAT(co_await Prove(parts, first, TotpCode(enrolled.secret, StepNow(parts) - 1)),
              Optional(Reason::kCodeWrong))
      << "older than one that was used";
  EXPECT_THAT(co_await Prove(parts, first, TotpCode(enrolled.secret, StepNow(parts) + 3)),
              Optional(Reason::kCodeWrong));
  EXPECT_EQ(parts.Count("event", "kind = 'aplus.events.v1.AccountNotice'"), 1);

  // Replacing needs a fresh proof; without one nothing is drawn.
  auto drawn = co_await parts.factors.Draw(first.Caller(false), parts.Soon());
  CO_ASSERT(drawn && std::holds_alternative<FactorRefused>(*drawn));
  EXPECT_EQ(std::get<FactorRefused>(*drawn).reason, Reason::kStepUpRequired);
  const Enrolled anew = co_await Enrol(parts, first, true);
  EXPECT_NE(anew.secret, enrolled.secret);
  EXPECT_THAT(co_await Prove(parts, first, enrolled.recovery_codes.at(0)), Optional(Reason::kCodeWrong))
      << "codes of the factor before";
}

TEST(SecondFactor, P13_P14_set_up_and_proved_with_a_new_token_each_time) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayEnrolment, Patient);
}

Task<> PlayAdministrator(Bench& bench) {
  AuthParts parts(bench);
  const UserId user = parts.MakeAccount("administration@aplus.test", "administrator = true");
  Login login = co_await LogIn(parts, user);
  EXPECT_TRUE((co_await Find(parts, login.token))->second_factor_due);
  EXPECT_THAT(co_await Prove(parts, login, "123456"), Optional(Reason::kImpossible));
  auto confirmed = co_await parts.factors.Confirm(login.Caller(), SecretString("123456"), parts.Soon());
  CO_ASSERT(confirmed && std::holds_alternative<FactorRefused>(*confirmed));
  EXPECT_EQ(std::get<FactorRefused>(*confirmed).reason, Reason::kImpossible) << "nothing was drawn";
  co_await Enrol(parts, login);
  EXPECT_FALSE((co_await Find(parts, login.token))->second_factor_due);
  auto dropped = co_await parts.factors.Drop(login.Caller(true), parts.Soon());
  CO_ASSERT(dropped && std::holds_alternative<FactorRefused>(*dropped));
  EXPECT_EQ(std::get<FactorRefused>(*dropped).reason, Reason::kImpossible) << "compulsory";

  // A proof of the identity provider's is one as well.
  bench.scratch.Sql("UPDATE session SET amr = '{proconnect,mfa}'");
  EXPECT_FALSE((co_await Find(parts, login.token))->second_factor_due);
  bench.scratch.Sql("UPDATE session SET amr = '{proconnect,mail}'");
  EXPECT_TRUE((co_await Find(parts, login.token))->second_factor_due) << "a mail is no second factor";

  // An operator takes it away: everything of it, and the sessions.
  EXPECT_TRUE(*co_await parts.factors.Reset("administration@aplus.test", parts.Soon()));
  EXPECT_FALSE(*co_await parts.factors.Reset("administration@aplus.test", parts.Soon()));
  for (const char* table : {"second_factor", "recovery_code", "second_factor_draft", "session"})
    EXPECT_EQ(parts.Count(table), 0) << table;
}

TEST(SecondFactor, P13_an_administrator_does_nothing_without) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayAdministrator, Patient);
}

Task<> PlayRecovery(Bench& bench) {
  AuthParts parts(bench);
  Login login = co_await LogIn(parts, parts.MakeAccount(kEmail));
  const Enrolled enrolled = co_await Enrol(parts, login);
  const std::string code = enrolled.recovery_codes.at(3);
  EXPECT_EQ(co_await Prove(parts, login, " " + code.substr(0, 4) + "-" + code.substr(4)), std::nullopt);
  EXPECT_THAT(co_await Prove(parts, login, code), Optional(Reason::kCodeWrong)) << "once";
  EXPECT_EQ((*co_await parts.factors.State(login.user, parts.Soon())).recovery_codes, 9);
  auto renewed = co_await parts.factors.RenewCodes(login.Caller(true), parts.Soon());
  CO_ASSERT(renewed && std::holds_alternative<std::vector<SecretString>>(*renewed));
  EXPECT_EQ((*co_await parts.factors.State(login.user, parts.Soon())).recovery_codes, 10);
  EXPECT_THAT(co_await Prove(parts, login, enrolled.recovery_codes.at(4)), Optional(Reason::kCodeWrong));

  // One's own codes open nobody else's account.
  Login other = co_await LogIn(parts, parts.MakeAccount("nadia.benali@fs95.test"));
  co_await Enrol(parts, other);
  const auto& codes = std::get<std::vector<SecretString>>(*renewed);
  EXPECT_THAT(co_await Prove(parts, other, codes.at(0).Reveal()), Optional(Reason::kCodeWrong));
  EXPECT_EQ(co_await Prove(parts, login, codes.at(0).Reveal()), std::nullopt);

  auto dropped = co_await parts.factors.Drop(login.Caller(true), parts.Soon());
  CO_ASSERT(dropped && std::holds_alternative<std::monostate>(*dropped));
  EXPECT_EQ(parts.Count("recovery_code", "user_id = '" + login.user.ToString() + "'"), 0);
}

TEST(SecondFactor, P13_recovery_codes_work_once_each) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayRecovery, Patient);
}

Task<> GuessOnce(AuthParts* parts, Login login, std::string code, int* entered, int* wrong) {
  const auto reason = co_await Prove(*parts, login, std::move(code));
  if (!reason) ++*entered;
  if (reason == Reason::kCodeWrong) ++*wrong;
}

Task<> PlayGuessing(Bench& bench) {
  AuthParts parts(bench);
  Login login = co_await LogIn(parts, parts.MakeAccount(kEmail));
  const Enrolled enrolled = co_await Enrol(parts, login);
  // Guesses at once are counted one after the other; what is left of them was not even looked at.
  int entered = 0, wrong = 0;
  TaskScope scope(bench.executor());
  for (int i = 0; i < 30; ++i) scope.Spawn("guess", GuessOnce(&parts, login, "ZZZZ-ZZZZ", &entered, &wrong));
  co_await scope.Join();
  EXPECT_EQ(entered, 0);
  EXPECT_EQ(wrong, 5);
  const std::string good = TotpCode(enrolled.secret, StepNow(parts));
  EXPECT_THAT(co_await Prove(parts, login, good), Optional(Reason::kRateLimited));
  EXPECT_THAT(co_await Prove(parts, login, enrolled.recovery_codes.at(0)), Optional(Reason::kRateLimited));
  EXPECT_EQ(parts.Count("event", "kind = 'aplus.events.v1.AccountNotice'"), 2) << "set up, then guessed";
  bench.scratch.Sql("UPDATE second_factor_miss SET missed_at = missed_at - interval '15 minutes'");
  // The right code at once in many places: one of them.
  entered = wrong = 0;
  TaskScope race(bench.executor());
  for (int i = 0; i < 5; ++i) race.Spawn("race", GuessOnce(&parts, login, good, &entered, &wrong));
  co_await race.Join();
  EXPECT_EQ(entered, 1);
  EXPECT_EQ(wrong, 4);
}

TEST(SecondFactor, P13_codes_are_not_to_be_guessed) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayGuessing, Patient);
}

Task<> PlayAtRest(Bench& bench) {
  AuthParts parts(bench);
  Login login = co_await LogIn(parts, parts.MakeAccount(kEmail));
  Login other = co_await LogIn(parts, parts.MakeAccount("nadia.benali@fs95.test"));
  const Enrolled enrolled = co_await Enrol(parts, login);
  co_await Enrol(parts, other);
  std::string dump;
  for (const std::string& table :
       bench.scratch.Sql("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")) {
    for (const std::string& row : bench.scratch.Sql("SELECT t::text FROM " + table + " t"))
      dump += row + "\n";
  }
  EXPECT_EQ(dump.find(ToHex(enrolled.secret)), std::string::npos);
  EXPECT_EQ(dump.find(ToBase32(enrolled.secret)), std::string::npos);
  for (const std::string& code : enrolled.recovery_codes) {
    EXPECT_EQ(dump.find(code), std::string::npos);
    EXPECT_EQ(dump.find(ToHex(*FromCrockford(code))), std::string::npos);
  }

  // A row that somebody moved to another account does not open there.
  bench.scratch.Sql(
      fmt::format("UPDATE second_factor SET sealed_secret = (SELECT sealed_secret FROM second_factor WHERE "
                  "user_id = '{}') "
                  "WHERE user_id = '{}'",
                  login.user.ToString(), other.user.ToString()));
  const auto moved = co_await parts.factors.Prove(
      other.Caller(), SecretString(TotpCode(enrolled.secret, StepNow(parts))), parts.Soon());
  CO_ASSERT(!moved);
  EXPECT_EQ(moved.error().reason, Reason::kInternal);
  bench.scratch.Sql("DELETE FROM second_factor WHERE user_id = '" + other.user.ToString() + "'");
  EXPECT_EQ(*co_await parts.factors.Rewrap(parts.Soon()), 0) << "the active key holds all";
}

TEST(SecondFactor, P13_secrets_are_sealed_and_bound_to_their_account) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayAtRest, Patient);
}

Task<> PlayRotation(Bench& bench) {
  SystemRandom random;
  const Key first = Key::Generate(random);
  const Key second = Key::Generate(random);
  AuthParts parts(bench);
  const UserId user = parts.MakeAccount(kEmail);
  const auto ring = [&](bool with_second) {
    std::map<Keyring::Version, Key> keys;
    keys.emplace(1, first.Copy());
    if (with_second) keys.emplace(2, second.Copy());
    return Keyring::Make(std::move(keys), with_second ? 2 : 1).value();
  };
  FactorVault old_vault(ring(false), random);
  FactorVault new_vault(ring(true), random);
  const Bytes secret(kTotpSecretSize, 0x5a);
  const SealedSecret sealed = old_vault.Seal(user, secret);
  bench.scratch.Sql(
      fmt::format("INSERT INTO second_factor (user_id, key_version, sealed_secret, last_step) "
                  "VALUES ('{}', {}, decode('{}', 'hex'), 0)",
                  user.ToString(), sealed.key_version, ToHex(sealed.sealed)));
  SecondFactorStore store(*bench.db, parts.events, parts.trail, parts.sessions, parts.codes, new_vault, {},
                          random);
  EXPECT_EQ(*co_await store.Rewrap(parts.Soon()), 1);
  EXPECT_EQ(*co_await store.Rewrap(parts.Soon()), 0);
  EXPECT_EQ(bench.scratch.Sql("SELECT key_version FROM second_factor").at(0), "2");
  Login login = co_await LogIn(parts, user);
  auto proved =
      co_await store.Prove(login.Caller(), SecretString(TotpCode(secret, StepNow(parts))), parts.Soon());
  CO_ASSERT(proved);
  EXPECT_TRUE(std::holds_alternative<FactorProved>(*proved));
}

TEST(SecondFactor, P13_keys_rotate) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayRotation, Patient);
}

Task<> PlayPurge(Bench& bench) {
  AuthParts parts(bench);
  Login login = co_await LogIn(parts, parts.MakeAccount(kEmail));
  auto drawn = co_await parts.factors.Draw(login.Caller(), parts.Soon());
  CO_ASSERT(drawn && std::holds_alternative<DrawnSecret>(*drawn));
  const Bytes secret = FromBase32(std::get<DrawnSecret>(*drawn).base32.Reveal());
  EXPECT_EQ(*co_await parts.factors.DeleteOld(parts.Soon()), 0);
  bench.scratch.Sql("UPDATE second_factor_draft SET expires_at = clock_timestamp()");
  auto confirmed = co_await parts.factors.Confirm(
      login.Caller(), SecretString(TotpCode(secret, StepNow(parts))), parts.Soon());
  CO_ASSERT(confirmed && std::holds_alternative<FactorRefused>(*confirmed));
  EXPECT_EQ(std::get<FactorRefused>(*confirmed).reason, Reason::kImpossible);
  bench.scratch.Sql("INSERT INTO second_factor_miss VALUES ('" + login.user.ToString() +
                    "', clock_timestamp() - interval '25 hours')");
  EXPECT_EQ(*co_await parts.factors.DeleteOld(parts.Soon()), 2);
}

TEST(SecondFactor, P13_what_nobody_confirmed_goes) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayPurge, Patient);
}

Task<> PlayAccountChanges(Bench& bench) {
  AuthParts parts(bench);
  const std::string where = " WHERE email_key = '" + std::string(kEmail) + "'";
  const UserId user = parts.MakeAccount(kEmail);
  struct Change {
    const char* set;
    const char* back;
    bool ends;
  };
  for (const Change& change :
       {Change{"active = false", "active = true", true}, Change{"expert = true", "expert = false", true},
        Change{"administrator = true", "administrator = false", true},
        Change{"observer = true", "observer = false", true}, Change{"phone = '0'", "phone = ''", false},
        Change{"last_login_at = clock_timestamp()", "accepted_terms = 1", false},
        Change{"email_key = 'x@fs95.test', email = 'x@fs95.test'", "active = true", true}}) {
    const Login login = co_await LogIn(parts, user);
    bench.scratch.Sql(fmt::format("UPDATE account SET {}{}", change.set, where));
    const auto found = co_await Find(parts, login.token);
    EXPECT_EQ(found.has_value(), !change.ends) << change.set;
    EXPECT_EQ(parts.Count("session") > 0, !change.ends) << change.set << ": ended in the same transaction";
    bench.scratch.Sql("DELETE FROM session");
    bench.scratch.Sql(fmt::format("UPDATE account SET {}", change.back));
    bench.scratch.Sql("DELETE FROM session");
  }
}

TEST(Sessions, T_AUT_09_P14_changes_to_an_account_end_its_sessions_whoever_makes_them) {
  APLUS_SKIP_WITHOUT_CLUSTER();
  Bench bench(auth_migrations);
  aplus::testing::Play(bench, AllStatements(), PlayAccountChanges, Patient);
}

}  // namespace aplus::auth::second_factor_test
