#include "libs/postgres/read_lane.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include "libs/postgres/core.h"

namespace aplus::postgres {

namespace read_lane {
constexpr int kMaxLosses = 5;  // the deadline ends it sooner where nothing can be reached
}

// One read. It is the reply that the connection completes; the caller waits on `answer`, because a read may
// be sent more than once.
struct ReadLane::Unit final : Reply, std::enable_shared_from_this<Unit> {
  Unit(ReadLane& of, ReadContext with, BoundStatement what)
      : Reply(of.core_.executor),
        core(of.core_.shared_from_this()),
        lane(of),
        context(std::move(with)),
        statement(std::move(what)),
        answer(std::make_shared<Reply>(of.core_.executor)) {}

  void OnDone() override { lane.OnAnswer(shared_from_this()); }
  void Reset() {
    state = State::kWaiting;
    result = RawResult();
    error.reset();
  }

  // A connection may answer after everybody else has let go.
  std::shared_ptr<Core> core;
  ReadLane& lane;
  ReadContext context;
  BoundStatement statement;
  std::shared_ptr<Reply> answer;
  bool sent = false;
  bool alone = false;      // under a Sync of its own
  int losses = 0;          // connections that broke under it
  bool abandoned = false;  // nobody waits any more
};

Task<Result<RawResult>> ReadLane::Read(ReadContext context, BoundStatement statement) {
  CO_TRY_VOID(core_.Admit(statement, context.principal));
  if (core_.draining) co_return Fail(Reason::kUnavailable, "closing");
  if (waiting_.size() >= static_cast<std::size_t>(core_.options.max_waiting)) {
    co_return Fail(Reason::kUnavailable, "too many reads wait");
  }
  const SteadyTime now = SteadyClock::now();
  const SteadyTime deadline = context.deadline;
  if (deadline <= now) co_return Fail(Reason::kTimeout, "no time left before reading");
  struct Abandon {
    ~Abandon() { unit->abandoned = true; }
    std::shared_ptr<Unit> unit;
  } guard{std::make_shared<Unit>(*this, std::move(context), std::move(statement))};
  const std::shared_ptr<Unit>& unit = guard.unit;
  ++core_.figures.reads;
  waiting_.push_back(unit);
  Schedule();
  const bool early = co_await Reply::Wait(unit->answer, std::min(deadline, now + core_.options.lease_wait));
  if (!early && !unit->sent && SteadyClock::now() < deadline) {
    co_return Fail(Reason::kUnavailable, "no database connection took the read in time");
  }
  if (!early) {
    const bool answered = co_await Reply::Wait(unit->answer, Reply::Patience(deadline));
    if (!answered) {
      ++core_.figures.timeouts;
      co_return Fail(Reason::kTimeout, "no answer from the database in time");
    }
  }
  co_return unit->answer->Take();
}

void ReadLane::Join(std::shared_ptr<Connection> connection) {
  connections_.push_back(std::move(connection));
  Schedule();
}

void ReadLane::Schedule() {
  if (scheduled_ || waiting_.empty()) return;
  scheduled_ = true;
  // After everything else that is ready in this turn, so that its reads join the batch.
  boost::asio::post(core_.executor, [this, alive = core_.weak_from_this()] {
    if (const auto core = alive.lock()) SendWaiting();
  });
}

std::shared_ptr<Connection> ReadLane::Quietest() {
  std::erase_if(connections_, [](const auto& connection) { return connection->broken(); });
  const auto least =
      std::min_element(connections_.begin(), connections_.end(),
                       [](const auto& a, const auto& b) { return a->in_flight() < b->in_flight(); });
  return least == connections_.end() ? nullptr : *least;
}

void ReadLane::SendWaiting() {
  scheduled_ = false;
  const std::shared_ptr<Connection> connection = Quietest();
  if (!connection) return;  // Join schedules anew
  std::vector<std::shared_ptr<Unit>> batch;
  while (!connection->broken() && !waiting_.empty() && in_flight_ < core_.options.max_in_flight) {
    std::shared_ptr<Unit> unit = std::move(waiting_.front());
    waiting_.pop_front();
    if (unit->abandoned) continue;
    ++in_flight_;
    unit->sent = true;
    if (unit->alone) {
      SendBatch(*connection, {unit});
    } else {
      batch.push_back(std::move(unit));
    }
  }
  if (!batch.empty()) SendBatch(*connection, batch);
  connection->Flush();
}

void ReadLane::SendBatch(Connection& connection, const std::vector<std::shared_ptr<Unit>>& batch) {
  const SteadyTime now = SteadyClock::now();
  // The Sync before ended the last batch's settings with its transaction.
  Context current = Context::Default(core_.options);
  for (const std::shared_ptr<Unit>& unit : batch) {
    Context wanted = Context::For(core_.options, unit->context.deadline, unit->context.principal, now);
    if (wanted != current) {
      connection.Send(kContext.name, wanted.Bind().params, nullptr);
      current = std::move(wanted);
    }
    connection.Send(unit->statement.name, unit->statement.params, unit);
  }
  connection.Sync();
  ++core_.figures.read_batches;
}

void ReadLane::OnAnswer(const std::shared_ptr<Unit>& unit) {
  --in_flight_;
  const Reply::State outcome = unit->state;
  // What the server said when it ended the connection may have hit the context statement before this one.
  const bool lost = outcome == Reply::State::kLost ||
                    (outcome == Reply::State::kAborted && unit->Why().reason == Reason::kUnavailable);
  const bool again =
      lost ? unit->losses < read_lane::kMaxLosses : outcome == Reply::State::kAborted && !unit->alone;
  if (again && !unit->abandoned && !core_.closing) {
    // A read has no effect, so it may go again; alone, so that nobody's error is another's twice.
    if (lost) ++unit->losses;
    unit->alone = true;
    unit->Reset();
    ++core_.figures.rerun_alone;
    waiting_.push_front(unit);
  } else {
    unit->answer->Complete(outcome, std::move(unit->result), std::move(unit->error));
  }
  Schedule();
}

bool ReadLane::CancelBackend(int pid, std::shared_ptr<Reply> asked) {
  const std::shared_ptr<Connection> connection = Quietest();
  if (!connection) return false;
  connection->Send(kCancelBackend.name, Bind(kCancelBackend, pid).statement.params, std::move(asked));
  connection->Sync();
  connection->Flush();
  return true;
}

void ReadLane::Close() {
  for (const auto& unit : std::exchange(waiting_, {})) {
    unit->answer->Complete(Reply::State::kError, {}, Fail(Reason::kUnavailable, "closing").value());
  }
  for (const auto& connection : std::exchange(connections_, {})) connection->Break("closing");
}

}  // namespace aplus::postgres
