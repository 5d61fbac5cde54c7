#include "services/notifications/rpc/event_feed.h"

#include "libs/events/metrics.h"
#include "libs/rpc/timestamp.h"
#include "services/notifications/rpc/events.h"

namespace aplus::notifications {
namespace event_feed {

ConsumerOptions OptionsFor(const std::string& service) {
  ConsumerOptions options;
  options.name = "notifications." + service;
  // An event asks auth up to three times while its transaction is open: few at a time keep that short.
  options.batch = 10;
  return options;
}

}  // namespace event_feed

EventFeed::EventFeed(std::string service, Channel& channel, Expander& expander, Database& database,
                     Doorbell& doorbell, Executor executor, Metrics& metrics)
    : expander_(expander),
      consumer_(
          event_feed::OptionsFor(service), RemoteEvents(service, channel),
          [this](Transaction& tx, const EventRecord& record) { return Handle(tx, record); }, database,
          &doorbell, executor),
      shown_(metrics) {
  ExportFigures(shown_, consumer_);
}

Task<Result<void>> EventFeed::Handle(Transaction& tx, const EventRecord& record) {
  const auto id = EventId::Parse(record.id());
  if (!id) co_return Fail(Reason::kInternal, "an event without an id");
  CO_TRY(Occurrence occurrence, OccurrenceOf(record));
  co_return co_await expander_.Expand(tx, *id, TimeOf(record.at()), std::move(occurrence));
}

}  // namespace aplus::notifications
