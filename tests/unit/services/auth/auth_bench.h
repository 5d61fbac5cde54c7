// Auth's stores on a fresh database, with people to log in.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <variant>

#include "auth_migrations.h"
#include "services/auth/statements.h"
#include "services/auth/store/account_store.h"
#include "services/auth/store/directory_store.h"
#include "services/auth/store/entrances.h"
#include "services/auth/store/link_store.h"
#include "services/auth/store/login_mail_store.h"
#include "services/auth/store/login_store.h"
#include "services/auth/store/people_store.h"
#include "services/auth/store/provider_store.h"
#include "services/auth/store/reference_store.h"
#include "services/auth/store/second_factor_store.h"
#include "services/auth/store/session_store.h"
#include "tests/unit/libs/postgres/bench.h"

namespace aplus::auth {

using aplus::testing::Bench;

// What these tests need beside a cluster: many callers wait for few leases under a sanitizer.
inline void Patient(DatabaseOptions& options) {
  options.lease_wait = std::chrono::seconds(20);
  options.lock_timeout = std::chrono::seconds(10);
  options.statement_timeout = std::chrono::seconds(20);
}

// A keyring of one key.
inline Keyring FreshKeyring(Random& random) {
  std::map<Keyring::Version, Key> keys;
  keys.emplace(1, Key::Generate(random));
  return Keyring::Make(std::move(keys), 1).value();
}

#define APLUS_SKIP_WITHOUT_CLUSTER() \
  if (!aplus::testing::HasTestCluster()) GTEST_SKIP() << "APLUS_TEST_PG names no cluster"

struct AuthParts {
  explicit AuthParts(Bench& own_bench, LinkRules own_rules = {}, MailLimits limits = {},
                     FactorRules factor_rules = {})
      : bench(own_bench),
        rules(own_rules),
        log("auth", *bench.db, nullptr, bench.executor()),
        events(log, clock, random),
        trail(clock, random),
        codes(Key::Generate(random)),
        vault(FreshKeyring(random), random),
        sessions(*bench.db, trail, SessionRules{}, clock, random),
        entrances(events, trail, sessions),
        providers(*bench.db, trail, sessions, entrances, clock, random),
        links(*bench.db, events, trail, rules, clock, random),
        logins(*bench.db, events, trail, sessions, entrances, codes, rules),
        mails(*bench.db, trail, codes, rules, limits, MailLimits::ForShared(), random),
        factors(*bench.db, events, trail, sessions, codes, vault, factor_rules, random),
        accounts(*bench.db, trail),
        directory(*bench.db, trail),
        people(*bench.db),
        reference(*bench.db, events, trail, clock, random) {}

  Deadline Soon() const { return bench.In(std::chrono::seconds(20)); }

  // Makes an account; `set` is what else its row says: "shared = true".
  UserId MakeAccount(const std::string& email, const std::string& set = "active = true") const {
    const UserId id = UserId::New(clock, random);
    bench.scratch.Sql(
        fmt::format("INSERT INTO account (id, email, email_key, first_name, last_name) "
                    "VALUES ('{}', '{}', lower('{}'), 'Camille', 'Moreau')",
                    id.ToString(), email, email));
    bench.scratch.Sql(fmt::format("UPDATE account SET {} WHERE id = '{}'", set, id.ToString()));
    return id;
  }

  // Asks for a link from the browser with this cookie; answers the login request.
  Task<LoginRequestId> Ask(std::string email, Sha256Digest binding) {
    LinkRequest request{.email_key = std::move(email),
                        .binding_hash = binding,
                        .address_mac = {},
                        .asked_from = "",
                        .return_to = "/demandes"};
    const auto asked = co_await links.Ask(std::move(request), {}, Soon());
    EXPECT_TRUE(asked) << asked.error().diagnostic;
    const auto ids = bench.scratch.Sql("SELECT id FROM login_request ORDER BY created_at DESC LIMIT 1");
    co_return *LoginRequestId::Parse(ids.at(0));
  }

  Task<LoginMail> Mint(LoginRequestId request) {
    auto mail = co_await mails.Mint(request, {}, Soon());
    EXPECT_TRUE(mail) << mail.error().diagnostic;
    if (!mail) co_return LoginMail{};
    co_return *std::move(mail);
  }

  // Both at once: a live link.
  Task<LoginMail> AskAndMint(std::string email, Sha256Digest binding) {
    const LoginRequestId request = co_await Ask(std::move(email), binding);
    co_return co_await Mint(request);
  }

  // nullopt: logged in.
  Task<std::optional<Reason>> TryToken(std::string token, std::optional<Sha256Digest> binding) {
    const LoginAttempt attempt{.binding_hash = binding, .browser = "Firefox", .line = {}};
    auto outcome = co_await logins.ByToken(HashOfToken(token), attempt, Soon());
    co_return ReasonOf(outcome);
  }
  Task<std::optional<Reason>> TryCode(std::string code, std::optional<Sha256Digest> binding) {
    const LoginAttempt attempt{.binding_hash = binding, .browser = "Firefox", .line = {}};
    auto outcome = co_await logins.ByCode(SecretString(std::move(code)), attempt, Soon());
    co_return ReasonOf(outcome);
  }

  std::int64_t Count(const std::string& table, const std::string& where = "true") const {
    return std::stoll(bench.scratch.Sql(fmt::format("SELECT count(*) FROM {} WHERE {}", table, where)).at(0));
  }

  Sha256Digest NewBinding() { return Token::Draw(random).hash; }

  static std::optional<Reason> ReasonOf(const Result<LoginOutcome>& outcome) {
    EXPECT_TRUE(outcome) << outcome.error().diagnostic;
    if (!outcome) return outcome.error().reason;
    const auto* refused = std::get_if<LoginRefused>(&*outcome);
    return refused == nullptr ? std::nullopt : std::optional(refused->reason);
  }

  Bench& bench;
  LinkRules rules;
  SystemClock clock;
  mutable SystemRandom random;
  EventLog log;
  EventWriter events;
  AuditTrail trail;
  CodeBook codes;
  FactorVault vault;
  SessionStore sessions;
  Entrances entrances;
  ProviderStore providers;
  LinkStore links;
  LoginStore logins;
  LoginMailStore mails;
  SecondFactorStore factors;
  AccountStore accounts;
  DirectoryStore directory;
  PeopleStore people;
  ReferenceStore reference;
};

}  // namespace aplus::auth
