#include "libs/postgres/connection.h"

#include <libpq-fe.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "libs/postgres/sqlstate.h"

namespace aplus::postgres {

namespace asio = boost::asio;

void Reply::Complete(State outcome, RawResult rows, std::optional<Error> why) {
  if (done()) return;
  state = outcome;
  result = std::move(rows);
  error = std::move(why);
  OnDone();
}

Result<RawResult> Reply::Take() {
  if (state == State::kRows) return std::move(result);
  return Fail(Why());
}

Error Reply::Why() const {
  if (error) return *error;
  Error missing;
  missing.diagnostic = done() ? "statement failed without a reason" : "answer taken too early";
  return missing;
}

Task<bool> Reply::Wait(std::shared_ptr<Reply> reply, SteadyTime until) {
  while (!reply->done()) {
    boost::system::error_code ec;
    reply->timer.expires_at(until);
    co_await reply->timer.async_wait(asio::redirect_error(kUseTask, ec));
    if (reply->done()) break;
    if (!ec) co_return false;
    throw boost::system::system_error(asio::error::operation_aborted);
  }
  co_return true;
}

Task<bool> Reply::WaitUncancelled(std::shared_ptr<Reply> reply, SteadyTime until) {
  const bool throwing = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  bool expired = false;
  while (!reply->done() && !expired) {
    boost::system::error_code ec;
    reply->timer.expires_at(until);
    co_await reply->timer.async_wait(asio::redirect_error(kUseTask, ec));
    expired = !ec;
  }
  co_await asio::this_coro::throw_if_cancelled(throwing);
  co_return reply->done();
}

Connection::Connection(Executor executor, pg_conn* conn, Duration stall_limit)
    : conn_(conn),
      socket_(executor),
      stall_timer_(executor),
      stall_limit_(stall_limit),
      last_heard_(SteadyClock::now()),
      backend_pid_(PQbackendPID(conn)) {}

Connection::~Connection() {
  if (conn_ == nullptr) return;
  if (socket_.is_open()) socket_.release();
  PQfinish(conn_);
}

void Connection::Start() {
  PQsetNoticeReceiver(conn_, &Connection::OnNotice, this);
  socket_.assign(PQsocket(conn_));
  if (PQsetnonblocking(conn_, 1) != 0 || PQenterPipelineMode(conn_) != 1) return Break("no pipeline mode");
  ListenRead();
}

void Connection::OnNotice(void* self, const pg_result* result) {
  auto& connection = *static_cast<Connection*>(self);
  const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity == nullptr || std::string_view(severity) != "WARNING") return;
  if (!connection.entries_.empty() && connection.entries_.front().reply) {
    connection.entries_.front().reply->warned = true;
  }
}

namespace connection {

void Lose(const std::shared_ptr<Reply>& reply, std::string_view why) {
  if (!reply) return;
  Error error;
  error.reason = Reason::kUnavailable;
  error.retry_after_seconds = 1;
  error.diagnostic.append("connection lost: ").append(why);
  reply->Complete(Reply::State::kLost, {}, std::move(error));
}

}  // namespace connection

void Connection::Push(std::shared_ptr<Reply> reply, std::string_view name, bool is_sync) {
  entries_.push_back({std::move(reply), name, is_sync});
  unsynced_ = !is_sync;
}

void Connection::Send(Literal name, const ParamBuffer& params, std::shared_ptr<Reply> reply) {
  if (broken()) return connection::Lose(reply, "before sending");
  params.Layout(values_, lengths_);
  formats_.assign(values_.size(), 1);
  Push(std::move(reply), name, false);
  if (PQsendQueryPrepared(conn_, name.data, params.count(), values_.data(), lengths_.data(), formats_.data(),
                          1) == 0) {
    Break("cannot send");
  }
}

void Connection::SendText(const char* sql, std::shared_ptr<Reply> reply) {
  if (broken()) return connection::Lose(reply, "before sending");
  Push(std::move(reply), sql, false);
  if (PQsendQueryParams(conn_, sql, 0, nullptr, nullptr, nullptr, nullptr, 1) == 0) Break("cannot send");
}

void Connection::Prepare(const StatementSpec& spec, std::shared_ptr<Reply> prepared,
                         std::shared_ptr<Reply> described) {
  if (broken()) {
    connection::Lose(prepared, "before sending");
    return connection::Lose(described, "before sending");
  }
  Push(std::move(prepared), spec.name, false);
  Push(std::move(described), spec.name, false);
  if (PQsendPrepare(conn_, spec.name.data, spec.sql.data, static_cast<int>(spec.params.size()),
                    spec.params.data()) == 0 ||
      PQsendDescribePrepared(conn_, spec.name.data) == 0) {
    Break("cannot send");
  }
}

void Connection::Sync(std::shared_ptr<Reply> reply) {
  if (broken()) return connection::Lose(reply, "before sending");
  Push(std::move(reply), "sync", true);
  if (PQpipelineSync(conn_) == 0) Break("cannot send");
}

void Connection::Flush() {
  if (broken()) return;
  ArmStallTimer();
  const int left = PQflush(conn_);
  if (left < 0) return Break("cannot write");
  if (left > 0) ListenWrite();
}

void Connection::ListenRead() {
  socket_.async_wait(asio::posix::descriptor_base::wait_read,
                     [self = shared_from_this()](boost::system::error_code ec) {
                       if (self->broken() || ec == asio::error::operation_aborted) return;
                       if (ec) return self->Break(ec.message());
                       self->last_heard_ = SteadyClock::now();
                       if (PQconsumeInput(self->conn_) == 0) {
                         // What the server said before it closed (57P01, say) is still to be read.
                         self->Drain();
                         return self->Break("connection lost");
                       }
                       self->Drain();
                       if (!self->broken()) self->Flush();
                       if (!self->broken()) self->ListenRead();
                     });
}

void Connection::ListenWrite() {
  if (writing_) return;
  writing_ = true;
  socket_.async_wait(asio::posix::descriptor_base::wait_write,
                     [self = shared_from_this()](boost::system::error_code ec) {
                       self->writing_ = false;
                       if (self->broken() || ec == asio::error::operation_aborted) return;
                       if (ec) return self->Break(ec.message());
                       self->Flush();
                     });
}

void Connection::Drain() {
  while (conn_ != nullptr && !entries_.empty() && PQisBusy(conn_) == 0) {
    pg_result* result = PQgetResult(conn_);
    if (result != nullptr) {
      if (!Take(result)) break;
    } else if (entries_.front().answered) {
      entries_.pop_front();
    } else {
      // In pipeline mode NULL parts one statement's results from the next's; before any result it means that
      // libpq has nothing left, which must not be while we still wait for something.
      Break("answers out of step");
    }
  }
  // Idle, or between answers: asynchronous messages only.
  if (conn_ != nullptr && entries_.empty()) {
    PQisBusy(conn_);
    const auto hook = on_drained_;
    if (hook) hook();
  }
}

bool Connection::Take(pg_result* taken) {
  RawResult result(taken);
  const ExecStatusType status = PQresultStatus(taken);
  // Whoever is woken may send anew; the entry's place in the queue is settled before that.
  std::shared_ptr<Reply> reply = std::move(entries_.front().reply);
  const std::string_view name = entries_.front().name;
  if (status == PGRES_PIPELINE_SYNC) {
    if (!entries_.front().is_sync) {
      Break("answers out of step");
      return false;
    }
    entries_.pop_front();
    group_error_.reset();
    group_transient_ = false;
    if (reply) reply->Complete(Reply::State::kRows, std::move(result), std::nullopt);
    return !broken();
  }
  entries_.front().answered = true;
  switch (status) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
    case PGRES_EMPTY_QUERY:
      if (reply) reply->Complete(Reply::State::kRows, std::move(result), std::nullopt);
      break;
    case PGRES_PIPELINE_ABORTED:
      if (reply) {
        reply->transient = group_transient_;
        reply->Complete(Reply::State::kAborted, {}, group_error_);
      }
      break;
    case PGRES_FATAL_ERROR: {
      Error error = ErrorFromResult(taken, name);
      const char* sqlstate = PQresultErrorField(taken, PG_DIAG_SQLSTATE);
      const bool transient = sqlstate != nullptr && IsTransient(sqlstate);
      // The server says why it ends the connection, or libpq that it is gone.
      const bool lost = sqlstate == nullptr || std::string_view(sqlstate).starts_with("57P") ||
                        std::string_view(sqlstate) == "25P03" || PQstatus(conn_) == CONNECTION_BAD;
      // Without SQLSTATE it is libpq that speaks: the server may have gone on with what follows.
      if (!group_error_ && sqlstate != nullptr) {
        group_error_ = error;
        group_transient_ = transient;
      }
      if (reply) {
        reply->transient = transient;
        reply->Complete(lost ? Reply::State::kLost : Reply::State::kError, {}, std::move(error));
      }
      if (lost) Break("connection ended by the server");
      break;
    }
    default:
      // COPY and the like have no place in a pipeline.
      if (reply) reply->Complete(Reply::State::kError, {}, ErrorFromResult(taken, name));
      Break("statement of an impossible kind");
  }
  return !broken();
}

void Connection::ArmStallTimer() {
  if (stall_armed_ || entries_.empty()) return;
  stall_armed_ = true;
  stall_timer_.expires_after(stall_limit_);
  stall_timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
    const auto self = weak.lock();
    if (ec || !self || self->broken()) return;
    self->stall_armed_ = false;
    if (self->entries_.empty()) return;
    if (SteadyClock::now() - self->last_heard_ >= self->stall_limit_) {
      self->Break("no sign of life from the server");
    } else {
      self->ArmStallTimer();
    }
  });
}

bool Connection::transaction_idle() const {
  return conn_ != nullptr && PQtransactionStatus(conn_) == PQTRANS_IDLE;
}

void Connection::Break(std::string why) {
  if (conn_ == nullptr) return;
  if (socket_.is_open()) socket_.release();
  PQfinish(std::exchange(conn_, nullptr));
  stall_timer_.cancel();
  // From the loop, so that nobody is called back from within his own Send.
  asio::post(socket_.get_executor(), [self = shared_from_this(), why = std::move(why)] {
    auto entries = std::exchange(self->entries_, {});
    for (Entry& entry : entries) {
      // After an error that the server did report, the rest of its group did not run.
      if (self->group_error_ && !entry.is_sync) {
        if (entry.reply) entry.reply->Complete(Reply::State::kAborted, {}, self->group_error_);
      } else {
        connection::Lose(entry.reply, why);
      }
      if (entry.is_sync) self->group_error_.reset();
    }
    self->on_drained_ = nullptr;
    if (auto hook = std::exchange(self->on_broken_, nullptr)) hook(why);
  });
}

}  // namespace aplus::postgres
