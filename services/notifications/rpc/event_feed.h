// One service's events, told to the expander, with what operators watch about it.
#pragma once

#include <string>

#include "libs/events/consumer.h"
#include "libs/rpc/client.h"
#include "libs/telemetry/metrics.h"
#include "services/notifications/jobs/expander.h"

namespace aplus::notifications {

// Io thread only; references must outlive it.
class EventFeed {
 public:
  EventFeed(std::string service, Channel& channel, Expander& expander, Database& database, Doorbell& doorbell,
            Executor executor, Metrics& metrics);

  void Start() { consumer_.Start(); }
  Task<> Stop() { return consumer_.Stop(); }
  // For operators: parked events.
  Consumer& consumer() { return consumer_; }

 private:
  Task<Result<void>> Handle(Transaction& tx, const EventRecord& record);

  Expander& expander_;
  Consumer consumer_;
  MetricCallbacks shown_;
};

}  // namespace aplus::notifications
