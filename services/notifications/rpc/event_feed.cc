#include "services/notifications/rpc/event_feed.h"

#include "services/notifications/rpc/events.h"
#include "services/notifications/rpc/proto_time.h"

namespace aplus::notifications {
namespace event_feed {

ConsumerOptions OptionsFor(const std::string& service) {
  ConsumerOptions options;
  options.name = "notifications." + service;
  // An event asks auth up to three times while its transaction is open: few at a time keep that short.
  options.batch = 10;
  return options;
}

void Show(Metrics& metrics, const std::string& service, const std::shared_ptr<const Consumer*>& watched) {
  const auto figure = [&](std::string_view name, std::string_view help, bool is_counter, auto read) {
    metrics.AddCallback(name, help, is_counter,
                        [weak = std::weak_ptr(watched), read] {
                          const auto consumer = weak.lock();
                          return consumer ? static_cast<double>(read((*consumer)->figures())) : 0.0;
                        },
                        {{"source", service}});
  };
  figure("aplus_consumer_position", "The last event consumed.", false,
         [](const ConsumerFigures& f) { return f.position; });
  figure("aplus_consumer_parked_total", "Events that could not be handled and were put aside.", true,
         [](const ConsumerFigures& f) { return f.parked; });
  figure("aplus_consumer_failures_total", "Batches rolled back.", true,
         [](const ConsumerFigures& f) { return f.failures; });
}

}  // namespace event_feed

EventFeed::EventFeed(std::string service, Channel& channel, Expander& expander, Database& database,
                     Doorbell& doorbell, Executor executor, Metrics& metrics)
    : expander_(expander),
      consumer_(
          event_feed::OptionsFor(service), RemoteEvents(service, channel),
          [this](Transaction& tx, const EventRecord& record) { return Handle(tx, record); }, database,
          &doorbell, executor),
      watched_(std::make_shared<const Consumer*>(&consumer_)) {
  event_feed::Show(metrics, service, watched_);
}

Task<Result<void>> EventFeed::Handle(Transaction& tx, const EventRecord& record) {
  const auto id = EventId::Parse(record.id());
  if (!id) co_return Fail(Reason::kInternal, "an event without an id");
  CO_TRY(Occurrence occurrence, OccurrenceOf(record));
  co_return co_await expander_.Expand(tx, *id, TimeOf(record.at()), std::move(occurrence));
}

}  // namespace aplus::notifications
