// A service's event log: written in the transaction of the change, numbered after its commit.
//
// Writers insert into `event`. The relay (this class's job; replicas take turns by an advisory lock) gives
// committed events their position: 1, 2, 3 … without gaps, never changed. It takes what its snapshot sees and
// remembers the oldest transaction that was still running, so an event that commits late is numbered late and
// none is passed over. Two events of which the second writer saw the first's commit keep that order; so
// whoever locks the row it changes before it appends gets, per row, the order of commits.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/random.h"
#include "libs/base/result.h"
#include "libs/base/time.h"
#include "libs/events/event.h"
#include "libs/postgres/database.h"
#include "libs/redis/doorbell.h"
#include "libs/runtime/task.h"
#include "libs/runtime/task_scope.h"

namespace aplus {

struct EventLogFigures {
  std::int64_t position = 0;   // the last one that this process knows of
  std::uint64_t numbered = 0;  // by this process
  std::uint64_t failures = 0;  // of the relay; it goes on
};

class EventLog {
 public:
  // `service` names the doorbell's channel, EventChannel(service). `doorbell` may be nullptr. All references
  // must outlive this.
  EventLog(std::string service, Database& database, Doorbell* doorbell, Executor executor);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // Starts the relay; Stop joins it and wakes everybody who waits.
  void Start();
  Task<> Stop();

  // Events with position > after, in order, at most `limit` (1 … 1 000, default when 0: 100).
  Task<Result<std::vector<EventRecord>>> Pull(std::int64_t after, int limit, Deadline deadline);
  // Until there may be an event beyond `after`, at most `wait`. May return early for nothing. Answers false
  // once the log is stopped.
  Task<bool> WaitBeyond(std::int64_t after, Duration wait);

  // The relay looks at once; EventWriter calls it after each commit with events. Cheap.
  void Nudge();

  // One round of the relay: how many events it numbered. 0 also when another replica is at it.
  Task<Result<int>> NumberCommitted();

  EventLogFigures figures() const;
  static StatementTable Statements();

 private:
  Task<> Relay();
  // NumberCommitted when something waits to be numbered.
  Task<Result<int>> NumberWaiting();
  void Advance(std::int64_t position);

  std::string service_;
  Database& database_;
  Doorbell* doorbell_;
  TaskScope scope_;
  Doorbell::Listener listener_;
  Event nudged_;
  Event advanced_;  // pulsed when a new position is known
  bool stopped_ = false;
  EventLogFigures figures_;
};

// The doorbell's channel for a service's events.
std::string EventChannel(std::string_view service);

class EventWriter {
 public:
  EventWriter(EventLog& log, const Clock& clock, Random& random)
      : log_(log), clock_(clock), random_(random) {}

  // Queued in the writer's transaction: committed with it or not at all. Lock what the event is about first
  // (see above). Answers the event's id.
  EventId Append(Transaction& tx, const DomainEvent& event);

 private:
  EventLog& log_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace aplus
