#include "services/notifications/jobs/housekeeping.h"

#include <algorithm>

#include "libs/telemetry/log.h"

namespace aplus::notifications {
namespace housekeeping {

Gauge& Depth(Metrics& metrics, std::string_view state) {
  return metrics.GetGauge("aplus_mail_queue", "Mails by what they wait for.",
                          {{"state", std::string(state)}});
}

}  // namespace housekeeping

Housekeeping::Housekeeping(HousekeepingOptions options, MailStore& mails, NoticeStore& notices,
                           ClockGuard& guard, std::function<void()> queued, Executor executor,
                           Metrics& metrics)
    : options_(std::move(options)),
      mails_(mails),
      notices_(notices),
      guard_(guard),
      queued_(std::move(queued)),
      scope_(executor),
      held_(housekeeping::Depth(metrics, "held")),
      queued_gauge_(housekeeping::Depth(metrics, "queued")),
      sending_(housekeeping::Depth(metrics, "sending")),
      oldest_(metrics.GetGauge("aplus_mail_oldest_queued_age",
                               "Age of the oldest mail in the queue, in seconds.")),
      ambiguous_(
          metrics.GetGauge("aplus_mail_dot_window_deaths",
                           "Lost answers to final dots among the mails of the last month: as many may have "
                           "arrived twice.")),
      failed_(
          metrics.GetGauge("aplus_mail_failed", "Mails of the last month that were refused or given up.")),
      refused_(metrics.GetGauge("aplus_mail_refused_recipients",
                                "Recipients whose address was refused for good.")) {}

void Housekeeping::Start() {
  const Duration recover_every =
      std::clamp<Duration>(options_.sending_limit / 4, std::chrono::seconds(1), std::chrono::seconds(30));
  scope_.Spawn("join digests", Repeat("join digests", options_.join_every, &Housekeeping::Join));
  scope_.Spawn("recover mails", Repeat("recover mails", recover_every, &Housekeeping::Recover));
  scope_.Spawn("sweep mails", Repeat("sweep mails", options_.sweep_every, &Housekeeping::Sweep));
  scope_.Spawn("measure mails", Repeat("measure mails", options_.figures_every, &Housekeeping::Measure));
}

Task<> Housekeeping::Repeat(std::string_view name, Duration every, Round round) {
  for (;;) {
    if (const auto done = co_await (this->*round)(); !done) {
      log::Warn("housekeeping failed, next round later", {{log::kTask, name},
                                                          {log::kReason, Describe(done.error().reason).code},
                                                          {log::kDetail, done.error().diagnostic}});
    }
    co_await Sleep(every);
  }
}

Task<Result<void>> Housekeeping::Join() {
  CO_TRY(const std::int64_t joined, co_await mails_.Join(options_.hours));
  if (joined > 0) queued_();
  co_return Result<void>();
}

Task<Result<void>> Housekeeping::Recover() {
  CO_TRY(const std::int64_t recovered, co_await mails_.Recover(options_.sending_limit));
  if (recovered > 0) {
    log::Warn("mails found whose sender died before the relay's answer", {{log::kCount, recovered}});
    queued_();
  }
  co_return Result<void>();
}

Task<Result<void>> Housekeeping::Sweep() {
  co_return co_await guard_.WhileSane([this] { return SweepOld(); });
}

Task<Result<void>> Housekeeping::SweepOld() {
  for (std::int64_t gone = 1; gone > 0;) {
    CO_TRY(const std::int64_t mails, co_await mails_.Sweep(options_.keep_mails));
    CO_TRY(const std::int64_t notices, co_await notices_.Sweep(options_.keep_notices));
    gone = mails + notices;
  }
  co_return Result<void>();
}

Task<Result<void>> Housekeeping::Measure() {
  CO_TRY(const QueueFigures figures, co_await mails_.Figures());
  held_.Set(figures.held);
  queued_gauge_.Set(figures.queued);
  sending_.Set(figures.sending);
  oldest_.Set(static_cast<std::int64_t>(figures.oldest_queued_seconds));
  ambiguous_.Set(figures.ambiguities);
  failed_.Set(figures.failed);
  refused_.Set(figures.refused_recipients);
  co_return Result<void>();
}

}  // namespace aplus::notifications
