#include "services/notifications/jobs/alarms.h"

#include "libs/telemetry/log.h"

namespace aplus::notifications {
namespace alarms {

constexpr int kBatch = 50;

}  // namespace alarms

void Alarms::Start() { scope_.Spawn("raise alarms", Loop()); }

Task<> Alarms::Loop() {
  for (;;) {
    if (const auto done = co_await Round(); !done) {
      log::Warn("alarms wait, next round later", {{log::kReason, Describe(done.error().reason).code},
                                                  {log::kDetail, done.error().diagnostic}});
    }
    co_await Sleep(every_);
  }
}

Task<Result<void>> Alarms::Round() {
  CO_TRY_VOID(co_await deliveries_.FindUnreached());
  CO_TRY(const std::vector<UnreachedRow> rows, co_await deliveries_.Untold(alarms::kBatch));
  for (const UnreachedRow& row : rows) {
    // An occurrence of our own: it is in nobody's event log.
    const EventId event = EventId::New(clock_, random_);
    auto raise = [&](Transaction& tx) { return Raise(tx, row, event); };
    CO_TRY_VOID(co_await database_.Transact({.deadline = SteadyClock::now() + std::chrono::seconds(10),
                                             .principal = DbPrincipal::System(),
                                             .repeatable = true},
                                            raise));
  }
  co_return Result<void>();
}

Task<Result<bool>> Alarms::Raise(Transaction& tx, UnreachedRow row, EventId event) {
  CO_TRY(const bool mine, co_await DeliveryStore::MarkTold(tx, row.request, row.group));
  if (!mine) co_return false;
  RequestFacts request;
  request.id = row.request;
  request.number = row.number;
  request.helpers = row.helpers;
  CO_TRY_VOID(co_await expander_.Expand(tx, event, row.since, Unreached{std::move(request), row.group}));
  co_return true;
}

}  // namespace aplus::notifications
