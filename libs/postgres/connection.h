// One established connection in pipeline mode: what is sent, what comes back, to whom it belongs. Knows
// nothing of lanes. Runs on callbacks rather than coroutines, so that a caller who is cancelled leaves
// nothing undone: his answer still arrives, and is dropped. Internal to libs/postgres; io thread only.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"
#include "libs/postgres/statement.h"
#include "libs/runtime/task.h"

struct pg_conn;

namespace aplus::postgres {

// Where the answer of one statement (or Sync) lands, and who waits for it.
struct Reply {
  enum class State : std::uint8_t {
    kWaiting,
    kRows,     // result
    kError,    // error, the statement's own
    kAborted,  // error, that of an earlier statement under the same Sync
    kLost,     // error: the connection ended before the answer
  };

  explicit Reply(Executor executor) : timer(executor) {}
  virtual ~Reply() = default;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;

  bool done() const { return state != State::kWaiting; }
  void Complete(State outcome, RawResult rows, std::optional<Error> why);
  // What a caller gets.
  Result<RawResult> Take();
  // The error, also where none was given.
  Error Why() const;

  // Until when to wait for an answer that has until `deadline`: a little longer, since the server's own
  // statement_timeout should speak first. No deadline (streams) stays none.
  static SteadyTime Patience(SteadyTime deadline) {
    return deadline == SteadyTime::max() ? deadline : deadline + std::chrono::milliseconds(50);
  }

  // One waiter at a time. Answers whether the answer is there; throws operation_aborted when cancelled.
  static Task<bool> Wait(std::shared_ptr<Reply> reply, SteadyTime until);
  // The same for a COMMIT: a cancelled caller waits on, and learns of it at his next co_await.
  static Task<bool> WaitUncancelled(std::shared_ptr<Reply> reply, SteadyTime until);

  State state = State::kWaiting;
  bool transient = false;  // the error may pass when the transaction is tried again
  bool warned = false;     // the server said WARNING meanwhile
  RawResult result;
  std::optional<Error> error;

 protected:
  // After state is set; wakes the waiter unless overridden.
  virtual void OnDone() { timer.cancel(); }
  Timer timer;
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // Takes a connected PGconn. `stall_limit`: without any byte from the server for so long while something is
  // unanswered, the connection counts as broken.
  Connection(Executor executor, pg_conn* conn, Duration stall_limit);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Enters pipeline mode and begins to listen. Once, after make_shared.
  void Start();

  // Queue into libpq's buffer; nothing need be on the wire before Flush. A null reply ignores the answer, yet
  // its error aborts what follows under the same Sync.
  void Send(Literal name, const ParamBuffer& params, std::shared_ptr<Reply> reply);
  void SendText(const char* sql, std::shared_ptr<Reply> reply);
  void Prepare(const StatementSpec& spec, std::shared_ptr<Reply> prepared, std::shared_ptr<Reply> described);
  // `reply` completes when everything before is answered.
  void Sync(std::shared_ptr<Reply> reply = nullptr);
  void Flush();

  // Something was sent behind the last Sync.
  bool unsynced() const { return unsynced_; }
  // Entries without answer.
  std::size_t in_flight() const { return entries_.size(); }
  bool broken() const { return conn_ == nullptr; }
  // The server's last word: no transaction is open. Only meaningful when nothing is in flight.
  bool transaction_idle() const;
  int backend_pid() const { return backend_pid_; }

  // Ends the connection: what is in flight completes as kLost. Idempotent.
  void Break(std::string why);
  // At most one each; called once, from the io loop, never from within Send or Flush.
  void OnBroken(std::function<void(const std::string& why)> hook) { on_broken_ = std::move(hook); }
  // Whenever the last unanswered entry was answered; stays set.
  void OnDrained(std::function<void()> hook) { on_drained_ = std::move(hook); }

 private:
  struct Entry {
    std::shared_ptr<Reply> reply;
    std::string_view name;
    bool is_sync = false;
    bool answered = false;
  };

  void Push(std::shared_ptr<Reply> reply, std::string_view name, bool is_sync);
  void ListenRead();
  void ListenWrite();
  void Drain();
  // False: the connection is broken.
  bool Take(pg_result* result);
  void ArmStallTimer();
  static void OnNotice(void* self, const pg_result* result);

  pg_conn* conn_;
  boost::asio::posix::basic_stream_descriptor<Executor> socket_;
  Timer stall_timer_;
  Duration stall_limit_;
  SteadyTime last_heard_;
  std::deque<Entry> entries_;
  std::optional<Error> group_error_;  // the first error since the last Sync
  bool group_transient_ = false;
  bool unsynced_ = false;
  bool writing_ = false;
  bool stall_armed_ = false;
  int backend_pid_ = 0;
  std::function<void(const std::string&)> on_broken_;
  std::function<void()> on_drained_;
  std::vector<const char*> values_;
  std::vector<int> lengths_, formats_;
};

}  // namespace aplus::postgres
