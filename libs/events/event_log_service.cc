#include "libs/events/event_log_service.h"

#include <algorithm>
#include <utility>

#include "libs/events/consumer.h"
#include "libs/rpc/client.h"

namespace aplus {
namespace event_rpc {

constexpr std::string_view kPull = "aplus.events.v1.EventLog.Pull";
constexpr std::string_view kWatch = "aplus.events.v1.EventLog.Watch";
constexpr int kWatchBatch = 100;

class Remote final : public EventSource {
 public:
  Remote(std::string service, Channel& channel) : service_(std::move(service)), channel_(channel) {}
  const std::string& service() const override { return service_; }

  Task<Result<std::vector<EventRecord>>> Pull(std::int64_t after, int limit) override {
    events::v1::PullRequest request;
    request.set_after(after);
    request.set_limit(limit);
    CO_TRY(auto response, co_await channel_.Call<events::v1::PullResponse>(
                              kPull, request, CallOptions::Within(std::chrono::seconds(5))));
    std::vector<EventRecord> events;
    events.reserve(static_cast<std::size_t>(response.events_size()));
    for (EventRecord& event : *response.mutable_events()) {
      // Without gaps: a log that skips or repeats would be believed silently otherwise.
      if (event.position() != after + static_cast<std::int64_t>(events.size()) + 1) {
        co_return Fail(Reason::kInternal, "the event log of " + service_ + " has a gap");
      }
      events.push_back(std::move(event));
    }
    co_return events;
  }

 private:
  std::string service_;
  Channel& channel_;
};

}  // namespace event_rpc

std::unique_ptr<EventSource> RemoteEvents(std::string service, Channel& channel) {
  return std::make_unique<event_rpc::Remote>(std::move(service), channel);
}

void EventLogService::Register(Server& server) {
  server.Add(*this, event_rpc::kPull, &EventLogService::Pull);
  server.Add(*this, event_rpc::kWatch, &EventLogService::Watch);
}

Task<Result<events::v1::PullResponse>> EventLogService::Pull(Call& call,
                                                             const events::v1::PullRequest& request) {
  CO_TRY(auto events, co_await log_.Pull(request.after(), request.limit(), call.deadline));
  events::v1::PullResponse response;
  for (EventRecord& event : events) *response.add_events() = std::move(event);
  co_return response;
}

Task<Result<void>> EventLogService::Watch(Call& call, const events::v1::WatchRequest& request,
                                          ServerStream<EventRecord>& out) {
  std::int64_t after = request.after();
  for (;;) {
    const Deadline deadline = std::min(call.deadline, SteadyClock::now() + std::chrono::seconds(3));
    CO_TRY(auto events, co_await log_.Pull(after, event_rpc::kWatchBatch, deadline));
    for (const EventRecord& event : events) {
      CO_TRY_VOID(co_await out.Write(event));
      after = event.position();
    }
    if (!events.empty()) continue;
    const bool goes_on = co_await log_.WaitBeyond(after, std::chrono::seconds(1));
    if (!goes_on) co_return Result<void>{};
  }
}

}  // namespace aplus
