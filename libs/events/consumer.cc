#include "libs/events/consumer.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <utility>

#include "libs/events/parked.h"
#include "libs/rpc/timestamp.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace consumer {

struct CursorRow {
  std::int64_t position;
  std::optional<std::int64_t> failing_position;
  std::int32_t tries;
};
// Index of all below: event_cursor_pkey, event_parked_pkey.
inline constexpr Statement<CursorRow, std::string> kRead{"consumer_read", R"sql(
  SELECT position, failing_position, tries
    FROM event_cursor
   WHERE consumer = $1
)sql"};

inline constexpr Statement<Affected, std::string> kBegin{"consumer_begin", R"sql(
  INSERT INTO event_cursor (consumer)
  VALUES ($1)
      ON CONFLICT (consumer) DO NOTHING
)sql"};

// No row: another replica holds it, and will bring the cursor forward itself.
inline constexpr Statement<std::int64_t, std::string> kLock{"consumer_lock", R"sql(
  SELECT position
    FROM event_cursor
   WHERE consumer = $1
     FOR UPDATE SKIP LOCKED
)sql"};

inline constexpr Statement<Affected, std::string, std::int64_t> kMove{"consumer_move", R"sql(
  UPDATE event_cursor
     SET position = $2,
         failing_position = NULL,
         tries = 0,
         moved_at = clock_timestamp()
   WHERE consumer = $1
)sql"};

// Counted before the event is tried, so that an event that kills the process is found out too.
inline constexpr Statement<std::int32_t, std::string, std::int64_t, std::int64_t> kTry{"consumer_try", R"sql(
  UPDATE event_cursor
     SET tries = CASE WHEN failing_position = $3 THEN tries + 1 ELSE 1 END,
         failing_position = $3
   WHERE consumer = $1
     AND position = $2
  RETURNING tries
)sql"};

// Something was down: that try does not count.
inline constexpr Statement<Affected, std::string, std::int64_t> kUntry{"consumer_untry", R"sql(
  UPDATE event_cursor
     SET tries = greatest(tries - 1, 0)
   WHERE consumer = $1
     AND failing_position = $2
)sql"};

inline constexpr Statement<Affected, std::string, std::int64_t, BytesView, std::int32_t, std::string> kPark{
    "consumer_park", R"sql(
  INSERT INTO event_parked (consumer, position, event, tries, reason)
  VALUES ($1, $2, $3, $4, $5)
)sql"};

inline constexpr Statement<Bytes, std::string, std::int64_t> kTakeParked{"consumer_take_parked", R"sql(
  DELETE FROM event_parked
   WHERE consumer = $1
     AND position = $2
  RETURNING event
)sql"};

inline constexpr Statement<Affected, std::string> kForgetParked{"consumer_forget_parked", R"sql(
  DELETE FROM event_parked
   WHERE consumer = $1
)sql"};

// The event is not to blame.
bool SomethingIsDown(const Error& error) {
  return error.reason == Reason::kUnavailable || error.reason == Reason::kTimeout ||
         error.reason == Reason::kCancelled;
}

}  // namespace consumer

Consumer::Consumer(ConsumerOptions options, std::unique_ptr<EventSource> source, Handler handler,
                   Database& database, Doorbell* doorbell, Executor executor)
    : options_(std::move(options)),
      source_(std::move(source)),
      handler_(std::move(handler)),
      database_(database),
      doorbell_(doorbell),
      scope_(executor),
      woken_(executor) {}

Consumer::~Consumer() = default;

void Consumer::Start() {
  if (doorbell_ != nullptr) {
    listener_ =
        doorbell_->Listen(EventChannel(source_->service()), [this](std::string_view) { woken_.Set(); });
  }
  scope_.Spawn("consumer", Loop());
}

Task<> Consumer::Stop() {
  listener_ = Doorbell::Listener();
  co_await scope_.Stop();
}

Task<> Consumer::Loop() {
  Duration pause = options_.retry_min;
  for (;;) {
    woken_.Reset();
    auto passed = co_await RunOnce();
    if (!passed) {
      log::Warn("consumer failed", {{log::kTask, options_.name},
                                    {log::kReason, Describe(passed.error().reason).code},
                                    {log::kDetail, passed.error().diagnostic}});
      co_await Sleep(pause);
      pause = std::min(pause * 2, options_.retry_max);
    } else {
      pause = options_.retry_min;
      if (*passed == 0) co_await woken_.WaitFor(options_.poll);
    }
  }
}

TransactionOptions Consumer::Options() const {
  return {.deadline = SteadyClock::now() + options_.transaction_limit, .principal = options_.principal};
}

Task<Result<Consumer::Cursor>> Consumer::ReadCursor() {
  if (!began_) {
    CO_TRY(Affected begun, co_await database_.Write(Options(), consumer::kBegin, options_.name));
    (void)begun;
    began_ = true;
  }
  CO_TRY(auto row, co_await database_.QueryOne({SteadyClock::now() + std::chrono::seconds(3), {}},
                                               consumer::kRead, options_.name));
  if (!row) co_return Fail(Reason::kInternal, "the consumer's cursor is gone");
  figures_.position = row->position;
  co_return Cursor{row->position, row->failing_position, row->tries};
}

Task<Result<int>> Consumer::RunOnce() {
  const bool first_round = !began_;
  CO_TRY(Cursor cursor, co_await ReadCursor());
  CO_TRY(std::vector<EventRecord> events, co_await source_->Pull(cursor.position, options_.batch));
  if (events.empty()) co_return 0;
  if (first_round || cursor.failing_position) {
    careful_until_ = std::max(careful_until_.value_or(0), events.back().position());
  }
  if (!careful_until_ || cursor.position >= *careful_until_) {
    careful_until_.reset();
    auto done = co_await HandleTogether(cursor.position, events);
    if (done) co_return *done ? static_cast<int>(events.size()) : 0;
    if (consumer::SomethingIsDown(done.error())) co_return Fail(std::move(done).error());
    // One of them fails: which one shows when each goes alone.
    careful_until_ = events.back().position();
  }
  std::int64_t after = cursor.position;
  int passed = 0;
  for (const EventRecord& event : events) {
    CO_TRY(bool done, co_await HandleAlone(after, event));
    if (!done) break;
    after = event.position();
    ++passed;
  }
  co_return passed;
}

Task<Result<bool>> Consumer::HandleTogether(std::int64_t after, std::span<const EventRecord> events) {
  auto done = co_await database_.Transact(
      Options(), [this, after, events](Transaction& tx) { return HandleIn(tx, after, events); });
  if (!done) ++figures_.failures;
  if (done && *done) Passed(events.back(), events.size());
  co_return done;
}

Task<Result<bool>> Consumer::HandleIn(Transaction& tx, std::int64_t after,
                                      std::span<const EventRecord> events) {
  CO_TRY(auto position, co_await tx.RunOne(consumer::kLock, options_.name));
  if (position != after) co_return false;
  for (const EventRecord& event : events) CO_TRY_VOID(co_await CallHandler(tx, event));
  tx.Send(consumer::kMove, options_.name, events.back().position());
  co_return true;
}

Task<Result<void>> Consumer::CallHandler(Transaction& tx, const EventRecord& event) {
  try {
    co_return co_await handler_(tx, event);
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) throw;
    co_return Fail(Reason::kInternal, std::string("handler threw: ") + error.what());
  } catch (const std::exception& error) {
    co_return Fail(Reason::kInternal, std::string("handler threw: ") + error.what());
  }
}

Task<Result<bool>> Consumer::HandleAlone(std::int64_t after, const EventRecord& event) {
  CO_TRY(auto counted,
         co_await database_.Write(Options(), consumer::kTry, options_.name, after, event.position()));
  if (counted.empty()) co_return false;
  const std::int32_t tries = counted.front();
  // More than it may: the process died of it the last time, before it could be parked.
  if (tries > options_.tries) {
    co_return co_await Park(after, event, tries - 1,
                            Fail(Reason::kInternal, "the process ended while handling").value());
  }
  auto done = co_await HandleTogether(after, std::span(&event, 1));
  if (done) co_return done;
  if (consumer::SomethingIsDown(done.error())) {
    (void)co_await database_.Write(Options(), consumer::kUntry, options_.name, event.position());
    co_return done;
  }
  if (tries >= options_.tries) co_return co_await Park(after, event, tries, done.error());
  co_return done;
}

namespace consumer {

Task<Result<bool>> ParkIn(Transaction& tx, std::string name, std::int64_t after, const EventRecord& event,
                          std::int32_t tries, std::string why) {
  CO_TRY(auto position, co_await tx.RunOne(kLock, name));
  if (position != after) co_return false;
  tx.Send(kPark, name, event.position(), AsBytes(event.SerializeAsString()), tries, why);
  tx.Send(kMove, name, event.position());
  co_return true;
}

}  // namespace consumer

Task<Result<bool>> Consumer::Park(std::int64_t after, const EventRecord& event, std::int32_t tries,
                                  const Error& why) {
  const std::string reason = std::string(Describe(why.reason).code) + ": " + why.diagnostic;
  CO_TRY(bool parked, co_await database_.Transact(Options(), [&](Transaction& tx) {
    return consumer::ParkIn(tx, options_.name, after, event, tries, reason);
  }));
  if (!parked) co_return false;
  ++figures_.parked;
  log::Error("event parked", {{log::kTask, options_.name},
                              {log::kPosition, event.position()},
                              {log::kEventId, event.id()},
                              {log::kReason, Describe(why.reason).code},
                              {log::kDetail, why.diagnostic}});
  if (alarm_) alarm_(event.position(), why);
  Passed(event, 0);
  co_return true;
}

void Consumer::Passed(const EventRecord& last, std::size_t count) {
  figures_.position = last.position();
  figures_.handled += count;
  figures_.last_event_at = TimeOf(last.at());
}

Task<Result<void>> Consumer::RetryParked(std::int64_t position, std::function<void(Transaction&)> also) {
  struct Again {
    static Task<Result<void>> Run(Consumer& consumer, Transaction& tx, std::int64_t position,
                                  const std::function<void(Transaction&)>& also) {
      CO_TRY(auto bytes, co_await tx.RunOne(consumer::kTakeParked, consumer.options_.name, position));
      if (!bytes) co_return Fail(Reason::kNotFound, "no such parked event");
      EventRecord event;
      if (!event.ParseFromArray(bytes->data(), static_cast<int>(bytes->size()))) {
        co_return Fail(Reason::kInternal, "the parked event does not parse");
      }
      if (also) also(tx);
      co_return co_await consumer.CallHandler(tx, event);
    }
  };
  co_return co_await database_.Transact(
      Options(), [&](Transaction& tx) { return Again::Run(*this, tx, position, also); });
}

void Consumer::Restart(Transaction& tx) {
  tx.Send(consumer::kMove, options_.name, 0);
  tx.Send(consumer::kForgetParked, options_.name);
}

StatementTable Consumer::Statements() {
  StatementTable table =
      aplus::Statements(consumer::kRead, consumer::kBegin, consumer::kLock, consumer::kMove, consumer::kTry,
                        consumer::kUntry, consumer::kPark, consumer::kTakeParked, consumer::kForgetParked);
  return table.Add(ParkedEventStatements());
}

namespace consumer {

class Local final : public EventSource {
 public:
  Local(std::string service, EventLog& log) : service_(std::move(service)), log_(log) {}
  const std::string& service() const override { return service_; }
  Task<Result<std::vector<EventRecord>>> Pull(std::int64_t after, int limit) override {
    return log_.Pull(after, limit, SteadyClock::now() + std::chrono::seconds(3));
  }

 private:
  std::string service_;
  EventLog& log_;
};

}  // namespace consumer

std::unique_ptr<EventSource> LocalEvents(std::string service, EventLog& log) {
  return std::make_unique<consumer::Local>(std::move(service), log);
}

}  // namespace aplus
