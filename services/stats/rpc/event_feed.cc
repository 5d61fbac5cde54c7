#include "services/stats/rpc/event_feed.h"

#include <utility>

#include "services/stats/rpc/events.h"

namespace aplus::stats {
namespace event_feed {

ConsumerOptions OptionsFor(const std::string& service) {
  ConsumerOptions options;
  options.name = "stats." + service;
  return options;
}

struct Recorder {
  Transaction& tx;

  Task<Result<void>> operator()(Irrelevant) const { co_return Result<void>(); }
  Task<Result<void>> operator()(Change change) const { return FactStore::Record(tx, std::move(change)); }
  Task<Result<void>> operator()(GroupFact group) const {
    FactStore::SaveGroup(tx, group);
    co_return Result<void>();
  }
  Task<Result<void>> operator()(MembershipChange change) const {
    FactStore::SaveMembership(tx, change.user, change.group, change.member);
    co_return Result<void>();
  }
  Task<Result<void>> operator()(Login login) const {
    FactStore::NoteLogin(tx, login.user, login.at);
    co_return Result<void>();
  }
};

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

// The remote log, and when it was last seen to hold nothing beyond what is recorded.
class EventFeed::Watched final : public EventSource {
 public:
  Watched(std::unique_ptr<EventSource> source, std::optional<Time>& complete_until, const Clock& clock)
      : source_(std::move(source)), complete_until_(complete_until), clock_(clock) {}

  const std::string& service() const override { return source_->service(); }
  Task<Result<std::vector<EventRecord>>> Pull(std::int64_t after, int limit) override {
    const Time asked = clock_.Now();
    CO_TRY(auto events, co_await source_->Pull(after, limit));
    if (events.empty()) complete_until_ = asked;
    co_return events;
  }

 private:
  std::unique_ptr<EventSource> source_;
  std::optional<Time>& complete_until_;
  const Clock& clock_;
};

EventFeed::EventFeed(std::string service, Channel& channel, Database& database, Doorbell& doorbell,
                     Executor executor, const Clock& clock, Metrics& metrics)
    : consumer_(
          event_feed::OptionsFor(service),
          std::make_unique<Watched>(RemoteEvents(service, channel), complete_until_, clock),
          [](Transaction& tx, const EventRecord& record) { return Handle(tx, record); }, database, &doorbell,
          executor),
      watched_(std::make_shared<const Consumer*>(&consumer_)) {
  event_feed::Show(metrics, service, watched_);
}

Task<Result<void>> EventFeed::Handle(Transaction& tx, const EventRecord& record) {
  CO_TRY(News news, NewsOf(record));
  co_return co_await std::visit(event_feed::Recorder{tx}, std::move(news));
}

}  // namespace aplus::stats
