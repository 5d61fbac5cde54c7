// A service's database: a few connections in three lanes, all driven from the io thread.
//   read lane      1-2 connections shared by all: single read-only statements, those of one turn of the io
//   loop
//                  under one Sync. A statement aborted because a neighbour failed is run again alone.
//   leases         transactions, one connection each, held from BEGIN to the answer of COMMIT.
//   audited lane   reads that must leave an audit line: several callers share one transaction and one commit.
// Callers wait in order of arrival, never beyond their deadline. A connection that breaks fails what it
// carried with kUnavailable, is replaced with backoff, and nobody else notices.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "libs/base/result.h"
#include "libs/base/secret.h"
#include "libs/postgres/statement.h"
#include "libs/postgres/transaction.h"
#include "libs/runtime/blocking.h"
#include "libs/runtime/config.h"
#include "libs/runtime/task.h"

namespace aplus {

struct DatabaseOptions {
  // For the app role of a service's configuration; its owner role is for migrations (migrations.h).
  static DatabaseOptions From(const DatabaseConfig& config, std::string application_name);

  // libpq connection string: hosts, ports, dbname, user, sslmode, sslrootcert, sslcert, sslkey … Several
  // hosts are tried in order until one takes writes (target_session_attrs=read-write is always added).
  std::string conninfo;
  // Empty: none.
  SecretString password;
  std::string application_name = "aplus";

  int read_connections = 2;
  int audited_connections = 1;
  int lease_connections = 5;
  // Statements sent and unanswered on the read lane, and those that may wait behind them.
  int max_in_flight = 64;
  int max_waiting = 1024;

  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds lease_wait{500};          // then kUnavailable
  std::chrono::milliseconds statement_timeout{3000};  // or what is left until the deadline, if less
  std::chrono::milliseconds lock_timeout{500};        // likewise
  std::chrono::milliseconds idle_in_transaction{10000};
  std::chrono::milliseconds tcp_user_timeout{5000};
  // How long a COMMIT may stay without answer before its outcome is called unknown.
  std::chrono::milliseconds commit_wait{5000};
  std::chrono::milliseconds reconnect_min{100};
  std::chrono::milliseconds reconnect_max{5000};
};

// What a read needs besides its parameters.
struct ReadContext {
  Deadline deadline;
  DbPrincipal principal = {};
};

struct TransactionOptions {
  Deadline deadline;
  DbPrincipal principal = {};
  // The body has no effect but its statements, so it may run again after a deadlock or serialization failure
  // (40001, 40P01), at most twice. Otherwise such a failure answers kUnavailable.
  bool repeatable = false;
};

// What the decision of an audited read answers: the value (or refusal) for the caller, and the audit line
// that must be committed before the caller gets either.
template <class Value>
struct Audited {
  Result<Value> answer;
  BoundStatement line;
};

// Since the process started.
struct DatabaseFigures {
  std::uint64_t reads = 0;
  std::uint64_t read_batches = 0;  // Syncs on the read lane
  std::uint64_t rerun_alone = 0;   // statements run again because of a neighbour
  std::uint64_t transactions = 0;  // committed
  std::uint64_t rollbacks = 0;
  std::uint64_t retries = 0;          // after deadlock or serialization failure
  std::uint64_t unknown_commits = 0;  // COMMIT sent, answer lost
  std::uint64_t audited_reads = 0;
  std::uint64_t audited_commits = 0;
  std::uint64_t connects = 0;
  std::uint64_t connect_failures = 0;
  std::uint64_t timeouts = 0;
  int connections_ready = 0;
  int leases_held = 0;
  int leases_waiting = 0;
  int reads_in_flight = 0;
};

namespace postgres {
class Core;
}

// Io thread only.
class Database {
 public:
  // Connects every lane, prepares every statement, compares it with the schema. kUnavailable when no server
  // takes writes within connect_timeout; kInternal, naming statement and column, when a type differs.
  // `pool` looks up names and sends cancel requests; it must outlive the database.
  static Task<Result<std::unique_ptr<Database>>> Open(DatabaseOptions options, StatementTable statements,
                                                      Executor executor, BlockingPool& pool);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Refuses new work with kUnavailable, waits for running transactions until `deadline`, then disconnects.
  Task<void> Close(Deadline deadline);

  // ---- Reads on the shared lane. The server refuses a statement that writes (read-only session). ----

  template <class Row, class... Params>
  Task<Result<std::vector<Row>>> Query(ReadContext context, const Statement<Row, Params...>& statement,
                                       const std::type_identity_t<Params>&... params) {
    return DecodeAll<Row>(Read(std::move(context), Bind(statement, params...).statement));
  }

  // The first row, or nullopt.
  template <class Row, class... Params>
  Task<Result<std::optional<Row>>> QueryOne(ReadContext context, const Statement<Row, Params...>& statement,
                                            const std::type_identity_t<Params>&... params) {
    return DecodeFirst<Row>(Read(std::move(context), Bind(statement, params...).statement));
  }

  // ---- Transactions. ----

  // Leases a connection, runs body(Transaction&), which returns Task<Result<T>>, and commits when that is a
  // value; an error or exception rolls back. The body may be a lambda that captures if it is no coroutine
  // itself: [&](Transaction& tx) { return Create(tx, request); }
  //
  // kUnavailable with IsCommitUnknown(error) means that COMMIT was sent and its answer lost: it may or may
  // not have happened, and whoever repeats must do so under the same idempotency key. Cancelling the caller
  // before COMMIT is sent rolls back; afterwards the answer is awaited first.
  template <class Body>
  std::invoke_result_t<Body&, Transaction&> Transact(TransactionOptions options, Body body);

  // One statement that writes, in a transaction of its own: one round trip.
  template <class Row, class... Params>
  Task<Result<Answer<Row>>> Write(TransactionOptions options, const Statement<Row, Params...>& statement,
                                  const std::type_identity_t<Params>&... params) {
    return WriteBound<Row>(std::move(options), Bind(statement, params...));
  }

  // ---- Reads that leave an audit line (P90). ----

  // Runs the reads, calls decide(rows of the first, rows of the second, …), which returns Audited<Value>,
  // then commits its line and only then gives the answer: no audit, no answer. Several callers share BEGIN
  // and COMMIT; when one fails, each is run again alone, so `decide` must be pure: it may be called twice,
  // runs on the io thread and neither waits nor throws.
  //   db.AuditedRead(context, decide, Bind(kRequestContents, id), Bind(kMessages, id))
  template <class Decide, class... Rows>
  auto AuditedRead(ReadContext context, Decide decide, Bound<Rows>... reads)
      -> Task<decltype(std::declval<Decide&>()(std::declval<const std::vector<Rows>&>()...).answer)>;

  DatabaseFigures figures() const;
  // A connection of every lane is there.
  bool IsReady() const;

 private:
  explicit Database(std::shared_ptr<postgres::Core> core);

  using AuditDecision = std::function<Result<BoundStatement>(std::vector<RawResult>)>;

  Task<Result<RawResult>> Read(ReadContext context, BoundStatement statement);
  Task<Result<void>> ReadAudited(ReadContext context, std::vector<BoundStatement> reads,
                                 AuditDecision decide);

  template <class Row>
  static Task<Result<std::vector<Row>>> DecodeAll(Task<Result<RawResult>> read) {
    CO_TRY(RawResult raw, co_await std::move(read));
    co_return Decode<Row>(raw);
  }
  template <class Row>
  static Task<Result<std::optional<Row>>> DecodeFirst(Task<Result<RawResult>> read) {
    CO_TRY(RawResult raw, co_await std::move(read));
    CO_TRY(std::vector<Row> rows, Decode<Row>(raw));
    if (rows.empty()) co_return std::nullopt;
    co_return std::move(rows.front());
  }
  template <class Row>
  Task<Result<Answer<Row>>> WriteBound(TransactionOptions options, Bound<Row> bound);

  std::shared_ptr<postgres::Core> core_;
};

// Whether this error means that a COMMIT was sent and nobody knows what became of it.
bool IsCommitUnknown(const Error& error);
// Whether this kConflict (or kInvalidArgument) comes from the named constraint or unique index.
bool IsConstraint(const Error& error, std::string_view constraint);

}  // namespace aplus

#include "libs/postgres/database_inl.h"
