#include "services/requests/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <limits>
#include <map>
#include <utility>

#include "libs/audit/audit_log_service.h"
#include "libs/audit/metrics.h"
#include "libs/audit/sealing.h"
#include "libs/crypto/key_file.h"
#include "libs/crypto/key_status.h"
#include "libs/events/consumer.h"
#include "libs/events/event_log_service.h"
#include "libs/events/metrics.h"
#include "libs/events/parked.h"
#include "libs/postgres/clock_guard.h"
#include "libs/postgres/metrics.h"
#include "libs/redis/doorbell.h"
#include "libs/redis/metrics.h"
#include "libs/redis/redis.h"
#include "libs/telemetry/log.h"
#include "requests_keystore_migrations.h"
#include "requests_migrations.h"
#include "services/requests/jobs/auth_events.h"
#include "services/requests/jobs/erasure.h"
#include "services/requests/jobs/lateness.h"
#include "services/requests/jobs/neglect.h"
#include "services/requests/jobs/periodic.h"
#include "services/requests/jobs/reconciling.h"
#include "services/requests/jobs/reminding.h"
#include "services/requests/jobs/rewrap.h"
#include "services/requests/jobs/system.h"
#include "services/requests/load/demo_requests.h"
#include "services/requests/rpc/desk.h"
#include "services/requests/rpc/live_hub.h"
#include "services/requests/rpc/live_rpc.h"
#include "services/requests/rpc/mandate_rpc.h"
#include "services/requests/rpc/oversight_rpc.h"
#include "services/requests/rpc/reports_rpc.h"
#include "services/requests/rpc/requests_rpc.h"
#include "services/requests/rpc/threads_rpc.h"
#include "services/requests/rpc/traces_rpc.h"
#include "services/requests/store/list_rows.h"
#include "services/requests/store/message_draft_rows.h"
#include "services/requests/store/statements.h"

namespace aplus::requests {
namespace app {

constexpr std::string_view kService = "requests";
constexpr Duration kCloseLimit = std::chrono::seconds(5);
constexpr Duration kCommandLimit = std::chrono::minutes(2);
constexpr std::chrono::milliseconds kCommandStatementLimit{20'000};
// How often keys that nobody asks for again are looked for: they live a minute at most (SECURITY 2.6).
constexpr Duration kForgetKeys = std::chrono::seconds(5);

Key LoadKey(const Config& config, std::string_view name) {
  auto key = ReadKeyFile(config.SecretPath(name));
  if (!key) throw ConfigError(key.error().diagnostic);
  return *std::move(key);
}

Keyring LoadKek(const Config& config) {
  auto keyring = Keyring::Load(config.Section("secrets").Text("kek_dir"));
  if (!keyring) throw ConfigError(keyring.error().diagnostic);
  return *std::move(keyring);
}

// One search key for now: its version stands in every row, so that another can follow.
constexpr Keyring::Version kSearchKeyVersion = 1;

StatementTable AllStatements() {
  StatementTable table = RequestStatements();
  table.Add(Idempotency::Statements())
      .Add(EventLog::Statements())
      .Add(Consumer::Statements())
      .Add(AuditTrail::Statements())
      .Add(AuditSealer::Statements())
      .Add(ClockGuard::Statements());
  return table;
}

ConsumerOptions Consuming() {
  ConsumerOptions options;
  options.name = "auth";
  return options;
}

DatabaseOptions KeystoreOptions(const Config& config) {
  DatabaseOptions options = DatabaseOptions::From(config.keystore(), "aplus-requests");
  // A key a minute per request at most: few connections are enough.
  options.read_connections = 1;
  options.audited_connections = 0;
  options.lease_connections = 2;
  return options;
}

Task<Result<void>> KeepHouse(Database& database) {
  CO_TRY_VOID(co_await Idempotency::Sweep(database));
  CO_TRY_VOID(co_await database.Write(AsSystem(), kForgetListsShown));
  co_return Result<void>();
}

Task<Result<void>> SweepHalfWritten(Database& database) {
  // P33: they live as long as drafts. Their key is the request's: only rows have to go.
  CO_TRY_VOID(co_await database.Write(AsSystem(), kSweepMessageDrafts));
  co_return Result<void>();
}

Task<Result<void>> Rewrap(Database& keystore, const Envelope& envelope, Keyring::Version active) {
  CO_TRY_VOID(co_await RewrapKeys(keystore, envelope, active));
  co_return Result<void>();
}

// The operator has put a backup back and looks on (docs/operations.md): everything that it holds without a
// key, and everything that was due since, goes before anybody is served.
Task<Result<void>> EraseAfterRestore(Reconciliation& reconciliation, Erasure& erasure) {
  auto scanning =
      reconciliation.Scan(std::numeric_limits<std::size_t>::max(), Reconciliation::Missing::kAtOnce);
  CO_TRY(const std::int64_t found, co_await std::move(scanning));
  CO_TRY(const std::int64_t left, co_await erasure.EraseAllDue());
  log::Info("erased after a restore", {{log::kCount, found}});
  if (left > 0) co_return Fail(Reason::kInternal, "erasures are left: look at the log and run it again");
  co_return Result<void>();
}

Task<Result<void>> ForgetKeys(RequestKeys& keys) {
  keys.DropExpired();
  co_return Result<void>();
}

}  // namespace app

// Read before anything is opened, so that a wrong key keeps the process from starting.
struct RequestsApp::Keys {
  explicit Keys(const Config& config)
      : kek(app::LoadKek(config)),
        search(app::LoadKey(config, "search_key")),
        cursor(app::LoadKey(config, "cursor_key")),
        idempotency(app::LoadKey(config, "idempotency_key")) {}

  Keyring kek;
  Key search, cursor, idempotency;
};

// Everything that needs open databases, in the order in which it is built.
struct RequestsApp::Parts {
  Parts(ServiceContext& context, const Settings& settings, const Keys& secrets, SealerOptions sealing,
        std::unique_ptr<Database> opened, std::unique_ptr<Database> opened_keystore)
      : executor(context.runtime.executor()),
        rules(settings.rules),
        database(std::move(opened)),
        keystore(std::move(opened_keystore)),
        clock_guard(*database, "requests", context.metrics),
        keystore_guard(*keystore, "keystore", context.metrics),
        redis(RedisOptions::From(context.config.redis()), executor, context.runtime.blocking()),
        doorbell(redis, executor),
        event_log(std::string(app::kService), *database, &doorbell, executor),
        events(event_log, context.clock, context.random),
        trail(context.clock, context.random),
        audit_key_id(sealing.key_id),
        sealer(Guarded(std::move(sealing), clock_guard), *database, executor),
        active_kek(secrets.kek.active_version()),
        envelope(secrets.kek, context.random),
        keys(*keystore, envelope, context.clock, context.random),
        directory(context.channels.Get("auth"), context.clock),
        index(app::kSearchKeyVersion, secrets.search),
        lists_shown(context.clock),
        shop{*database, keys,        directory, events,        trail,
             index,     lists_shown, rules,     context.clock, context.random},
        desk(shop, secrets.idempotency, secrets.cursor),
        hub(event_log, *database, executor),
        requests_rpc(desk),
        threads_rpc(desk),
        drafts_rpc(desk),
        oversight_rpc(desk),
        mandate_rpc(desk),
        traces_rpc(desk),
        file_access_rpc(desk),
        standing_rpc(desk),
        reports_rpc(desk),
        live_rpc(hub, settings.live_stream, secrets.cursor, context.random),
        event_log_service(event_log),
        audit_log_service("requests", *database, context.clock),
        erasure(shop, *keystore, clock_guard, context.metrics),
        reconciliation(shop, *keystore, context.metrics),
        auth_events(
            app::Consuming(), RemoteEvents("auth", context.channels.Get("auth")),
            [this](Transaction& tx, const EventRecord& record) { return TakeAuthEvent(tx, shop, record); },
            *database, &doorbell, executor),
        late_timer(
            "flag late requests", settings.lateness_poll,
            [this] { return clock_guard.WhileSane([this] { return FlagLate(shop); }); }, executor),
        neglect_timer(
            "attend neglected requests", settings.neglect_poll,
            [this] { return clock_guard.WhileSane([this] { return AttendNeglected(shop); }); }, executor),
        reminder_timer(
            "remind helpers", settings.reminder_poll,
            [this] { return clock_guard.WhileSane([this] { return RemindHelpers(shop); }); }, executor),
        expiry_timer(
            "warn of files' ends", settings.reminder_poll,
            [this] { return clock_guard.WhileSane([this] { return WarnOfErasure(shop); }); }, executor),
        erasure_timer(
            "erase", settings.erasure_poll, [this] { return erasure.Round(); }, executor),
        orphan_timer(
            "sweep orphan keys", settings.orphan_sweep,
            [this] { return keystore_guard.WhileSane([this] { return erasure.SweepOrphans(); }); }, executor),
        rewrap_timer(
            "rewrap keys", settings.orphan_sweep,
            [this] { return app::Rewrap(*keystore, envelope, active_kek); }, executor),
        house_timer(
            "keep house", settings.housekeeping,
            [this] { return clock_guard.WhileSane([this] { return app::KeepHouse(*database); }); }, executor),
        reconciliation_timer(
            "reconcile erasures", settings.reconciliation,
            [this] { return clock_guard.WhileSane([this] { return reconciliation.Round(); }); }, executor),
        half_written_timer(
            "sweep half-written messages", settings.housekeeping,
            [this] { return clock_guard.WhileSane([this] { return app::SweepHalfWritten(*database); }); },
            executor),
        key_timer(
            "forget keys", app::kForgetKeys, [this] { return app::ForgetKeys(keys); }, executor),
        shown(context.metrics) {
    ExportFigures(shown, *database, "requests");
    ExportFigures(shown, *keystore, "keystore");
    ExportFigures(shown, redis);
    ExportFigures(shown, event_log);
    ExportFigures(shown, sealer);
    ExportFigures(shown, auth_events);
  }

  Executor executor;
  Rules rules;
  std::unique_ptr<Database> database, keystore;
  ClockGuard clock_guard, keystore_guard;
  Redis redis;
  Doorbell doorbell;
  EventLog event_log;
  EventWriter events;
  AuditTrail trail;
  std::string audit_key_id;
  AuditSealer sealer;
  Keyring::Version active_kek;
  Envelope envelope;
  RequestKeys keys;
  Directory directory;
  BlindIndex index;
  ListsShown lists_shown;
  Workshop shop;

  Desk desk;
  LiveHub hub;
  RequestsRpc requests_rpc;
  ThreadsRpc threads_rpc;
  DraftsRpc drafts_rpc;
  OversightRpc oversight_rpc;
  MandateRpc mandate_rpc;
  TracesRpc traces_rpc;
  FileAccessRpc file_access_rpc;
  StandingRpc standing_rpc;
  ReportsRpc reports_rpc;
  LiveRpc live_rpc;
  EventLogService event_log_service;
  AuditLogService audit_log_service;

  Erasure erasure;
  Reconciliation reconciliation;
  Consumer auth_events;
  Periodic late_timer, neglect_timer, reminder_timer, expiry_timer, erasure_timer, orphan_timer, rewrap_timer,
      house_timer, reconciliation_timer, half_written_timer, key_timer;
  MetricCallbacks shown;
};

std::vector<CommandFlag> Commands() {
  std::vector<CommandFlag> commands = {
      {"--after-restore", "",
       "erase what a restored backup brought back; to be run before the service is started"},
      {"--load-demo-requests", "N", "fill the platform with N invented requests, for trying and measuring"},
      {"--keys-status", "",
       "print which keys there are and what is sealed under them, one JSON object a line"},
      {"--rewrap-keys", "", "wrap all keys of requests anew under the active key"}};
  std::ranges::move(ParkedEventCommands(), std::back_inserter(commands));
  return commands;
}

RequestsApp::RequestsApp(ServiceContext& context)
    : context_(context), settings_(Settings::From(context.config)) {
  // Migrating needs no key.
  if (context.flags.command != "--migrate") keys_ = std::make_unique<Keys>(context.config);
}

RequestsApp::~RequestsApp() = default;

Task<Result<void>> RequestsApp::Start() {
  const Config& config = context_.config;
  const Executor executor = context_.runtime.executor();
  if (!KeyMemoryIsLocked()) log::Warn("this machine lets us lock no memory: keys live in ordinary pages");
  CO_TRY(SealerOptions sealing, LoadSealing(config));
  DatabaseOptions of_database = DatabaseOptions::From(config.database(), "aplus-requests");
  // Nobody waits for a command: it may stand behind a busy disk.
  if (!context_.flags.command.empty()) {
    of_database.statement_timeout = of_database.lock_timeout = app::kCommandStatementLimit;
  }
  CO_TRY(auto database, co_await Database::Open(std::move(of_database), app::AllStatements(), executor,
                                                context_.runtime.blocking()));
  CO_TRY(auto keystore, co_await Database::Open(app::KeystoreOptions(config), KeystoreStatements(), executor,
                                                context_.runtime.blocking()));
  parts_ = std::make_unique<Parts>(context_, settings_, *keys_, std::move(sealing), std::move(database),
                                   std::move(keystore));
  Parts& parts = *parts_;
  parts.requests_rpc.Register(context_.server);
  parts.threads_rpc.Register(context_.server);
  parts.drafts_rpc.Register(context_.server);
  parts.oversight_rpc.Register(context_.server);
  parts.mandate_rpc.Register(context_.server);
  parts.traces_rpc.Register(context_.server);
  parts.file_access_rpc.Register(context_.server);
  parts.standing_rpc.Register(context_.server);
  parts.reports_rpc.Register(context_.server);
  parts.live_rpc.Register(context_.server);
  parts.event_log_service.Register(context_.server);
  parts.audit_log_service.Register(context_.server);
  if (!context_.flags.command.empty()) co_return Result<void>();
  // From here on a jump of either clock is one.
  CO_TRY_VOID(co_await parts.clock_guard.IsSane());
  CO_TRY_VOID(co_await parts.keystore_guard.IsSane());
  parts.event_log.Start();
  parts.sealer.Start();
  parts.hub.Start();
  parts.auth_events.Start();
  for (Periodic* timer : {&parts.late_timer, &parts.neglect_timer, &parts.reminder_timer, &parts.expiry_timer,
                          &parts.erasure_timer, &parts.orphan_timer, &parts.rewrap_timer, &parts.house_timer,
                          &parts.reconciliation_timer, &parts.half_written_timer, &parts.key_timer}) {
    timer->Start();
  }
  // After a rotation the service is started again: that is when there is something to wrap.
  parts.rewrap_timer.Nudge();
  co_return Result<void>();
}

Task<> RequestsApp::StopJobs() {
  if (!parts_) co_return;
  co_await parts_->hub.Stop();
  co_await parts_->auth_events.Stop();
  for (Periodic* timer :
       {&parts_->late_timer, &parts_->neglect_timer, &parts_->reminder_timer, &parts_->expiry_timer,
        &parts_->erasure_timer, &parts_->orphan_timer, &parts_->rewrap_timer, &parts_->house_timer,
        &parts_->reconciliation_timer, &parts_->half_written_timer, &parts_->key_timer}) {
    co_await timer->Stop();
  }
}

Task<> RequestsApp::CloseStores() {
  if (!parts_) co_return;
  co_await parts_->event_log.Stop();
  co_await parts_->sealer.Stop();
  co_await parts_->database->Close(SteadyClock::now() + app::kCloseLimit);
  co_await parts_->keystore->Close(SteadyClock::now() + app::kCloseLimit);
  // Redis lets go of its connections when it is destroyed; the last call has ended.
  parts_.reset();
}

bool RequestsApp::Ready() { return parts_ && parts_->database->IsReady() && parts_->keystore->IsReady(); }

Task<Result<void>> RequestsApp::Migrate() {
  const MigrateOptions own = MigrateOptions::From(context_.config.database());
  const MigrateOptions keystore = MigrateOptions::From(context_.config.keystore());
  CO_TRY(const MigrationReport report,
         co_await context_.runtime.blocking().Run([&] { return aplus::Migrate(own, requests_migrations); }));
  CO_TRY(const MigrationReport keystore_report, co_await context_.runtime.blocking().Run([&] {
    return aplus::Migrate(keystore, requests_keystore_migrations);
  }));
  log::Info("migrated", {{log::kCount, report.applied.size() + keystore_report.applied.size()}});
  co_return Result<void>();
}

Task<Result<void>> RequestsApp::Command(const Flags& flags) {
  if (flags.command == "--load-demo-requests") {
    std::int64_t count = 0;
    const char* end = flags.argument.data() + flags.argument.size();
    const auto [stop, error] = std::from_chars(flags.argument.data(), end, count);
    if (error != std::errc() || stop != end || count < 1)
      co_return Fail(Reason::kInternal, "N is a whole number from one on");
    co_return co_await LoadDemoRequests(parts_->shop, *parts_->keystore, parts_->envelope, count);
  }
  if (flags.command == "--after-restore")
    co_return co_await app::EraseAfterRestore(parts_->reconciliation, parts_->erasure);
  if (flags.command == "--keys-status") co_return co_await ShowKeys();
  if (flags.command == "--rewrap-keys") {
    CO_TRY_VOID(co_await NoteAlone(*parts_->database, parts_->trail, OperatorLine("rewrap-keys"),
                                   SteadyClock::now() + app::kCommandLimit));
    CO_TRY(const std::int64_t count,
           co_await RewrapKeys(*parts_->keystore, parts_->envelope, parts_->active_kek));
    PrintLine(fmt::format(R"({{"rewrapped":{}}})", count));
    co_return Result<void>();
  }
  if (IsParkedEventCommand(flags)) {
    co_return co_await RunParkedEventCommand(
        flags, *parts_->database, {&parts_->auth_events},
        [this](Transaction& tx) { parts_->trail.Record(tx, OperatorLine("replay-event")); }, &PrintLine);
  }
  co_return Fail(Reason::kInternal, "unknown command");
}

Task<Result<void>> RequestsApp::ShowKeys() {
  const ReadContext context{SteadyClock::now() + app::kCommandLimit, DbPrincipal::System()};
  CO_TRY(const auto rows, co_await parts_->keystore->Query(context, kKeysUnder));
  std::map<Keyring::Version, std::int64_t> sealed;
  for (const VersionCount& row : rows) sealed[row.version] = row.count;
  for (const std::string& line : KeyStatus(app::kService, "kek", app::LoadKek(context_.config), sealed)) {
    PrintLine(line);
  }
  PrintLine(KeyStatus(app::kService, "audit", parts_->audit_key_id));
  co_return Result<void>();
}

}  // namespace aplus::requests
