#include "services/auth/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "auth_migrations.h"
#include "libs/audit/audit_log_service.h"
#include "libs/audit/audit_trail.h"
#include "libs/audit/metrics.h"
#include "libs/audit/sealing.h"
#include "libs/base/bytes.h"
#include "libs/crypto/ed25519.h"
#include "libs/crypto/key_file.h"
#include "libs/crypto/key_status.h"
#include "libs/events/event_log.h"
#include "libs/events/event_log_service.h"
#include "libs/events/metrics.h"
#include "libs/identity/token.h"
#include "libs/postgres/clock_guard.h"
#include "libs/postgres/idempotency.h"
#include "libs/postgres/metrics.h"
#include "libs/redis/doorbell.h"
#include "libs/redis/metrics.h"
#include "libs/redis/redis.h"
#include "libs/telemetry/log.h"
#include "services/auth/domain/email_address.h"
#include "services/auth/jobs/purge.h"
#include "services/auth/jobs/seen_sessions.h"
#include "services/auth/jobs/upkeep.h"
#include "services/auth/load/data_files.h"
#include "services/auth/rpc/accounts_rpc.h"
#include "services/auth/rpc/directory_rpc.h"
#include "services/auth/rpc/groups_rpc.h"
#include "services/auth/rpc/identity_tokens.h"
#include "services/auth/rpc/internal_rpc.h"
#include "services/auth/rpc/login_rpc.h"
#include "services/auth/rpc/me_rpc.h"
#include "services/auth/rpc/proconnect_rpc.h"
#include "services/auth/rpc/second_factor_rpc.h"
#include "services/auth/rpc/trail_rpc.h"
#include "services/auth/statements.h"
#include "services/auth/store/reference_store.h"

namespace aplus::auth {
namespace app {

constexpr std::string_view kService = "auth";
constexpr Duration kCommandLimit = std::chrono::minutes(2);
constexpr Duration kCloseLimit = std::chrono::seconds(5);
// Signs of life of several sessions are written together, this long after the first.
constexpr Duration kSeenBatch = std::chrono::seconds(5);
// One question to the identity provider; a login asks it three.
constexpr Duration kProviderLimit = std::chrono::seconds(4);

Key LoadKey(const Config& config, std::string_view name) {
  auto key = ReadKeyFile(config.SecretPath(name));
  if (!key) throw ConfigError(key.error().diagnostic);
  return *std::move(key);
}

Keyring LoadFactorKeys(const Config& config) {
  auto keyring = Keyring::Load(config.root().Section("secrets").Text("second_factor_dir"));
  if (!keyring) throw ConfigError(keyring.error().diagnostic);
  return *std::move(keyring);
}

// nullptr: nobody to ask.
std::unique_ptr<HttpClient> MakeHttp(const std::optional<ProviderOptions>& options, BlockingPool& pool) {
  if (!options) return nullptr;
  auto client = HttpClient::Make({.ca_file = options->ca_file, .at_most = kProviderLimit}, pool);
  if (!client) throw ConfigError(client.error().diagnostic);
  return *std::move(client);
}

std::optional<Provider> MakeProvider(std::optional<ProviderOptions> options, HttpClient* http) {
  if (!options) return std::nullopt;
  return Provider(*std::move(options), *http);
}

// The other services that keep an audit trail.
std::map<std::string, Channel*> OtherTrails(Channels& channels) {
  std::map<std::string, Channel*> others;
  for (const char* service : {"files", "notifications", "requests"}) others[service] = &channels.Get(service);
  return others;
}

// What authenticator applications show beside the code: our host, which people know from their browser.
std::string NameOfService(const Config& config) {
  const std::string url = config.public_url();
  const std::size_t scheme = url.find("://");
  const std::string host = scheme == std::string::npos ? url : url.substr(scheme + 3);
  return host.substr(0, host.find(':'));
}

// The file's stem is the key's name, here as in the folder of the public keys.
IdentityTokenIssuer LoadIssuer(const Config& config, Random& random) {
  const std::filesystem::path path = config.SecretPath("identity_private_key");
  const SecretString pem = config.LoadSecret("identity_private_key");
  auto issuer = IdentityTokenIssuer::Create(path.stem().string(), pem.Reveal(), random);
  if (!issuer) throw ConfigError(issuer.error().diagnostic);
  return *std::move(issuer);
}

}  // namespace app

// Everything that needs an open database, in the order in which it is built.

struct AuthApp::Parts {
  Parts(ServiceContext& context, const Settings& settings, std::unique_ptr<Database> opened,
        SealerOptions sealing, const Key& code_key, const Key& cursor_key, Keyring factor_keys,
        std::unique_ptr<HttpClient> http_client, std::optional<ProviderOptions> proconnect,
        IdentityTokenIssuer issuer)
      : executor(context.runtime.executor()),
        database(std::move(opened)),
        clock_guard(*database, "auth", context.metrics),
        redis(RedisOptions::From(context.config.redis()), executor, context.runtime.blocking()),
        doorbell(redis, executor),
        event_log(std::string(app::kService), *database, &doorbell, executor),
        events(event_log, context.clock, context.random),
        trail(context.clock, context.random),
        audit_key_id(sealing.key_id),
        sealer(Guarded(std::move(sealing), clock_guard), *database, executor),
        codes(code_key),
        page_tokens(cursor_key),
        identities(std::move(issuer)),
        figures(context.metrics),
        vault(std::move(factor_keys), context.random),
        http(std::move(http_client)),
        provider(app::MakeProvider(std::move(proconnect), http.get())),
        sessions(*database, trail, settings.sessions, context.clock, context.random),
        links(*database, events, trail, settings.links, context.clock, context.random),
        entrances(events, trail, sessions),
        providers(*database, trail, sessions, entrances, context.clock, context.random),
        logins(*database, events, trail, sessions, entrances, codes, settings.links),
        mails(*database, trail, codes, settings.links, settings.mails, settings.shared_mails, context.random),
        accounts(*database, trail),
        factors(*database, events, trail, sessions, codes, vault, settings.factors, context.random),
        directory(*database, trail),
        people(*database),
        reference(*database, events, trail, context.clock, context.random),
        people_rules(settings.people),
        office{*database, events, trail, people_rules, context.clock, context.random},
        seen(sessions, std::min(settings.sessions.SeenEvery() / 4, app::kSeenBatch), executor),
        purge(links, providers, sessions, factors, clock_guard, settings.purge_every, executor),
        upkeep(office, clock_guard, executor),
        login_rpc(links, logins, sessions, codes, figures, context.clock, context.random),
        me_rpc(accounts, factors, sessions, context.clock),
        second_factor_rpc(factors, app::NameOfService(context.config), context.clock),
        proconnect_rpc(provider ? &*provider : nullptr, providers, links, codes, figures, context.clock,
                       context.random),
        directory_rpc(directory, page_tokens, context.clock),
        sessions_rpc(sessions, mails, identities, seen, figures, context.clock),
        people_rpc(people, context.clock),
        accounts_rpc(office, page_tokens),
        groups_rpc(office, page_tokens),
        imports_rpc(office, page_tokens),
        trail_rpc(office, people, page_tokens, app::OtherTrails(context.channels)),
        event_log_service(event_log),
        audit_log_service(std::string(app::kService), *database, context.clock),
        shown(context.metrics) {
    ExportFigures(shown, *database, "auth");
    ExportFigures(shown, redis);
    ExportFigures(shown, event_log);
    ExportFigures(shown, sealer);
  }

  Executor executor;
  std::unique_ptr<Database> database;
  ClockGuard clock_guard;
  Redis redis;
  Doorbell doorbell;
  EventLog event_log;
  EventWriter events;
  AuditTrail trail;
  std::string audit_key_id;
  AuditSealer sealer;
  CodeBook codes;
  PageTokens page_tokens;
  IdentityTokens identities;
  LoginFigures figures;
  FactorVault vault;
  std::unique_ptr<HttpClient> http;  // of the provider, where there is one
  std::optional<Provider> provider;

  SessionStore sessions;
  LinkStore links;
  Entrances entrances;
  ProviderStore providers;
  LoginStore logins;
  LoginMailStore mails;
  AccountStore accounts;
  SecondFactorStore factors;
  DirectoryStore directory;
  PeopleStore people;
  ReferenceStore reference;
  PeopleRules people_rules;
  Office office;

  SeenSessions seen;
  Purge purge;
  Upkeep upkeep;

  LoginRpc login_rpc;
  MeRpc me_rpc;
  SecondFactorRpc second_factor_rpc;
  ProConnectRpc proconnect_rpc;
  DirectoryRpc directory_rpc;
  SessionsRpc sessions_rpc;
  PeopleRpc people_rpc;
  AccountsRpc accounts_rpc;
  GroupsRpc groups_rpc;
  ImportsRpc imports_rpc;
  TrailRpc trail_rpc;
  EventLogService event_log_service;
  AuditLogService audit_log_service;
  MetricCallbacks shown;
};

std::vector<CommandFlag> Commands() {
  return {
      {"--load-reference", "DIR", "load areas, organisations and themes from DIR"},
      {"--load-demo", "DIR", "load demonstration groups and accounts from DIR"},
      {"--create-administrator", "EMAIL", "make an account with this address an administrator, or make one"},
      {"--reset-second-factor", "EMAIL", "take the second factor of this account away; its sessions end"},
      {"--end-sessions", "EMAIL", "end all sessions of this account"},
      {"--note-act", "WORD", "write an operator's act that no service does itself into the audit trail"},
      {"--keys-status", "",
       "print which keys there are and what is sealed under them, one JSON object a line"},
      {"--rewrap-second-factors", "", "seal all second factors under the active key"}};
}

AuthApp::AuthApp(ServiceContext& context)
    : context_(context),
      settings_(Settings::From(context.config)),
      code_key_(app::LoadKey(context.config, "code_key")),
      cursor_key_(app::LoadKey(context.config, "cursor_key")),
      factor_keys_(app::LoadFactorKeys(context.config)),
      proconnect_(ProviderOptions::From(context.config)),
      http_(app::MakeHttp(proconnect_, context.runtime.blocking())),
      issuer_(app::LoadIssuer(context.config, context.random)) {}

AuthApp::~AuthApp() = default;

Task<Result<void>> AuthApp::Start() {
  const Config& config = context_.config;
  CO_TRY(SealerOptions sealing, LoadSealing(config));
  CO_TRY(auto database,
         co_await Database::Open(DatabaseOptions::From(config.database(), "aplus-auth"), AllStatements(),
                                 context_.runtime.executor(), context_.runtime.blocking()));
  parts_ = std::make_unique<Parts>(context_, settings_, std::move(database), std::move(sealing), code_key_,
                                   cursor_key_, std::move(factor_keys_), std::move(http_),
                                   std::move(proconnect_), std::move(issuer_));
  parts_->login_rpc.Register(context_.server);
  parts_->me_rpc.Register(context_.server);
  parts_->second_factor_rpc.Register(context_.server);
  parts_->proconnect_rpc.Register(context_.server);
  parts_->directory_rpc.Register(context_.server);
  parts_->sessions_rpc.Register(context_.server);
  parts_->people_rpc.Register(context_.server);
  parts_->accounts_rpc.Register(context_.server);
  parts_->groups_rpc.Register(context_.server);
  parts_->imports_rpc.Register(context_.server);
  parts_->trail_rpc.Register(context_.server);
  parts_->event_log_service.Register(context_.server);
  parts_->audit_log_service.Register(context_.server);
  if (!context_.flags.command.empty()) co_return Result<void>{};
  // From here on a jump of the clock is one.
  CO_TRY_VOID(co_await parts_->clock_guard.IsSane());
  parts_->event_log.Start();
  parts_->sealer.Start();
  parts_->seen.Start();
  parts_->purge.Start();
  parts_->upkeep.Start();
  co_return Result<void>{};
}

Task<> AuthApp::StopJobs() {
  if (!parts_) co_return;
  co_await parts_->purge.Stop();
  co_await parts_->upkeep.Stop();
}

Task<> AuthApp::CloseStores() {
  if (!parts_) co_return;
  co_await parts_->seen.Stop();
  co_await parts_->event_log.Stop();
  co_await parts_->sealer.Stop();
  co_await parts_->database->Close(SteadyClock::now() + app::kCloseLimit);
  // Redis lets go of its connections when it is destroyed; the last call has ended, so nobody misses the
  // rest.
  parts_.reset();
}

bool AuthApp::Ready() { return parts_ && parts_->database->IsReady(); }

Task<Result<void>> AuthApp::Migrate() {
  const MigrateOptions options = MigrateOptions::From(context_.config.database());
  CO_TRY(const MigrationReport report,
         co_await context_.runtime.blocking().Run([&] { return aplus::Migrate(options, auth_migrations); }));
  log::Info("migrated", {{log::kCount, report.applied.size()}});
  co_return Result<void>{};
}

Task<Result<void>> AuthApp::Command(const Flags& flags) {
  const SteadyTime deadline = SteadyClock::now() + app::kCommandLimit;
  if (flags.command == "--load-reference" || flags.command == "--load-demo") {
    co_return co_await Load(flags, deadline);
  }
  if (flags.command == "--create-administrator") {
    CO_TRY(const bool made, co_await parts_->reference.CreateAdministrator(flags.argument, deadline));
    PrintLine(fmt::format(R"({{"made":{}}})", made));
    co_return Result<void>{};
  }
  if (flags.command == "--reset-second-factor") {
    CO_TRY(const bool reset, co_await parts_->factors.Reset(EmailKey(flags.argument), deadline));
    if (!reset) co_return Fail(Reason::kNotFound, "no account with a second factor at this address");
    PrintLine(R"({"reset":true})");
    co_return Result<void>{};
  }
  if (flags.command == "--end-sessions") {
    CO_TRY(const auto ended, co_await parts_->sessions.EndByAddress(EmailKey(flags.argument), deadline));
    if (!ended) co_return Fail(Reason::kNotFound, "no account at this address");
    PrintLine(fmt::format(R"({{"ended":{}}})", *ended));
    co_return Result<void>{};
  }
  if (flags.command == "--note-act") {
    co_return co_await NoteAlone(*parts_->database, parts_->trail, OperatorLine(flags.argument), deadline);
  }
  if (flags.command == "--rewrap-second-factors") co_return co_await Rewrap(deadline);
  if (flags.command == "--keys-status") co_return co_await ShowKeys(deadline);
  co_return Fail(Reason::kInternal, "unknown command");
}

Task<Result<void>> AuthApp::Load(const Flags& flags, SteadyTime deadline) {
  LoadReport report;
  if (flags.command == "--load-reference") {
    CO_TRY(ReferenceData data, ReadReferenceFiles(flags.argument));
    CO_TRY(report, co_await parts_->reference.LoadReference(std::move(data), deadline));
  } else {
    CO_TRY(DemoData data, ReadDemoFiles(flags.argument));
    CO_TRY(report, co_await parts_->reference.LoadDemo(std::move(data), deadline));
  }
  log::Info("data loaded", {{log::kCount, report.changed}});
  co_return Result<void>{};
}

Task<Result<void>> AuthApp::Rewrap(SteadyTime deadline) {
  CO_TRY_VOID(
      co_await NoteAlone(*parts_->database, parts_->trail, OperatorLine("rewrap-second-factors"), deadline));
  std::int64_t all = 0;
  for (std::int64_t some = 1; some > 0; all += some) {
    CO_TRY(some, co_await parts_->factors.Rewrap(deadline));
  }
  PrintLine(fmt::format(R"({{"rewrapped":{}}})", all));
  co_return Result<void>{};
}

Task<Result<void>> AuthApp::ShowKeys(SteadyTime deadline) {
  const Config& config = context_.config;
  CO_TRY(const auto sealed, co_await parts_->factors.SealedUnder(deadline));
  for (const std::string& line :
       KeyStatus(app::kService, "second-factor", app::LoadFactorKeys(config), sealed)) {
    PrintLine(line);
  }
  const std::filesystem::path identity = config.SecretPath("identity_private_key");
  PrintLine(KeyStatus(app::kService, "identity", identity.stem().string()));
  PrintLine(KeyStatus(app::kService, "audit", parts_->audit_key_id));
  co_return Result<void>{};
}

}  // namespace aplus::auth
