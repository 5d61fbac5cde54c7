#include "libs/postgres/driver.h"

#include <libpq-fe.h>

#include <algorithm>
#include <random>
#include <string_view>
#include <utility>

#include "libs/postgres/core.h"
#include "libs/postgres/sqlstate.h"

namespace aplus {

std::shared_ptr<postgres::Reply> Transaction::Enqueue(BoundStatement statement) {
  return driver_.Enqueue(std::move(statement));
}

Task<Result<RawResult>> Transaction::Wait(std::shared_ptr<postgres::Reply> reply) {
  return driver_.Wait(std::move(reply));
}

Result<RawResult> Transaction::TakeNow(postgres::Reply& reply) { return reply.Take(); }

namespace postgres {

TransactionDriver::TransactionDriver(std::shared_ptr<Core> core, const TransactionOptions& options)
    : core_(std::move(core)),
      repeatable_(options.repeatable),
      transaction_(*this, options.deadline, options.principal) {}

TransactionDriver::~TransactionDriver() { Rollback(); }

Task<Result<void>> TransactionDriver::Lease() {
  CO_TRY(connection_, co_await core_->leases.Lease(transaction_.deadline_));
  connection_->Send(kBegin.name, {}, nullptr);
  const Context wanted =
      Context::For(core_->options, transaction_.deadline_, transaction_.principal_, SteadyClock::now());
  if (wanted != Context::Default(core_->options)) {
    connection_->Send(kContext.name, wanted.Bind().params, nullptr);
  }
  co_return Result<void>{};
}

std::shared_ptr<Reply> TransactionDriver::Enqueue(BoundStatement statement) {
  auto reply = std::make_shared<Reply>(core_->executor);
  if (!failed_ && !connection_)
    failed_ = Fail(Reason::kInternal, "statement after the transaction's end").value();
  if (!failed_) {
    if (auto admitted = core_->Admit(statement, transaction_.principal_); !admitted)
      failed_ = admitted.error();
  }
  if (failed_) {
    reply->Complete(Reply::State::kAborted, {}, failed_);
    return reply;
  }
  connection_->Send(statement.name, statement.params, reply);
  replies_.push_back(reply);
  return reply;
}

Task<Result<RawResult>> TransactionDriver::Wait(std::shared_ptr<Reply> reply) {
  if (!reply->done()) {
    if (connection_->unsynced()) connection_->Sync();
    connection_->Flush();
    if (!co_await Reply::Wait(reply, Reply::Patience(transaction_.deadline_))) {
      ++core_->figures.timeouts;
      NoteFailure(Fail(Reason::kTimeout, "no answer from the database in time").value(), false);
      Rollback();
      co_return Fail(*failed_);
    }
  }
  if (reply->state != Reply::State::kRows) NoteFailure(reply->Why(), reply->transient);
  co_return reply->Take();
}

void TransactionDriver::NoteFailure(Error error, bool transient) {
  if (failed_) return;
  failed_ = std::move(error);
  transient_ = transient;
}

Task<Result<void>> TransactionDriver::Commit() {
  if (!failed_ && !connection_) NoteFailure(Fail(Reason::kInternal, "committed twice").value(), false);
  // What was answered and never asked for.
  for (const auto& reply : replies_) {
    if (reply->done() && reply->state != Reply::State::kRows) NoteFailure(reply->Why(), reply->transient);
  }
  if (failed_) {
    Rollback();
    co_return Fail(*failed_);
  }
  auto committed = std::make_shared<Reply>(core_->executor);
  connection_->Send(kCommit.name, {}, committed);
  connection_->Sync();
  connection_->Flush();
  // From here to its answer nothing cuts: the caller must learn what became of it.
  // A call without deadline (a stream) does not wait for ever either: the outcome is unknown some time.
  const SteadyTime now = SteadyClock::now();
  const bool endless = transaction_.deadline_ == SteadyTime::max();
  const SteadyTime until =
      (endless ? now : std::max(transaction_.deadline_, now)) + core_->options.commit_wait;
  if (!co_await Reply::WaitUncancelled(committed, until)) {
    ++core_->figures.unknown_commits;
    connection_->Break("COMMIT without answer");
    core_->leases.Return(std::exchange(connection_, nullptr));
    co_return Fail(CommitUnknownError("no answer in time"));
  }
  for (const auto& reply : replies_) {
    if (reply->state != Reply::State::kRows && reply->state != Reply::State::kLost) {
      NoteFailure(reply->Why(), reply->transient);
    }
  }
  if (!failed_ && committed->state == Reply::State::kLost) {
    ++core_->figures.unknown_commits;
    Rollback();
    co_return Fail(CommitUnknownError(committed->Why().diagnostic));
  }
  if (!failed_ && committed->state != Reply::State::kRows)
    NoteFailure(committed->Why(), committed->transient);
  if (!failed_ &&
      std::string_view(PQcmdStatus(const_cast<pg_result*>(committed->result.get()))) != "COMMIT") {
    NoteFailure(Fail(Reason::kInternal, "COMMIT of a failed transaction").value(), false);
  }
  if (!failed_ && committed->warned) {
    // Committed here, yet a synchronous standby may not have it (SECURITY 3.5).
    ++core_->figures.unknown_commits;
    Rollback();
    co_return Fail(CommitUnknownError("the server warned while committing"));
  }
  if (failed_) {
    Rollback();
    co_return Fail(*failed_);
  }
  ++core_->figures.transactions;
  core_->leases.Return(std::exchange(connection_, nullptr));
  for (const auto& wake : std::exchange(transaction_.after_commit_, {})) wake();
  co_return Result<void>{};
}

void TransactionDriver::Rollback() {
  if (!connection_) return;
  ++core_->figures.rollbacks;
  core_->leases.Return(std::exchange(connection_, nullptr));
}

bool TransactionDriver::MayRetry(int attempt) const {
  return repeatable_ && transient_ && attempt < 3 && SteadyClock::now() < transaction_.deadline_;
}

Task<> TransactionDriver::Backoff(int attempt) {
  ++core_->figures.retries;
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<int> pause(1, 10 << attempt);
  co_await Sleep(std::chrono::milliseconds(pause(random)));
}

}  // namespace postgres
}  // namespace aplus
