// One service's events, recorded as facts, with what operators watch about it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "libs/events/consumer.h"
#include "libs/rpc/client.h"
#include "libs/telemetry/metrics.h"

namespace aplus::stats {

// Io thread only; references must outlive it.
class EventFeed {
 public:
  EventFeed(std::string service, Channel& channel, Database& database, Doorbell& doorbell, Executor executor,
            const Clock& clock, Metrics& metrics);

  void Start() { consumer_.Start(); }
  Task<> Stop() { return consumer_.Stop(); }

  // Everything that the service had told by then is in the figures; nullopt before the log was read to its
  // end once. Moves with time, not with events, so that it says nothing about what happened (P28).
  std::optional<Time> complete_until() const { return complete_until_; }
  // For operators: parked events.
  Consumer& consumer() { return consumer_; }
  // Queued: from the beginning again.
  void Restart(Transaction& tx) { consumer_.Restart(tx); }

 private:
  class Watched;
  static Task<Result<void>> Handle(Transaction& tx, const EventRecord& record);

  std::optional<Time> complete_until_;
  Consumer consumer_;
  MetricCallbacks shown_;
};

}  // namespace aplus::stats
