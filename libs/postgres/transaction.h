// One transaction on a leased connection, as the body given to Database::Transact sees it.
//
//   Task<Result<RequestNumber>> Create(Transaction& tx, NewRequest request) {
//     auto stored = tx.Send(kInsertRequest, …);       // queued: travels with BEGIN and what follows
//     tx.Send(kInsertParticipant, …);                 // its failure fails the transaction, awaited or not
//     CO_TRY(auto rows, co_await stored.Await());     // one round trip for BEGIN and both
//     …
//   }
//
// READ COMMITTED: each statement sees what is committed when it starts. An error of any statement dooms the
// whole transaction: later statements answer that same error without being sent. Io thread only; lives inside
// the Transact call, so nothing may keep it (nor a Pending) longer than the body runs.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "libs/postgres/principal.h"
#include "libs/postgres/statement.h"
#include "libs/runtime/task.h"

namespace aplus {

// Steady time until which an answer is of use. Sent to the server as statement_timeout and lock_timeout.
using Deadline = SteadyTime;

class Transaction;

namespace postgres {
struct Reply;
class TransactionDriver;
}  // namespace postgres

// The answer of a statement that was queued. Dropping it is fine: COMMIT fails if the statement did.
template <class Row>
class Pending {
 public:
  // Sends what is queued and waits for this statement's answer. Once.
  Task<Result<Answer<Row>>> Await() { return Receive(tx_, std::move(reply_)); }

  // After COMMIT: the answer, without waiting.
  Result<Answer<Row>> Take();

 private:
  friend class Transaction;
  Pending(Transaction* tx, std::shared_ptr<postgres::Reply> reply) : tx_(tx), reply_(std::move(reply)) {}
  // Apart from the object, which may be a temporary that ends before this is awaited.
  static Task<Result<Answer<Row>>> Receive(Transaction* tx, std::shared_ptr<postgres::Reply> reply);

  Transaction* tx_;
  std::shared_ptr<postgres::Reply> reply_;
};

class Transaction {
 public:
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Queues, sends everything queued, waits for this answer. Parameters are copied before it returns.
  template <class Row, class... Params>
  Task<Result<Answer<Row>>> Run(const Statement<Row, Params...>& statement,
                                const std::type_identity_t<Params>&... params) {
    return Send(statement, params...).Await();
  }

  // The first row, or nullopt; for statements that answer at most one.
  template <class Row, class... Params>
  Task<Result<std::optional<Row>>> RunOne(const Statement<Row, Params...>& statement,
                                          const std::type_identity_t<Params>&... params) {
    return FirstOf(Send(statement, params...));
  }

  // Queues without sending: the statement leaves with the next Run, Await or with COMMIT.
  template <class Row, class... Params>
  Pending<Row> Send(const Statement<Row, Params...>& statement,
                    const std::type_identity_t<Params>&... params) {
    return SendBound(Bind(statement, params...));
  }
  template <class Row>
  Pending<Row> SendBound(Bound<Row> bound) {
    return Pending<Row>(this, Enqueue(std::move(bound.statement)));
  }

  // Runs once COMMIT is acknowledged, on the io thread, in the order given; must not throw nor block. For
  // waking others (doorbells): the fact itself belongs into the transaction.
  void AfterCommit(std::function<void()> wake) { after_commit_.push_back(std::move(wake)); }

  Deadline deadline() const { return deadline_; }
  const DbPrincipal& principal() const { return principal_; }

 private:
  friend class postgres::TransactionDriver;
  template <class Row>
  friend class Pending;
  Transaction(postgres::TransactionDriver& driver, Deadline deadline, DbPrincipal principal)
      : driver_(driver), deadline_(deadline), principal_(std::move(principal)) {}

  template <class Row>
  static Task<Result<std::optional<Row>>> FirstOf(Pending<Row> pending) {
    CO_TRY(std::vector<Row> rows, co_await pending.Await());
    if (rows.empty()) co_return std::nullopt;
    co_return std::move(rows.front());
  }

  std::shared_ptr<postgres::Reply> Enqueue(BoundStatement statement);
  Task<Result<RawResult>> Wait(std::shared_ptr<postgres::Reply> reply);
  static Result<RawResult> TakeNow(postgres::Reply& reply);

  postgres::TransactionDriver& driver_;
  Deadline deadline_;
  DbPrincipal principal_;
  std::vector<std::function<void()>> after_commit_;
};

template <class Row>
Result<Answer<Row>> Pending<Row>::Take() {
  TRY(RawResult raw, Transaction::TakeNow(*reply_));
  return Decode<Row>(raw);
}

template <class Row>
Task<Result<Answer<Row>>> Pending<Row>::Receive(Transaction* tx, std::shared_ptr<postgres::Reply> reply) {
  CO_TRY(RawResult raw, co_await tx->Wait(std::move(reply)));
  co_return Decode<Row>(raw);
}

}  // namespace aplus
