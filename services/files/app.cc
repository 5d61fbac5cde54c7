#include "services/files/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "aplus/events/v1/requests.pb.h"
#include "files_keystore_migrations.h"
#include "files_migrations.h"
#include "libs/audit/audit_log_service.h"
#include "libs/audit/audit_trail.h"
#include "libs/audit/metrics.h"
#include "libs/audit/sealing.h"
#include "libs/crypto/envelope.h"
#include "libs/crypto/key_file.h"
#include "libs/crypto/key_status.h"
#include "libs/events/consumer.h"
#include "libs/events/event_log.h"
#include "libs/events/event_log_service.h"
#include "libs/events/metrics.h"
#include "libs/events/parked.h"
#include "libs/postgres/clock_guard.h"
#include "libs/postgres/metrics.h"
#include "libs/redis/doorbell.h"
#include "libs/redis/metrics.h"
#include "libs/redis/redis.h"
#include "libs/telemetry/log.h"
#include "services/files/acts/destroying.h"
#include "services/files/acts/taking_back.h"
#include "services/files/acts/workshop.h"
#include "services/files/jobs/erasing.h"
#include "services/files/jobs/periodic.h"
#include "services/files/jobs/rewrapping.h"
#include "services/files/jobs/scanning.h"
#include "services/files/jobs/sweeping.h"
#include "services/files/jobs/telling.h"
#include "services/files/rpc/files_rpc.h"
#include "services/files/store/key_rows.h"
#include "services/files/store/statements.h"

namespace aplus::files {
namespace app {

constexpr std::string_view kService = "files";
constexpr Duration kCloseLimit = std::chrono::seconds(5);
constexpr Duration kCommandLimit = std::chrono::minutes(2);
constexpr Duration kForgetKeysEvery = std::chrono::seconds(20);
constexpr Duration kScanEvery = std::chrono::seconds(2);

Keyring LoadKek(const Config& config) {
  auto keyring = Keyring::Load(config.root().Section("secrets").Text("kek_dir"));
  if (!keyring) throw ConfigError(keyring.error().diagnostic);
  return *std::move(keyring);
}

Key LoadKey(const Config& config, std::string_view name) {
  auto key = ReadKeyFile(config.SecretPath(name));
  if (!key) throw ConfigError(key.error().diagnostic);
  return *std::move(key);
}

ConsumerOptions Consuming() {
  ConsumerOptions options;
  options.name = "erased-requests";
  return options;
}

// The keystore serves one row at a time and few of them.
DatabaseOptions KeystoreOptions(const Config& config) {
  DatabaseOptions options = DatabaseOptions::From(config.keystore(), "aplus-files-keys");
  options.read_connections = 1;
  options.audited_connections = 0;
  options.lease_connections = 2;
  return options;
}

}  // namespace app

// Everything that needs open databases, in the order in which it is built.
struct FilesApp::Parts {
  Parts(ServiceContext& context, const Settings& settings, const Keyring& keyring, const Key& hmac_key,
        SealerOptions sealing, std::unique_ptr<Database> opened, std::unique_ptr<Database> opened_keystore,
        ObjectStore opened_objects)
      : executor(context.runtime.executor()),
        database(std::move(opened)),
        keystore(std::move(opened_keystore)),
        clock_guard(*database, "files", context.metrics),
        keystore_guard(*keystore, "keystore", context.metrics),
        objects(std::move(opened_objects)),
        redis(RedisOptions::From(context.config.redis()), executor, context.runtime.blocking()),
        doorbell(redis, executor),
        event_log(std::string(app::kService), *database, &doorbell, executor),
        events(event_log, context.clock, context.random),
        trail(context.clock, context.random),
        audit_key_id(sealing.key_id),
        sealer(Guarded(std::move(sealing), clock_guard), *database, executor),
        envelope(keyring, context.random),
        keys(*keystore, envelope, context.clock, context.random),
        access(context.channels.Get("requests")),
        figures(context.metrics),
        leftovers(executor),
        destroyer(shop),
        shop{*database,
             keys,
             objects,
             context.runtime.blocking(),
             access,
             events,
             trail,
             destroyer,
             leftovers,
             hmac_key,
             context.clock,
             context.random,
             figures,
             settings.rules,
             settings.clamd.has_value()},
        erasing(shop, clock_guard),
        sweeping(shop, *keystore, clock_guard, keystore_guard),
        telling(shop),
        erase(
            "erase files", settings.rules.erasure_poll, [this] { return erasing.Round(); }, executor),
        sweep(
            "sweep what was left", settings.rules.sweep_every, [this] { return sweeping.Round(); }, executor),
        tell(
            "tell requests", settings.rules.tell_every, [this] { return telling.Round(); }, executor),
        forget_keys(
            "forget keys", app::kForgetKeysEvery, [this] { return ForgetKeys(); }, executor),
        erased_requests(
            app::Consuming(), RemoteEvents("requests", context.channels.Get("requests")),
            [this](Transaction& tx, const EventRecord& record) { return OnEvent(tx, record); }, *database,
            &doorbell, executor),
        files_rpc(shop),
        event_log_service(event_log),
        audit_log_service(std::string(app::kService), *database, context.clock),
        shown(context.metrics) {
    ExportFigures(shown, *database, "files");
    ExportFigures(shown, *keystore, "keystore");
    ExportFigures(shown, redis);
    ExportFigures(shown, event_log);
    ExportFigures(shown, sealer);
    ExportFigures(shown, erased_requests);
    if (!settings.clamd) return;
    clamd.emplace(*settings.clamd, executor);
    scanning.emplace(shop, *clamd);
    scan.emplace("scan files", app::kScanEvery, [this] { return scanning->Round(); }, executor);
  }

  Task<Result<void>> ForgetKeys() {
    keys.DropExpired();
    co_return Result<void>();
  }

  // P51: with a request go its files.
  Task<Result<void>> OnEvent(Transaction& tx, const EventRecord& record) {
    const auto erased = PayloadOf<events::v1::RequestErased>(record);
    if (!erased) co_return Result<void>();
    const auto request = RequestId::Parse(erased->request_id());
    if (!request) co_return Fail(Reason::kInternal, "RequestErased without a request");
    tx.AfterCommit([this] { erase.Nudge(); });
    co_return co_await EndFilesOf(tx, *request);
  }

  Executor executor;
  std::unique_ptr<Database> database, keystore;
  ClockGuard clock_guard, keystore_guard;
  ObjectStore objects;
  Redis redis;
  Doorbell doorbell;
  EventLog event_log;
  EventWriter events;
  AuditTrail trail;
  std::string audit_key_id;
  AuditSealer sealer;
  Envelope envelope;
  FileKeys keys;
  FileAccess access;
  Figures figures;
  TaskScope leftovers;
  Destroyer destroyer;
  Workshop shop;

  Erasing erasing;
  Sweeping sweeping;
  Telling telling;
  Periodic erase, sweep, tell, forget_keys;
  Consumer erased_requests;
  std::optional<Clamd> clamd;
  std::optional<Scanning> scanning;
  std::optional<Periodic> scan;

  FilesRpc files_rpc;
  EventLogService event_log_service;
  AuditLogService audit_log_service;
  MetricCallbacks shown;
};

std::vector<CommandFlag> Commands() {
  std::vector<CommandFlag> commands = {
      {"--keys-status", "",
       "print which keys there are and what is sealed under them, one JSON object a line"},
      {"--rewrap-keys", "", "wrap all keys of files anew under the active key"}};
  std::ranges::move(ParkedEventCommands(), std::back_inserter(commands));
  return commands;
}

FilesApp::FilesApp(ServiceContext& context)
    : context_(context),
      settings_(Settings::From(context.config)),
      keyring_(app::LoadKek(context.config)),
      hmac_key_(app::LoadKey(context.config, "idempotency_key")) {}

FilesApp::~FilesApp() = default;

Task<Result<void>> FilesApp::Start() {
  const Config& config = context_.config;
  if (!KeyMemoryIsLocked()) log::Warn("keys are in memory that may be swapped: raise RLIMIT_MEMLOCK");
  BlockingPool& pool = context_.runtime.blocking();
  CO_TRY(SealerOptions sealing, LoadSealing(config));
  CO_TRY(ObjectStore objects, co_await pool.Run([this] { return ObjectStore::Open(settings_.directory); }));
  CO_TRY(auto database, co_await Database::Open(DatabaseOptions::From(config.database(), "aplus-files"),
                                                FileStatements(), context_.runtime.executor(), pool));
  CO_TRY(auto keystore, co_await Database::Open(app::KeystoreOptions(config), KeystoreStatements(),
                                                context_.runtime.executor(), pool));
  parts_ = std::make_unique<Parts>(context_, settings_, keyring_, hmac_key_, std::move(sealing),
                                   std::move(database), std::move(keystore), std::move(objects));
  parts_->files_rpc.Register(context_.server);
  parts_->event_log_service.Register(context_.server);
  parts_->audit_log_service.Register(context_.server);
  if (!context_.flags.command.empty()) co_return Result<void>();
  // From here on a jump of either clock is one.
  CO_TRY_VOID(co_await parts_->clock_guard.IsSane());
  CO_TRY_VOID(co_await parts_->keystore_guard.IsSane());
  parts_->event_log.Start();
  parts_->sealer.Start();
  parts_->erased_requests.Start();
  for (Periodic* job : {&parts_->erase, &parts_->sweep, &parts_->tell, &parts_->forget_keys}) job->Start();
  if (parts_->scan) parts_->scan->Start();
  co_return Result<void>();
}

Task<> FilesApp::StopJobs() {
  if (!parts_) co_return;
  if (parts_->scan) co_await parts_->scan->Stop();
  for (Periodic* job : {&parts_->erase, &parts_->sweep, &parts_->tell, &parts_->forget_keys})
    co_await job->Stop();
  co_await parts_->erased_requests.Stop();
}

Task<> FilesApp::CloseStores() {
  if (!parts_) co_return;
  // Uploads that the stop has cut short clean up first; what they do not manage, the next sweep does.
  co_await parts_->leftovers.Join();
  co_await parts_->event_log.Stop();
  co_await parts_->sealer.Stop();
  co_await parts_->database->Close(SteadyClock::now() + app::kCloseLimit);
  co_await parts_->keystore->Close(SteadyClock::now() + app::kCloseLimit);
  // Redis lets go of its connections when it is destroyed; the last call has ended.
  parts_.reset();
}

bool FilesApp::Ready() { return parts_ && parts_->database->IsReady() && parts_->keystore->IsReady(); }

Task<Result<void>> FilesApp::Migrate() {
  const MigrateOptions own = MigrateOptions::From(context_.config.database());
  const MigrateOptions keys = MigrateOptions::From(context_.config.keystore());
  BlockingPool& pool = context_.runtime.blocking();
  CO_TRY(const MigrationReport first,
         co_await pool.Run([&] { return aplus::Migrate(own, files_migrations); }));
  CO_TRY(const MigrationReport second,
         co_await pool.Run([&] { return aplus::Migrate(keys, files_keystore_migrations); }));
  log::Info("migrated", {{log::kCount, first.applied.size() + second.applied.size()}});
  co_return Result<void>();
}

Task<Result<void>> FilesApp::Command(const Flags& flags) {
  if (flags.command == "--keys-status") co_return co_await ShowKeys();
  if (flags.command == "--rewrap-keys") {
    CO_TRY_VOID(co_await NoteAlone(*parts_->database, parts_->trail, OperatorLine("rewrap-keys"),
                                   SteadyClock::now() + app::kCommandLimit));
    CO_TRY(const std::int64_t count,
           co_await RewrapFileKeys(*parts_->keystore, parts_->envelope, keyring_.active_version()));
    PrintLine(fmt::format(R"({{"rewrapped":{}}})", count));
    co_return Result<void>();
  }
  if (IsParkedEventCommand(flags)) {
    co_return co_await RunParkedEventCommand(
        flags, *parts_->database, {&parts_->erased_requests},
        [this](Transaction& tx) { parts_->trail.Record(tx, OperatorLine("replay-event")); }, &PrintLine);
  }
  co_return Fail(Reason::kInternal, "unknown command");
}

Task<Result<void>> FilesApp::ShowKeys() {
  const ReadContext context{SteadyClock::now() + app::kCommandLimit, DbPrincipal::System()};
  CO_TRY(const auto rows, co_await parts_->keystore->Query(context, kKeysUnder));
  std::map<Keyring::Version, std::int64_t> sealed;
  for (const VersionCount& row : rows) sealed[row.version] = row.count;
  for (const std::string& line : KeyStatus(app::kService, "kek", keyring_, sealed)) PrintLine(line);
  PrintLine(KeyStatus(app::kService, "audit", parts_->audit_key_id));
  co_return Result<void>();
}

}  // namespace aplus::files
