// What goes on besides sending: joining held mails into digests, finding mails whose sender died, deleting
// what is old, and the figures operators watch.
#pragma once

#include <functional>
#include <string_view>

#include "libs/postgres/clock_guard.h"
#include "libs/runtime/task_scope.h"
#include "libs/telemetry/metrics.h"
#include "services/notifications/store/mail_store.h"
#include "services/notifications/store/notice_store.h"

namespace aplus::notifications {

struct HousekeepingOptions {
  DigestHours hours;
  Duration join_every = std::chrono::seconds(1);
  Duration sending_limit = std::chrono::seconds(120);  // as MailerOptions
  Duration keep_mails = std::chrono::hours(24 * 30);
  Duration keep_notices = std::chrono::hours(24 * 60);
  Duration figures_every = std::chrono::seconds(5);
  Duration sweep_every = std::chrono::hours(1);
};

// Io thread only; references must outlive it.
class Housekeeping {
 public:
  // `queued` is called when digests have become due.
  Housekeeping(HousekeepingOptions options, MailStore& mails, NoticeStore& notices, ClockGuard& guard,
               std::function<void()> queued, Executor executor, Metrics& metrics);

  void Start();
  Task<> Stop() { return scope_.Stop(); }

  // One round of each, as the timers run them.
  Task<Result<void>> Join();
  Task<Result<void>> Recover();
  // Nothing while the clock cannot be believed.
  Task<Result<void>> Sweep();
  Task<Result<void>> Measure();

 private:
  using Round = Task<Result<void>> (Housekeeping::*)();
  Task<Result<void>> SweepOld();
  Task<> Repeat(std::string_view name, Duration every, Round round);

  HousekeepingOptions options_;
  MailStore& mails_;
  NoticeStore& notices_;
  ClockGuard& guard_;
  std::function<void()> queued_;
  TaskScope scope_;
  Gauge& held_;
  Gauge& queued_gauge_;
  Gauge& sending_;
  Gauge& oldest_;
  Gauge& ambiguous_;
  Gauge& failed_;
  Gauge& refused_;
};

}  // namespace aplus::notifications
