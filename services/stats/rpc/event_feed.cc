#include "services/stats/rpc/event_feed.h"

#include <utility>

#include "libs/events/metrics.h"
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
      shown_(metrics) {
  ExportFigures(shown_, consumer_);
}

Task<Result<void>> EventFeed::Handle(Transaction& tx, const EventRecord& record) {
  CO_TRY(News news, NewsOf(record));
  co_return co_await std::visit(event_feed::Recorder{tx}, std::move(news));
}

}  // namespace aplus::stats
