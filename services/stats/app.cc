#include "services/stats/app.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "libs/events/consumer.h"
#include "libs/events/parked.h"
#include "libs/postgres/metrics.h"
#include "libs/redis/doorbell.h"
#include "libs/redis/metrics.h"
#include "libs/redis/redis.h"
#include "libs/telemetry/log.h"
#include "services/stats/rpc/event_feed.h"
#include "services/stats/rpc/stats_rpc.h"
#include "services/stats/statements.h"
#include "services/stats/store/fact_store.h"
#include "stats_migrations.h"

namespace aplus::stats {
namespace app {

constexpr Duration kCloseLimit = std::chrono::seconds(5);
constexpr Duration kRebuildLimit = std::chrono::minutes(10);

}  // namespace app

// Everything that needs an open database, in the order in which it is built.
struct StatsApp::Parts {
  Parts(ServiceContext& context, std::unique_ptr<Database> opened)
      : executor(context.runtime.executor()),
        database(std::move(opened)),
        redis(RedisOptions::From(context.config.redis()), executor, context.runtime.blocking()),
        doorbell(redis, executor),
        summaries(*database),
        auth_feed("auth", context.channels.Get("auth"), *database, doorbell, executor, context.clock,
                  context.metrics),
        requests_feed("requests", context.channels.Get("requests"), *database, doorbell, executor,
                      context.clock, context.metrics),
        rpc(summaries, context.channels.Get("auth"), auth_feed, requests_feed, context.clock),
        shown(context.metrics) {
    ExportFigures(shown, *database, "stats");
    ExportFigures(shown, redis);
  }

  Executor executor;
  std::unique_ptr<Database> database;
  Redis redis;
  Doorbell doorbell;
  SummaryStore summaries;
  EventFeed auth_feed;
  EventFeed requests_feed;
  StatsRpc rpc;
  MetricCallbacks shown;
};

std::vector<CommandFlag> Commands() {
  std::vector<CommandFlag> commands = {
      {"--rebuild", "",
       "delete all figures and build them anew from the event logs; running replicas do the work"}};
  std::ranges::move(ParkedEventCommands(), std::back_inserter(commands));
  return commands;
}

StatsApp::StatsApp(ServiceContext& context) : context_(context) {}

StatsApp::~StatsApp() = default;

Task<Result<void>> StatsApp::Start() {
  CO_TRY(auto database,
         co_await Database::Open(DatabaseOptions::From(context_.config.database(), "aplus-stats"),
                                 AllStatements(), context_.runtime.executor(), context_.runtime.blocking()));
  parts_ = std::make_unique<Parts>(context_, std::move(database));
  parts_->rpc.Register(context_.server);
  if (!context_.flags.command.empty()) co_return Result<void>{};
  parts_->auth_feed.Start();
  parts_->requests_feed.Start();
  co_return Result<void>{};
}

Task<> StatsApp::StopJobs() {
  if (!parts_) co_return;
  co_await parts_->requests_feed.Stop();
  co_await parts_->auth_feed.Stop();
}

Task<> StatsApp::CloseStores() {
  if (!parts_) co_return;
  co_await parts_->database->Close(SteadyClock::now() + app::kCloseLimit);
  // Redis lets go of its connections when it is destroyed; the last call has ended, so nobody misses the
  // rest.
  parts_.reset();
}

bool StatsApp::Ready() { return parts_ && parts_->database->IsReady(); }

Task<Result<void>> StatsApp::Migrate() {
  const MigrateOptions options = MigrateOptions::From(context_.config.database());
  CO_TRY(const MigrationReport report,
         co_await context_.runtime.blocking().Run([&] { return aplus::Migrate(options, stats_migrations); }));
  log::Info("migrated", {{log::kCount, report.applied.size()}});
  co_return Result<void>{};
}

Task<Result<void>> StatsApp::Command(const Flags& flags) {
  if (IsParkedEventCommand(flags)) {
    // Figures hold nothing personal: this service has no audit trail.
    co_return co_await RunParkedEventCommand(
        flags, *parts_->database, {&parts_->auth_feed.consumer(), &parts_->requests_feed.consumer()}, {},
        &PrintLine);
  }
  if (flags.command != "--rebuild") co_return Fail(Reason::kInternal, "unknown command");
  CO_TRY_VOID(co_await parts_->database->Transact({.deadline = SteadyClock::now() + app::kRebuildLimit,
                                                   .principal = DbPrincipal::System(),
                                                   .repeatable = true},
                                                  [&](Transaction& tx) { return Rebuild(tx); }));
  log::Info("figures deleted, cursors at the beginning");
  co_return Result<void>{};
}

// One transaction: no reader and no consumer sees the one without the other (P82).
Task<Result<void>> StatsApp::Rebuild(Transaction& tx) {
  // The cursors first: consumers hold them while they write facts, so nobody waits for anybody in a circle.
  parts_->auth_feed.Restart(tx);
  parts_->requests_feed.Restart(tx);
  FactStore::DeleteAll(tx);
  co_return Result<void>{};
}

}  // namespace aplus::stats
