#include "services/notifications/app.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "libs/audit/audit_log_service.h"
#include "libs/audit/audit_trail.h"
#include "libs/audit/metrics.h"
#include "libs/audit/sealing.h"
#include "libs/crypto/key_file.h"
#include "libs/crypto/key_status.h"
#include "libs/events/consumer.h"
#include "libs/events/parked.h"
#include "libs/postgres/clock_guard.h"
#include "libs/postgres/metrics.h"
#include "libs/redis/doorbell.h"
#include "libs/redis/metrics.h"
#include "libs/redis/redis.h"
#include "libs/telemetry/log.h"
#include "notifications_migrations.h"
#include "services/notifications/jobs/alarms.h"
#include "services/notifications/jobs/expander.h"
#include "services/notifications/rpc/auth_directory.h"
#include "services/notifications/rpc/delivery_rpc.h"
#include "services/notifications/rpc/event_feed.h"
#include "services/notifications/rpc/head_mail.h"
#include "services/notifications/rpc/notifications_rpc.h"
#include "services/notifications/rpc/personal_data_rpc.h"
#include "services/notifications/statements.h"

namespace aplus::notifications {
namespace app {

constexpr Duration kCloseLimit = std::chrono::seconds(5);

// The other services that keep an audit trail.
std::map<std::string, Channel*> Trails(Channels& channels) {
  std::map<std::string, Channel*> others;
  for (const char* service : {"auth", "files", "requests"}) others[service] = &channels.Get(service);
  return others;
}

}  // namespace app

// Everything that needs an open database, in the order in which it is built.
struct NotificationsApp::Parts {
  Parts(ServiceContext& context, Settings settings, std::unique_ptr<Database> opened, SealerOptions sealing,
        const Key& cursor_key)
      : executor(context.runtime.executor()),
        database(std::move(opened)),
        clock_guard(*database, "notifications", context.metrics),
        redis(RedisOptions::From(context.config.redis()), executor, context.runtime.blocking()),
        doorbell(redis, executor),
        trail(context.clock, context.random),
        audit_key_id(sealing.key_id),
        sealer(Guarded(std::move(sealing), clock_guard), *database, executor),
        tokens(cursor_key),
        mails(*database, context.clock, context.random),
        notices(*database, context.clock, context.random),
        deliveries(*database),
        directory(context.channels.Get("auth")),
        mailer(std::move(settings.mailer), mails, directory, context.runtime.blocking(), executor,
               context.clock, context.random, context.metrics),
        expander(directory, mails, notices, settings.housekeeping.hours, [this] { mailer.Kick(); }),
        housekeeping(
            settings.housekeeping, mails, notices, clock_guard, [this] { mailer.Kick(); }, executor,
            context.metrics),
        alarms(settings.alarms_every, *database, deliveries, expander, context.clock, context.random,
               executor),
        head_mail(settings.head_mail, app::Trails(context.channels), *database, mailer, executor),
        auth_feed("auth", context.channels.Get("auth"), expander, *database, doorbell, executor,
                  context.metrics),
        requests_feed("requests", context.channels.Get("requests"), expander, *database, doorbell, executor,
                      context.metrics),
        rpc(*database, notices, trail, tokens, context.clock),
        delivery_rpc(*database, deliveries, trail, context.channels.Get("requests"),
                     context.channels.Get("auth"), tokens, context.clock),
        personal_data_rpc(*database, notices, deliveries, trail, context.channels.Get("requests"),
                          context.channels.Get("auth"), context.clock),
        audit_log_service("notifications", *database, context.clock),
        shown(context.metrics) {
    ExportFigures(shown, *database, "notifications");
    ExportFigures(shown, redis);
    ExportFigures(shown, sealer);
  }

  Executor executor;
  std::unique_ptr<Database> database;
  ClockGuard clock_guard;
  Redis redis;
  Doorbell doorbell;
  AuditTrail trail;
  std::string audit_key_id;
  AuditSealer sealer;
  PlaceTokens tokens;

  MailStore mails;
  NoticeStore notices;
  DeliveryStore deliveries;
  AuthDirectory directory;
  Mailer mailer;
  Expander expander;
  Housekeeping housekeeping;
  Alarms alarms;
  HeadMail head_mail;
  EventFeed auth_feed;
  EventFeed requests_feed;

  NotificationsRpc rpc;
  DeliveryRpc delivery_rpc;
  PersonalDataRpc personal_data_rpc;
  AuditLogService audit_log_service;
  MetricCallbacks shown;
};

std::vector<CommandFlag> Commands() {
  std::vector<CommandFlag> commands = {
      {"--undelivered-mails", "",
       "print mails that were refused, given up or perhaps lost, one JSON object a line"},
      {"--replay-mail", "ID", "queue such a mail again; all: every one (login links apart)"},
      {"--keys-status", "", "print which keys there are, one JSON object a line"}};
  std::ranges::move(ParkedEventCommands(), std::back_inserter(commands));
  return commands;
}

NotificationsApp::NotificationsApp(ServiceContext& context)
    : context_(context), settings_(Settings::From(context.config)) {}

NotificationsApp::~NotificationsApp() = default;

Task<Result<void>> NotificationsApp::Start() {
  const Config& config = context_.config;
  CO_TRY(SealerOptions sealing, LoadSealing(config));
  CO_TRY(const Key cursor_key, ReadKeyFile(config.SecretPath("cursor_key")));
  CO_TRY(auto database,
         co_await Database::Open(DatabaseOptions::From(config.database(), "aplus-notifications"),
                                 AllStatements(), context_.runtime.executor(), context_.runtime.blocking()));
  parts_ = std::make_unique<Parts>(context_, std::move(settings_), std::move(database), std::move(sealing),
                                   cursor_key);
  parts_->rpc.Register(context_.server);
  parts_->delivery_rpc.Register(context_.server);
  parts_->personal_data_rpc.Register(context_.server);
  parts_->audit_log_service.Register(context_.server);
  if (!context_.flags.command.empty()) co_return Result<void>{};
  // From here on a jump of the clock is one.
  CO_TRY_VOID(co_await parts_->clock_guard.IsSane());
  parts_->sealer.Start();
  parts_->mailer.Start();
  parts_->housekeeping.Start();
  parts_->alarms.Start();
  parts_->head_mail.Start();
  parts_->auth_feed.Start();
  parts_->requests_feed.Start();
  co_return Result<void>{};
}

Task<> NotificationsApp::StopJobs() {
  if (!parts_) co_return;
  co_await parts_->requests_feed.Stop();
  co_await parts_->auth_feed.Stop();
  co_await parts_->alarms.Stop();
  co_await parts_->head_mail.Stop();
  co_await parts_->housekeeping.Stop();
  co_await parts_->mailer.Stop();
}

Task<> NotificationsApp::CloseStores() {
  if (!parts_) co_return;
  co_await parts_->sealer.Stop();
  co_await parts_->database->Close(SteadyClock::now() + app::kCloseLimit);
  // Redis lets go of its connections when it is destroyed; the last call has ended, so nobody misses the
  // rest.
  parts_.reset();
}

bool NotificationsApp::Ready() { return parts_ && parts_->database->IsReady(); }

Task<Result<void>> NotificationsApp::Migrate() {
  const MigrateOptions options = MigrateOptions::From(context_.config.database());
  CO_TRY(const MigrationReport report, co_await context_.runtime.blocking().Run([&] {
    return aplus::Migrate(options, notifications_migrations);
  }));
  log::Info("migrated", {{log::kCount, report.applied.size()}});
  co_return Result<void>{};
}

Task<Result<void>> NotificationsApp::Command(const Flags& flags) {
  if (flags.command == "--undelivered-mails") co_return co_await ShowUndelivered();
  if (flags.command == "--replay-mail") co_return co_await ReplayMails(flags.argument);
  if (flags.command == "--keys-status") {
    PrintLine(KeyStatus("notifications", "audit", parts_->audit_key_id));
    co_return Result<void>{};
  }
  if (IsParkedEventCommand(flags)) {
    co_return co_await RunParkedEventCommand(
        flags, *parts_->database, {&parts_->auth_feed.consumer(), &parts_->requests_feed.consumer()},
        [this](Transaction& tx) { parts_->trail.Record(tx, OperatorLine("replay-event")); }, &PrintLine);
  }
  co_return Fail(Reason::kInternal, "unknown command");
}

Task<Result<void>> NotificationsApp::ShowUndelivered() {
  CO_TRY(const std::vector<UndeliveredMail> mails, co_await parts_->mails.Undelivered());
  // Codes, ids and numbers only: no address, nothing to escape.
  for (const UndeliveredMail& mail : mails) {
    PrintLine(fmt::format(R"({{"id":"{}","kind":"{}","state":"{}","recipient":"{}","request":"{}",)"
                          R"("attempts":{},"step":"{}","failure":"{}","code":{},"endedAt":"{}"}})",
                          mail.id.ToString(), Describe(mail.kind).code,
                          mail.state == MailState::kAmbiguous ? "ambiguous" : "failed",
                          mail.recipient.ToString(), mail.number, mail.attempts, mail.step, mail.failure,
                          mail.code, FormatTime(mail.ended_at)));
  }
  co_return Result<void>{};
}

Task<Result<void>> NotificationsApp::ReplayMails(const std::string& which) {
  const std::optional<MailId> one = MailId::Parse(which);
  if (!one && which != "all") {
    co_return Fail(Reason::kInternal, "write an id as --undelivered-mails shows them, or all");
  }
  CO_TRY(const std::int64_t count, co_await parts_->mails.Replay(one, parts_->trail));
  if (one && count == 0)
    co_return Fail(Reason::kNotFound, "no such undelivered mail, or it holds a login link");
  PrintLine(fmt::format(R"({{"replayed":{}}})", count));
  co_return Result<void>{};
}

}  // namespace aplus::notifications
