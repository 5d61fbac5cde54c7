// The event log's and consumers' figures as metrics, under aplus_events_… and aplus_consumer_….
#pragma once

#include "libs/base/time.h"
#include "libs/events/consumer.h"
#include "libs/events/event_log.h"
#include "libs/telemetry/metrics.h"

namespace aplus {

// The text is made on the io thread. What is shown must outlive `callbacks`.
void ExportFigures(MetricCallbacks& callbacks, const EventLog& log);
void ExportFigures(MetricCallbacks& callbacks, const Consumer& consumer);

}  // namespace aplus
