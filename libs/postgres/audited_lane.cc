#include "libs/postgres/audited_lane.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <string_view>
#include <utility>

#include "libs/postgres/core.h"
#include "libs/postgres/sqlstate.h"

namespace aplus::postgres {

namespace audited {
constexpr std::size_t kMaxGroup = 64;
}

struct AuditedLane::Unit {
  ReadContext context;
  std::vector<BoundStatement> reads;
  Decision decide;
  std::shared_ptr<Reply> answer;
  std::vector<std::shared_ptr<Reply>> replies;  // of the reads
  std::shared_ptr<Reply> line;                  // of the audit line; null: none was sent
  bool taken = false;                           // out of the queue
  bool alone = false;
  bool lost = false;       // its connection broke once already, before anything could be committed
  bool abandoned = false;  // nobody waits any more: no answer, so no line either
};

struct AuditedLane::Group {
  std::shared_ptr<Connection> connection;
  std::vector<std::shared_ptr<Unit>> units;
  std::shared_ptr<Reply> commit;
};

// The end of a round trip.
struct AuditedLane::Step final : Reply {
  Step(std::shared_ptr<Core> keep, std::function<void()> what)
      : Reply(keep->executor), core(std::move(keep)), then(std::move(what)) {}
  void OnDone() override {
    if (auto what = std::exchange(then, nullptr)) what();
  }
  std::shared_ptr<Core> core;
  std::function<void()> then;
};

Task<Result<void>> AuditedLane::Read(ReadContext context, std::vector<BoundStatement> reads,
                                     Decision decide) {
  for (const BoundStatement& statement : reads) CO_TRY_VOID(core_.Admit(statement, context.principal));
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
  } guard{std::make_shared<Unit>()};
  const std::shared_ptr<Unit>& unit = guard.unit;
  unit->context = std::move(context);
  unit->reads = std::move(reads);
  unit->decide = std::move(decide);
  unit->answer = std::make_shared<Reply>(core_.executor);
  waiting_.push_back(unit);
  Schedule();
  const bool early = co_await Reply::Wait(unit->answer, std::min(deadline, now + core_.options.lease_wait));
  if (!early && !unit->taken && SteadyClock::now() < deadline) {
    co_return Fail(Reason::kUnavailable, "no database connection took the read in time");
  }
  if (!early) {
    const bool answered = co_await Reply::Wait(unit->answer, Reply::Patience(deadline));
    if (!answered) {
      ++core_.figures.timeouts;
      co_return Fail(Reason::kTimeout, "no answer from the database in time");
    }
  }
  if (unit->answer->state != Reply::State::kRows) co_return Fail(unit->answer->Why());
  ++core_.figures.audited_reads;
  co_return Result<void>{};
}

void AuditedLane::Join(std::shared_ptr<Connection> connection) { Release(std::move(connection)); }

void AuditedLane::Release(std::shared_ptr<Connection> connection) {
  if (connection->broken()) return;
  if (core_.closing) return connection->Break("closing");
  idle_.push_back(std::move(connection));
  Schedule();
}

void AuditedLane::Schedule() {
  if (scheduled_ || waiting_.empty()) return;
  scheduled_ = true;
  boost::asio::post(core_.executor, [this, alive = core_.weak_from_this()] {
    if (const auto core = alive.lock()) StartGroups();
  });
}

void AuditedLane::StartGroups() {
  scheduled_ = false;
  std::erase_if(idle_, [](const auto& connection) { return connection->broken(); });
  std::erase_if(waiting_, [](const auto& unit) { return unit->abandoned; });
  while (!waiting_.empty() && !idle_.empty()) {
    std::shared_ptr<Connection> connection = std::move(idle_.front());
    idle_.pop_front();
    StartGroup(std::move(connection));
  }
}

void AuditedLane::StartGroup(std::shared_ptr<Connection> connection) {
  auto group = std::make_shared<Group>();
  group->connection = std::move(connection);
  while (!waiting_.empty() && group->units.size() < audited::kMaxGroup) {
    if (waiting_.front()->alone && !group->units.empty()) break;
    group->units.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
    if (group->units.back()->alone) break;
  }
  const SteadyTime now = SteadyClock::now();
  Connection& to = *group->connection;
  to.Send(kBegin.name, {}, nullptr);
  Context current = Context::Default(core_.options);
  for (const std::shared_ptr<Unit>& unit : group->units) {
    unit->taken = true;
    unit->replies.clear();
    unit->line.reset();
    Context wanted = Context::For(core_.options, unit->context.deadline, unit->context.principal, now);
    if (wanted != current) {
      to.Send(kContext.name, wanted.Bind().params, nullptr);
      current = std::move(wanted);
    }
    for (const BoundStatement& read : unit->reads) {
      unit->replies.push_back(std::make_shared<Reply>(core_.executor));
      to.Send(read.name, read.params, unit->replies.back());
    }
  }
  to.Sync(std::make_shared<Step>(core_.shared_from_this(), [this, group] { OnRead(group); }));
  to.Flush();
}

void AuditedLane::OnRead(const std::shared_ptr<Group>& group) {
  for (const std::shared_ptr<Unit>& unit : group->units) {
    for (const std::shared_ptr<Reply>& reply : unit->replies) {
      // Nothing can have been committed yet: the COMMIT has not been sent.
      if (reply->state != Reply::State::kRows) return Abort(group, reply->Why(), true);
    }
  }
  Connection& to = *group->connection;
  if (to.broken()) return Abort(group, Fail(Reason::kUnavailable, "connection lost").value(), true);
  Context current = Context::Default(core_.options);
  for (const std::shared_ptr<Unit>& unit : group->units) {
    if (unit->abandoned) continue;
    std::vector<RawResult> rows;
    for (const std::shared_ptr<Reply>& reply : unit->replies) rows.push_back(std::move(reply->result));
    Result<BoundStatement> line = Fail(Reason::kInternal, "the decision threw");
    try {
      line = unit->decide(std::move(rows));
    } catch (const std::exception& thrown) {
      line = Fail(Reason::kInternal, std::string("the decision threw: ") + thrown.what());
    }
    if (line) {
      if (auto admitted = core_.Admit(*line, unit->context.principal); !admitted) {
        line = tl::unexpected<Error>(admitted.error());
      }
    }
    if (!line) {
      unit->answer->Complete(Reply::State::kError, {}, std::move(line).error());
      continue;
    }
    unit->line = std::make_shared<Reply>(core_.executor);
    to.Send(line->name, line->params, unit->line);
  }
  group->commit = std::make_shared<Reply>(core_.executor);
  to.Send(kCommit.name, {}, group->commit);
  to.Sync(std::make_shared<Step>(core_.shared_from_this(), [this, group] { OnCommitted(group); }));
  to.Flush();
}

void AuditedLane::OnCommitted(const std::shared_ptr<Group>& group) {
  const Reply& commit = *group->commit;
  if (commit.state == Reply::State::kRows && !commit.warned) {
    ++core_.figures.audited_commits;
    for (const std::shared_ptr<Unit>& unit : group->units) {
      if (unit->line) unit->answer->Complete(Reply::State::kRows, {}, std::nullopt);
    }
    return Release(group->connection);
  }
  // The first error is the cause; a commit that may have happened is not run again, so that no line stands
  // twice: these callers were shown nothing and may ask again.
  const bool unknown = commit.state == Reply::State::kLost || commit.warned;
  Error why = unknown ? CommitUnknownError("audited read") : commit.Why();
  if (unknown) ++core_.figures.unknown_commits;
  for (const std::shared_ptr<Unit>& unit : group->units) {
    if (unit->line && unit->line->state == Reply::State::kError) why = unit->line->Why();
  }
  Abort(group, why, !unknown);
}

void AuditedLane::Abort(const std::shared_ptr<Group>& group, const Error& why, bool may_rerun) {
  const bool lost = group->connection->broken();
  ++core_.figures.rollbacks;
  for (auto unit = group->units.rbegin(); unit != group->units.rend(); ++unit) {
    const bool again = may_rerun && !core_.closing && !(*unit)->answer->done() && !(*unit)->abandoned &&
                       (!(*unit)->alone || (lost && !(*unit)->lost));
    if (again) {
      (*unit)->alone = true;
      (*unit)->lost = lost;
      ++core_.figures.rerun_alone;
      waiting_.push_front(*unit);
    } else {
      (*unit)->answer->Complete(Reply::State::kError, {}, why);
    }
  }
  if (lost) return Schedule();
  Connection& to = *group->connection;
  to.Send(kRollback.name, {}, nullptr);
  to.Sync(std::make_shared<Step>(core_.shared_from_this(), [this, group] {
    if (!group->connection->broken() && !group->connection->transaction_idle()) {
      group->connection->Break("cannot roll back");
    }
    Release(group->connection);
    Schedule();
  }));
  to.Flush();
}

void AuditedLane::Close() {
  Error closing;
  closing.reason = Reason::kUnavailable;
  closing.diagnostic = "closing";
  for (const auto& unit : std::exchange(waiting_, {}))
    unit->answer->Complete(Reply::State::kError, {}, closing);
  for (const auto& connection : std::exchange(idle_, {})) connection->Break("closing");
}

}  // namespace aplus::postgres
