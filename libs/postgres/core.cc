#include "libs/postgres/core.h"

#include <algorithm>
#include <random>
#include <utility>

#include "libs/telemetry/log.h"

namespace aplus::postgres {

namespace core {

Duration Jittered(Duration pause) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_real_distribution<double> factor(0.8, 1.2);
  return Duration(static_cast<std::int64_t>(static_cast<double>(pause.count()) * factor(random)));
}

}  // namespace core

Core::Core(DatabaseOptions database_options, StatementTable table, Executor on, BlockingPool& pool)
    : options(std::move(database_options)),
      statements(std::move(table)),
      executor(on),
      reads(*this),
      audited(*this),
      leases(*this),
      pool_(pool),
      first_round_(on),
      scope_(on) {
  const auto add = [this](Lane lane, int count) {
    for (int i = 0; i < count; ++i) {
      slots_.push_back(std::make_unique<Slot>());
      slots_.back()->lane = lane;
    }
  };
  add(Lane::kRead, options.read_connections);
  add(Lane::kAudited, options.audited_connections);
  add(Lane::kLease, options.lease_connections);
}

Task<Result<void>> Core::Start() {
  for (const auto& slot : slots_) scope_.Spawn("database connection", Supervise(*slot));
  const SteadyTime until = SteadyClock::now() + options.connect_timeout;
  for (;;) {
    if (IsReady()) co_return Result<void>{};
    for (const auto& slot : slots_) {
      // What no waiting mends: a wrong password, a statement that does not fit the schema.
      if (slot->last_error && slot->last_error->reason == Reason::kInternal)
        co_return Fail(*slot->last_error);
    }
    const auto left = std::chrono::duration_cast<Duration>(until - SteadyClock::now());
    first_round_.Reset();
    const bool changed = left.count() > 0 && co_await first_round_.WaitFor(left);
    if (changed) continue;
    for (const auto& slot : slots_) {
      if (!slot->ready && slot->last_error) co_return Fail(*slot->last_error);
    }
    co_return Fail(Reason::kUnavailable, "connecting to the database took too long");
  }
}

Task<> Core::Supervise(Slot& slot) {
  Duration pause = options.reconnect_min;
  const SessionKind kind = slot.lane == Lane::kRead ? SessionKind::kReadOnly : SessionKind::kReadWrite;
  while (!closing) {
    auto connected = co_await Connect(options, statements, kind, executor, pool_,
                                      SteadyClock::now() + options.connect_timeout);
    if (!connected) {
      ++figures.connect_failures;
      slot.last_error = std::move(connected).error();
      first_round_.Set();
      log::Warn("database connection failed", {{log::kDetail, slot.last_error->diagnostic}});
      co_await Sleep(core::Jittered(pause));
      pause = std::min<Duration>(pause * 2, options.reconnect_max);
      continue;
    }
    // Close may have come between the last answer and here.
    if (closing) {
      (*connected)->Break("closing");
      co_return;
    }
    pause = options.reconnect_min;
    ++figures.connects;
    ++figures.connections_ready;
    slot.ready = true;
    slot.last_error.reset();
    // Outlives this coroutine's frame in the hook, should it be cancelled while it waits.
    const auto broken = std::make_shared<Event>(executor);
    const std::shared_ptr<Connection> connection = *std::move(connected);
    connection->OnBroken([broken, self = weak_from_this(), &slot](const std::string& why) {
      const auto core = self.lock();
      if (core) {
        slot.ready = false;
        --core->figures.connections_ready;
        if (!core->closing) log::Warn("database connection lost", {{log::kDetail, why}});
      }
      broken->Set();
    });
    HandOver(slot.lane, connection);
    first_round_.Set();
    co_await broken->Wait();
  }
}

void Core::HandOver(Lane lane, const std::shared_ptr<Connection>& connection) {
  switch (lane) {
    case Lane::kRead:
      return reads.Join(connection);
    case Lane::kAudited:
      return audited.Join(connection);
    case Lane::kLease:
      return leases.Join(connection);
  }
}

Result<void> Core::Admit(const BoundStatement& statement, const DbPrincipal& principal) const {
  if (closing) return Fail(Reason::kUnavailable, "closing");
  if (statement.touches == Touches::kContents && principal.IsNobody()) {
    return Fail(Reason::kInternal, "contents statement without principal: " + std::string(statement.name));
  }
  return {};
}

bool Core::IsReady() const {
  return std::all_of(slots_.begin(), slots_.end(), [](const auto& slot) { return slot->ready; });
}

DatabaseFigures Core::Figures() const {
  DatabaseFigures now = figures;
  now.leases_held = leases.leased();
  now.leases_waiting = leases.waiting();
  now.reads_in_flight = reads.in_flight();
  return now;
}

Task<> Core::Close(Deadline deadline) {
  // Transactions under way may still send.
  draining = true;
  leases.Close();
  while (leases.leased() > 0 && SteadyClock::now() < deadline) co_await Sleep(std::chrono::milliseconds(5));
  closing = true;
  scope_.Cancel();
  reads.Close();
  audited.Close();
  leases.Close();
  leases.CloseAll();
  co_await scope_.Join();
}

}  // namespace aplus::postgres
