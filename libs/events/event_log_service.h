// aplus.events.v1.EventLog over gRPC: the same for every service that keeps a log.
#pragma once

#include "aplus/events/v1/event_log.pb.h"
#include "libs/events/event_log.h"
#include "libs/rpc/call.h"
#include "libs/rpc/server.h"
#include "libs/rpc/stream.h"

namespace aplus {

class EventLogService {
 public:
  // The log must outlive this, and this the server's calls.
  explicit EventLogService(EventLog& log) : log_(log) {}
  void Register(Server& server);

  Task<Result<events::v1::PullResponse>> Pull(Call& call, const events::v1::PullRequest& request);
  // Every event after the position, then each new one within a second; ends when the caller goes or the
  // process stops.
  Task<Result<void>> Watch(Call& call, const events::v1::WatchRequest& request,
                           ServerStream<EventRecord>& out);

 private:
  EventLog& log_;
};

}  // namespace aplus
