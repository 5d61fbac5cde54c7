#include "libs/events/metrics.h"

namespace aplus {
namespace event_metrics {

template <auto member, class Shown>
void Show(MetricCallbacks& callbacks, const Shown& shown, std::string_view name, std::string_view help,
          bool counter, Labels labels = {}) {
  callbacks.Add(
      name, help, counter, [&shown] { return static_cast<double>(shown.figures().*member); },
      std::move(labels));
}

}  // namespace event_metrics

void ExportFigures(MetricCallbacks& callbacks, const EventLog& log) {
  using event_metrics::Show;
  Show<&EventLogFigures::position>(callbacks, log, "aplus_events_position", "Last position known", false);
  Show<&EventLogFigures::numbered>(callbacks, log, "aplus_events_numbered_total", "Events numbered here",
                                   true);
  Show<&EventLogFigures::failures>(callbacks, log, "aplus_events_relay_failures_total",
                                   "Failed rounds of the relay", true);
}

void ExportFigures(MetricCallbacks& callbacks, const Consumer& consumer) {
  using event_metrics::Show;
  const Labels labels{{"consumer", consumer.name()}};
  Show<&ConsumerFigures::position>(callbacks, consumer, "aplus_consumer_position", "The cursor", false,
                                   labels);
  Show<&ConsumerFigures::handled>(callbacks, consumer, "aplus_consumer_handled_total", "Events handled here",
                                  true, labels);
  Show<&ConsumerFigures::failures>(callbacks, consumer, "aplus_consumer_failures_total",
                                   "Handlings rolled back", true, labels);
  Show<&ConsumerFigures::parked>(callbacks, consumer, "aplus_consumer_parked_total",
                                 "Events parked: raise an alarm", true, labels);
}

}  // namespace aplus
