#include "libs/postgres/lease_pool.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "libs/postgres/core.h"

namespace aplus::postgres {

// Completes with `connection` set, or with an error.
struct LeasePool::Waiter final : Reply {
  using Reply::Reply;
  std::shared_ptr<Connection> connection;
  bool gone = false;
};

namespace lease {

// Runs `then` when the server has answered, whatever it answered.
struct Afterwards final : Reply {
  Afterwards(Executor executor, std::function<void()> what) : Reply(executor), then(std::move(what)) {}
  void OnDone() override {
    if (auto what = std::exchange(then, nullptr)) what();
  }
  std::function<void()> then;
};

}  // namespace lease

Task<Result<std::shared_ptr<Connection>>> LeasePool::Lease(Deadline deadline) {
  if (core_.draining) co_return Fail(Reason::kUnavailable, "closing");
  const SteadyTime now = SteadyClock::now();
  if (deadline <= now) co_return Fail(Reason::kTimeout, "no time left before the transaction");
  while (!idle_.empty() && waiters_.empty()) {
    std::shared_ptr<Connection> connection = std::move(idle_.back());
    idle_.pop_back();
    if (connection->broken()) continue;
    ++leased_;
    co_return connection;
  }
  struct Leave {
    ~Leave() {
      waiter->gone = true;
      // Given one in the very moment of being cancelled.
      if (waiter->connection) pool.Return(std::move(waiter->connection));
    }
    LeasePool& pool;
    std::shared_ptr<Core> core;  // a cancelled caller may be the last to leave
    std::shared_ptr<Waiter> waiter;
  } guard{*this, core_.shared_from_this(), std::make_shared<Waiter>(core_.executor)};
  waiters_.push_back(guard.waiter);
  const SteadyTime until = std::min(deadline, now + core_.options.lease_wait);
  if (!co_await Reply::Wait(guard.waiter, until)) {
    if (until == deadline) co_return Fail(Reason::kTimeout, "no database connection in time");
    Error error;
    error.reason = Reason::kUnavailable;
    error.retry_after_seconds = 1;
    error.diagnostic = "no database connection was free in time";
    co_return Fail(std::move(error));
  }
  if (!guard.waiter->connection) co_return Fail(guard.waiter->Why());
  co_return std::exchange(guard.waiter->connection, nullptr);
}

int LeasePool::waiting() const {
  return static_cast<int>(
      std::count_if(waiters_.begin(), waiters_.end(), [](const auto& w) { return !w->gone; }));
}

void LeasePool::Join(std::shared_ptr<Connection> connection) {
  std::erase_if(all_, [](const auto& weak) { return weak.expired(); });
  all_.push_back(connection);
  Give(std::move(connection));
}

void LeasePool::Give(std::shared_ptr<Connection> connection) {
  if (core_.closing) return connection->Break("closing");
  while (!waiters_.empty()) {
    const std::shared_ptr<Waiter> waiter = std::move(waiters_.front());
    waiters_.pop_front();
    if (waiter->gone) continue;
    ++leased_;
    waiter->connection = std::move(connection);
    return waiter->Complete(Reply::State::kRows, {}, std::nullopt);
  }
  idle_.push_back(std::move(connection));
}

void LeasePool::Return(std::shared_ptr<Connection> connection) {
  if (connection->broken()) {
    --leased_;
  } else if (connection->in_flight() == 0 && !connection->unsynced() && connection->transaction_idle()) {
    --leased_;
    Give(std::move(connection));
  } else {
    Clean(connection, 1);
  }
}

void LeasePool::Clean(const std::shared_ptr<Connection>& connection, int attempt) {
  // A statement that still runs is asked to stop. ROLLBACK goes only after that was answered: a cancel that
  // arrives late must not hit what comes next. What was queued and never flushed runs nowhere yet.
  if (connection->in_flight() > 0 && !connection->unsynced()) {
    auto asked = std::make_shared<lease::Afterwards>(core_.executor,
                                                     [core = core_.shared_from_this(), connection, attempt] {
                                                       core->leases.RollBack(connection, attempt);
                                                     });
    if (core_.reads.CancelBackend(connection->backend_pid(), std::move(asked))) return;
  }
  RollBack(connection, attempt);
}

void LeasePool::RollBack(const std::shared_ptr<Connection>& connection, int attempt) {
  auto cleaned = std::make_shared<lease::Afterwards>(
      core_.executor, [core = core_.shared_from_this(), connection, attempt] {
        LeasePool& pool = core->leases;
        if (!connection->broken() && !connection->transaction_idle() && attempt < 3) {
          return pool.RollBack(connection, attempt + 1);  // the cancel hit the ROLLBACK itself
        }
        if (!connection->broken() && !connection->transaction_idle()) connection->Break("cannot roll back");
        --pool.leased_;
        if (!connection->broken()) pool.Give(connection);
      });
  connection->Send(kRollback.name, {}, nullptr);
  connection->Sync(std::move(cleaned));
  connection->Flush();
}

void LeasePool::Close() {
  Error closing;
  closing.reason = Reason::kUnavailable;
  closing.diagnostic = "closing";
  for (const auto& waiter : std::exchange(waiters_, {})) waiter->Complete(Reply::State::kError, {}, closing);
  for (const auto& connection : std::exchange(idle_, {})) connection->Break("closing");
}

void LeasePool::CloseAll() {
  for (const auto& weak : std::exchange(all_, {})) {
    if (const auto connection = weak.lock()) connection->Break("closing");
  }
}

}  // namespace aplus::postgres
