// Reads another service's events, each exactly once in effect: the cursor moves in the transaction of the
// effect. Nothing is lost when the process dies, nothing happens twice, and starting from zero rebuilds.
//
// A handler's error rolls its effect back and the event is tried again, first alone, then with growing
// pauses; after ten tries it is parked (table event_parked), an alarm is raised, and the cursor goes on.
// Errors that say that something is down (kUnavailable, kTimeout) are no fault of the event: they are tried
// for ever. Replicas of a service may run the same consumer: the cursor's row lock lets one at a time
// through.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libs/events/event.h"
#include "libs/events/event_log.h"
#include "libs/postgres/database.h"
#include "libs/redis/doorbell.h"
#include "libs/runtime/task_scope.h"

namespace aplus {

class Channel;

// Where events come from.
class EventSource {
 public:
  virtual ~EventSource() = default;
  // Name of the service that keeps the log.
  virtual const std::string& service() const = 0;
  virtual Task<Result<std::vector<EventRecord>>> Pull(std::int64_t after, int limit) = 0;
};

// Another service's log, by aplus.events.v1.EventLog.Pull. The channel must outlive it.
std::unique_ptr<EventSource> RemoteEvents(std::string service, Channel& channel);
// The process's own log.
std::unique_ptr<EventSource> LocalEvents(std::string service, EventLog& log);

struct ConsumerOptions {
  std::string name;  // of the consumer; its cursor stands under it: "mails"
  int batch = 100;   // events in one transaction while all goes well
  int tries = 10;
  Duration poll = std::chrono::seconds(1);
  Duration transaction_limit = std::chrono::seconds(10);
  Duration retry_min = std::chrono::milliseconds(100);
  Duration retry_max = std::chrono::seconds(30);
  DbPrincipal principal = DbPrincipal::System();
};

struct ConsumerFigures {
  std::int64_t position = 0;  // the cursor
  std::uint64_t handled = 0;
  std::uint64_t failures = 0;  // rolled back
  std::uint64_t parked = 0;    // since the process started
  Time last_event_at{};        // `at` of the last event handled: now less this is the lag
};

class Consumer {
 public:
  // Its statements go through the transaction that also moves the cursor. Events of kinds it does not know it
  // answers with success. It may be run again for the same event after a rollback.
  using Handler = std::function<Task<Result<void>>(Transaction&, const EventRecord&)>;

  // `doorbell` may be nullptr: the poll is the truth. All references must outlive this.
  Consumer(ConsumerOptions options, std::unique_ptr<EventSource> source, Handler handler, Database& database,
           Doorbell* doorbell, Executor executor);
  ~Consumer();
  Consumer(const Consumer&) = delete;
  Consumer& operator=(const Consumer&) = delete;

  void Start();
  Task<> Stop();

  // One round: pulls and handles at most a batch; answers how many events the cursor passed.
  Task<Result<int>> RunOnce();

  // Handles a parked event again, in order of the operator's asking; it leaves event_parked on success.
  // `also` queues what belongs into the same transaction.
  Task<Result<void>> RetryParked(std::int64_t position, std::function<void(Transaction&)> also = {});
  // Sets the cursor back to the beginning, in the given transaction, with the deletion of the effects.
  void Restart(Transaction& tx);

  // Called on the io thread when an event is parked, besides the log line and figures().parked.
  void OnParked(std::function<void(std::int64_t position, const Error&)> alarm) { alarm_ = std::move(alarm); }

  const std::string& name() const { return options_.name; }
  const ConsumerFigures& figures() const { return figures_; }
  static StatementTable Statements();

 private:
  struct Cursor {
    std::int64_t position = 0;
    std::optional<std::int64_t> failing_position;
    std::int32_t tries = 0;
  };

  Task<> Loop();
  Task<Result<Cursor>> ReadCursor();
  // One transaction for all of `events`. Answers false when another replica has moved on or is at it.
  Task<Result<bool>> HandleTogether(std::int64_t after, std::span<const EventRecord> events);
  Task<Result<bool>> HandleIn(Transaction& tx, std::int64_t after, std::span<const EventRecord> events);
  Task<Result<bool>> HandleAlone(std::int64_t after, const EventRecord& event);
  Task<Result<bool>> Park(std::int64_t after, const EventRecord& event, std::int32_t tries, const Error& why);
  Task<Result<void>> CallHandler(Transaction& tx, const EventRecord& event);
  TransactionOptions Options() const;
  void Passed(const EventRecord& last, std::size_t count);

  ConsumerOptions options_;
  std::unique_ptr<EventSource> source_;
  Handler handler_;
  Database& database_;
  Doorbell* doorbell_;
  TaskScope scope_;
  Doorbell::Listener listener_;
  Event woken_;
  // Events up to here are handled one by one: after a failure, and after a start, for the last process may
  // have died of one of them.
  std::optional<std::int64_t> careful_until_;
  bool began_ = false;
  std::function<void(std::int64_t, const Error&)> alarm_;
  ConsumerFigures figures_;
};

}  // namespace aplus
