// The part of a transaction that Database::Transact drives and that does not depend on the body's type.
// Nothing outside libs/postgres includes this.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "libs/base/result.h"
#include "libs/postgres/transaction.h"
#include "libs/runtime/task.h"

namespace aplus {
struct TransactionOptions;

namespace postgres {

class Core;
class Connection;

class TransactionDriver {
 public:
  TransactionDriver(std::shared_ptr<Core> core, const TransactionOptions& options);
  // Rolls back what was not committed; the connection finds its own way home.
  ~TransactionDriver();
  TransactionDriver(const TransactionDriver&) = delete;
  TransactionDriver& operator=(const TransactionDriver&) = delete;

  // Waits for a connection; BEGIN, time limits and principal are queued, not yet sent.
  Task<Result<void>> Lease();
  Transaction& transaction() { return transaction_; }
  // Sends COMMIT behind what is queued and waits for all of it, cancelled or not.
  Task<Result<void>> Commit();
  // Queues ROLLBACK and lets go of the connection; does not wait. Idempotent.
  void Rollback();

  // The transaction failed in a way that may pass when tried again, and trying is allowed.
  bool MayRetry(int attempt) const;
  // A short random pause, so that two that met in a deadlock do not meet again.
  Task<> Backoff(int attempt);

 private:
  friend class aplus::Transaction;
  std::shared_ptr<Reply> Enqueue(BoundStatement statement);
  Task<Result<RawResult>> Wait(std::shared_ptr<Reply> reply);

  void NoteFailure(Error error, bool transient);

  std::shared_ptr<Core> core_;
  bool repeatable_;
  Transaction transaction_;
  std::shared_ptr<Connection> connection_;       // held while leased
  std::vector<std::shared_ptr<Reply>> replies_;  // of statements whose success COMMIT must confirm
  std::optional<Error> failed_;                  // the first error of a statement
  bool transient_ = false;                       // … was a deadlock or serialization failure
};

}  // namespace postgres
}  // namespace aplus
