#include "gateway/http/connection.h"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstring>
#include <exception>

#include "gateway/http/problem.h"
#include "libs/base/id.h"
#include "libs/runtime/task_scope.h"
#include "libs/telemetry/log.h"

namespace aplus::gateway {
namespace connection_detail {

namespace asio = boost::asio;
namespace http = boost::beast::http;

constexpr std::size_t kFirstBuffer = 4 * 1024;
constexpr std::size_t kLingerBytes = 16 * 1024 * 1024;
constexpr std::size_t kWriteSlice = 64 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
const int kGone = Describe(Reason::kClientGone).http_status;
constexpr log::Key kRoute{"route", log::Kind::kText};

}  // namespace connection_detail

Connection::Connection(Edge& edge, Handler& handler, std::unique_ptr<Transport> transport, std::string peer,
                       std::function<void()> leave_limits)
    : edge_(edge),
      handler_(handler),
      transport_(std::move(transport)),
      peer_(std::move(peer)),
      leave_limits_(std::move(leave_limits)),
      scanner_(edge.site.hosts) {
  edge_.figures.connections.Add();
  edge_.figures.open.Add(1);
}

Connection::~Connection() {
  LeaveLimits();
  edge_.figures.open.Add(-1);
  if (stream_) edge_.figures.streams.Add(-1);
}

void Connection::LeaveLimits() {
  if (const auto leave = std::exchange(leave_limits_, nullptr)) leave();
}

void Connection::CloseIfIdle() {
  if (idle_) transport_->Close();
}

Task<> Connection::Run() {
  const Io shaken = co_await transport_->Handshake(SteadyClock::now() + edge_.limits.handshake);
  if (shaken != Io::kDone) co_return;
  bool linger = false;
  while (true) {
    const Next next = co_await ReadHead();
    linger = next == Next::kLinger;
    if (next != Next::kRequest) break;
    const bool again = co_await Serve();
    linger = body_left_ != 0;
    if (!again) break;
  }
  if (linger) {
    co_await Linger();
  } else {
    co_await transport_->CloseWriting(SteadyClock::now() + edge_.limits.linger);
  }
}

Task<Connection::Next> Connection::ReadHead() {
  using connection_detail::kFirstBuffer;
  scanner_.Reset();
  filled_ = 0;
  taken_ = 0;
  buffer_.resize(kFirstBuffer);
  SteadyTime deadline = SteadyClock::now() + edge_.limits.idle;
  while (true) {
    idle_ = filled_ == 0;
    if (idle_ && edge_.draining.IsSet()) co_return Next::kClose;
    const auto room = boost::asio::buffer(buffer_.data() + filled_, buffer_.size() - filled_);
    const ReadOutcome read = co_await transport_->ReadSome(room, deadline);
    idle_ = false;
    if (read.io == Io::kTimeout) {
      edge_.figures.timeouts.Add();
      if (filled_ == 0) co_return Next::kClose;
      co_return co_await Refuse(408);
    }
    if (read.io != Io::kDone) co_return Next::kClose;
    if (filled_ == 0) {
      first_byte_ = SteadyClock::now();
      deadline = first_byte_ + edge_.limits.head;
    }
    filled_ += read.bytes;
    const auto verdict = scanner_.Scan({buffer_.data(), filled_});
    if (verdict == HeadScanner::Verdict::kRefused) co_return co_await Refuse(StatusOf(scanner_.fault()));
    if (verdict == HeadScanner::Verdict::kComplete) break;
    // The scanner refuses before the buffer could outgrow its largest head.
    if (filled_ == buffer_.size()) buffer_.resize(std::min(buffer_.size() * 2, HeadScanner::kMaxHead + 1));
  }
  taken_ = scanner_.size();
  body_left_ = scanner_.head().content_length;
  // More than this request: pipelining, or the end of one that somebody else framed differently.
  if (filled_ - taken_ > body_left_) co_return co_await Refuse(400);
  if (!SecondParserAgrees()) {
    edge_.figures.disagreements.Add();
    co_return co_await Refuse(400);
  }
  continue_owed_ = scanner_.head().expects_continue && filled_ == taken_;
  co_return Next::kRequest;
}

bool Connection::SecondParserAgrees() const {
  using namespace connection_detail;
  const RequestHead& head = scanner_.head();
  http::request_parser<http::empty_body> parser;
  parser.header_limit(HeadScanner::kMaxHead + 1);
  parser.body_limit(boost::none);
  boost::system::error_code error;
  const std::size_t used = parser.put(asio::buffer(buffer_.data(), scanner_.size()), error);
  // A body that is still to come is not missing: what was given is the head alone.
  if (error == http::error::need_more) error = {};
  if (error || !parser.is_header_done() || used != scanner_.size() || parser.chunked()) return false;
  const auto& message = parser.get();
  const auto length = parser.content_length();
  const auto fields = static_cast<std::size_t>(std::distance(message.begin(), message.end()));
  return std::string_view(message.method_string()) == transcode::NameOf(head.method) &&
         std::string_view(message.target()) == head.target && message.version() == 11 &&
         fields == head.field_count && (length ? *length : 0) == head.content_length;
}

// An answer to what is no request of ours; the connection ends with it.
Task<Connection::Next> Connection::Refuse(int status) {
  edge_.figures.refused_heads.Add();
  edge_.figures.status_4xx.Add();
  const std::string id = FormatUuid(NewUuid(edge_.clock, edge_.random));
  const Response response = HeadProblem(status, id);
  const auto head = edge_.heads.Write(response, response.Body().size(), false, edge_.clock.Now());
  if (head) {
    const boost::asio::const_buffer pieces[] = {boost::asio::buffer(*head),
                                                boost::asio::buffer(response.Body())};
    co_await Write(pieces);
  }
  log::Info("http refused", {{log::kRequestId, id}, {log::kHttpStatus, status}});
  co_return Next::kLinger;
}

// True when another request may follow.
Task<bool> Connection::Serve() {
  ++served_;
  keep_alive_ = scanner_.head().keep_alive;
  window_start_ = SteadyClock::now();
  window_bytes_ = 0;
  Exchange exchange(*this);
  std::exception_ptr escaped;
  co_await Answer(exchange, escaped);
  if (escaped) {
    log::Error("handler threw",
               {{log::kRequestId, exchange.request_id()}, {log::kDetail, DescribeException(escaped)}});
  }
  if (!exchange.answered_) {
    Error error;
    error.reason = Reason::kInternal;
    co_await exchange.Send(Problem(error, exchange.request_id()));
  }
  // Announced and not delivered: the other side must not take it for the whole.
  if (exchange.announced_.value_or(0) != 0 || (exchange.in_pieces_ && escaped)) transport_->Reset();
  Account(exchange);
  co_return keep_alive_;
}

Task<> Connection::Answer(Exchange& exchange, std::exception_ptr& escaped) {
  try {
    co_await handler_.Handle(exchange);
  } catch (...) {
    escaped = std::current_exception();
  }
  if (escaped && IsCancellation(escaped)) std::rethrow_exception(escaped);
}

void Connection::Account(const Exchange& exchange) {
  EdgeFigures& figures = edge_.figures;
  const auto took = std::chrono::duration_cast<Duration>(SteadyClock::now() - exchange.started_);
  // A live stream lasts as long as its page: that is no latency.
  if (!stream_) figures.seconds.Observe(took.count());
  figures.bytes_out.Add(exchange.bytes_out_);
  const int status = exchange.status_;
  // Nobody is at fault when a line breaks: neither refused by us nor failed here.
  Counter& by_class = status == connection_detail::kGone ? figures.status_gone
                      : status < 300                     ? figures.status_2xx
                      : status < 400                     ? figures.status_3xx
                      : status < 500                     ? figures.status_4xx
                                                         : figures.status_5xx;
  by_class.Add();
  log::Info("http", {{log::kRequestId, exchange.request_id_},
                     {log::kTraceId, exchange.trace_.TraceIdText()},
                     {log::kMethod, transcode::NameOf(scanner_.head().method)},
                     {connection_detail::kRoute, exchange.route_},
                     {log::kHttpStatus, status},
                     {log::kBytesOut, exchange.bytes_out_},
                     {log::kDurationUs, took.count()}});
}

// Reads what was still on its way, for a moment: closing at once would reset the connection and take our
// answer away from the one who has not read it yet.
Task<> Connection::Linger() {
  using namespace connection_detail;
  const SteadyTime deadline = SteadyClock::now() + edge_.limits.linger;
  co_await transport_->CloseWriting(deadline);
  buffer_.resize(std::max(buffer_.size(), HeadScanner::kMaxHead));
  for (std::size_t discarded = 0; discarded < kLingerBytes;) {
    const ReadOutcome read = co_await transport_->ReadSome(asio::buffer(buffer_), deadline);
    if (read.io != Io::kDone) co_return;
    discarded += read.bytes;
  }
}

// The address that limits and the audit go by: the peer's, or what our own proxy saw.
std::string Connection::ClientAddress() const {
  if (std::find(edge_.proxies.begin(), edge_.proxies.end(), peer_) == edge_.proxies.end()) return peer_;
  std::string_view hops = scanner_.head().Find("X-Forwarded-For");
  hops.remove_prefix(std::min(hops.size(), hops.rfind(',') + 1));
  while (!hops.empty() && hops.front() == ' ') hops.remove_prefix(1);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(hops), error);
  return error ? peer_ : address.to_string();
}

bool Connection::MayKeepAlive() {
  // Bytes before our answer: a second request that nobody may send yet.
  return keep_alive_ && body_left_ == 0 && served_ < edge_.limits.requests_per_connection &&
         !edge_.draining.IsSet() && !transport_->HasUnread();
}

// In slices, each within a window: a slow line gets its time, a stopped one does not hold memory for ever.
Task<Io> Connection::Write(std::span<const boost::asio::const_buffer> pieces) {
  using namespace connection_detail;
  std::size_t total = 0;
  for (const asio::const_buffer& piece : pieces) total += piece.size();
  if (total <= kWriteSlice)
    co_return co_await transport_->Write(pieces, SteadyClock::now() + edge_.limits.transfer_window);
  for (asio::const_buffer piece : pieces) {
    while (piece.size() > 0) {
      const asio::const_buffer slice = asio::buffer(piece, kWriteSlice);
      const Io io =
          co_await transport_->Write({&slice, 1}, SteadyClock::now() + edge_.limits.transfer_window);
      if (io != Io::kDone) co_return io;
      piece += slice.size();
    }
  }
  co_return Io::kDone;
}

Task<bool> Connection::SendContinue() {
  if (!std::exchange(continue_owed_, false)) co_return true;
  const auto piece = boost::asio::buffer(connection_detail::kContinue);
  const boost::asio::const_buffer pieces[] = {piece};
  const Io io = co_await Write(pieces);
  co_return io == Io::kDone;
}

Exchange::Exchange(Connection& connection)
    : connection_(connection),
      client_address_(connection.ClientAddress()),
      request_id_(FormatUuid(NewUuid(connection.edge_.clock, connection.edge_.random))),
      trace_(TraceContext::New(connection.edge_.random)),
      started_(connection.first_byte_) {}

const RequestHead& Exchange::head() const { return connection_.scanner_.head(); }
const Edge& Exchange::edge() const { return connection_.edge_; }
Edge& Exchange::shared_edge() { return connection_.edge_; }
std::uint64_t Exchange::body_left() const { return connection_.body_left_; }

Task<Result<std::string>> Exchange::ReadBody(std::size_t limit) {
  Connection& c = connection_;
  if (c.body_left_ > limit) co_return Fail(Reason::kTooLarge);
  const bool told = co_await c.SendContinue();
  if (!told) co_return Fail(Reason::kClientGone);
  std::string body(c.body_left_, '\0');
  const std::size_t here = c.filled_ - c.taken_;
  std::memcpy(body.data(), c.buffer_.data() + c.taken_, here);
  c.taken_ = c.filled_;
  const SteadyTime deadline = c.first_byte_ + c.edge_.limits.json_total;
  for (std::size_t have = here; have < body.size();) {
    const auto room = boost::asio::buffer(body.data() + have, body.size() - have);
    const ReadOutcome read = co_await c.transport_->ReadSome(room, deadline);
    if (read.io == Io::kTimeout) {
      c.edge_.figures.timeouts.Add();
      c.keep_alive_ = false;
      co_return Fail(Reason::kRequestTimeout);
    }
    if (read.io != Io::kDone) co_return Fail(Reason::kClientGone);
    have += read.bytes;
  }
  c.body_left_ = 0;
  c.edge_.figures.bytes_in.Add(body.size());
  co_return body;
}

Task<Result<std::size_t>> Exchange::ReadBodySome(boost::asio::mutable_buffer room) {
  Connection& c = connection_;
  if (c.body_left_ == 0 || room.size() == 0) co_return std::size_t{0};
  const bool told = co_await c.SendContinue();
  if (!told) co_return Fail(Reason::kClientGone);
  std::size_t bytes = std::min<std::uint64_t>(room.size(), c.body_left_);
  if (const std::size_t here = c.filled_ - c.taken_; here > 0) {
    bytes = std::min(bytes, here);
    std::memcpy(room.data(), c.buffer_.data() + c.taken_, bytes);
    c.taken_ += bytes;
  } else {
    const SteadyTime now = SteadyClock::now();
    if (c.window_bytes_ >= c.edge_.limits.transfer_bytes) {
      c.window_start_ = now;
      c.window_bytes_ = 0;
    }
    const ReadOutcome read = co_await c.transport_->ReadSome(
        boost::asio::buffer(room, bytes), c.window_start_ + c.edge_.limits.transfer_window);
    if (read.io == Io::kTimeout) {
      c.edge_.figures.timeouts.Add();
      co_return Fail(Reason::kRequestTimeout);
    }
    if (read.io != Io::kDone) co_return Fail(Reason::kClientGone);
    bytes = read.bytes;
    c.window_bytes_ += bytes;
  }
  c.body_left_ -= bytes;
  c.edge_.figures.bytes_in.Add(bytes);
  co_return bytes;
}

Task<bool> Exchange::Send(Response response) {
  Connection& c = connection_;
  answered_ = true;
  c.keep_alive_ = c.MayKeepAlive();
  // These never have a body, and say no length.
  const bool bare = response.status == 204 || response.status == 304;
  std::optional<std::uint64_t> length;
  if (!bare) length = response.Body().size();
  std::optional<std::string> head = c.edge_.heads.Write(response, length, c.keep_alive_, c.edge_.clock.Now());
  if (!head) {
    c.edge_.figures.broken_heads.Add();
    Error error;
    error.reason = Reason::kInternal;
    response = Problem(error, request_id_);
    head = c.edge_.heads.Write(response, response.Body().size(), c.keep_alive_, c.edge_.clock.Now());
  }
  status_ = response.status;
  const bool silent = bare || connection_.scanner_.head().method == HttpMethod::kHead;
  const std::string_view body = silent ? std::string_view() : response.Body();
  const boost::asio::const_buffer pieces[] = {boost::asio::buffer(*head), boost::asio::buffer(body)};
  const Io io = co_await c.Write(pieces);
  bytes_out_ += body.size();
  if (io == Io::kDone) co_return true;
  c.keep_alive_ = false;
  co_return false;
}

Task<bool> Exchange::SendHead(Response response, std::optional<std::uint64_t> length) {
  Connection& c = connection_;
  answered_ = true;
  in_pieces_ = true;
  announced_ = length;
  c.keep_alive_ = length.has_value() && c.MayKeepAlive();
  const std::optional<std::string> head =
      c.edge_.heads.Write(response, length, c.keep_alive_, c.edge_.clock.Now());
  if (!head) {
    c.edge_.figures.broken_heads.Add();
    in_pieces_ = false;
    announced_.reset();
    Error error;
    error.reason = Reason::kInternal;
    co_await Send(Problem(error, request_id_));
    co_return false;
  }
  status_ = response.status;
  const boost::asio::const_buffer pieces[] = {boost::asio::buffer(*head)};
  const Io io = co_await c.Write(pieces);
  co_return io == Io::kDone;
}

Task<bool> Exchange::SendPiece(std::span<const boost::asio::const_buffer> pieces) {
  std::size_t bytes = 0;
  for (const auto& piece : pieces) bytes += piece.size();
  // More than was announced would be read as the next answer.
  if (announced_ && bytes > *announced_) {
    Reset();
    co_return false;
  }
  const Io io = co_await connection_.Write(pieces);
  if (io != Io::kDone) {
    if (io == Io::kTimeout) connection_.edge_.figures.timeouts.Add();
    connection_.keep_alive_ = false;
    co_return false;
  }
  if (announced_) *announced_ -= bytes;
  bytes_out_ += bytes;
  co_return true;
}

void Exchange::Reset() {
  connection_.keep_alive_ = false;
  connection_.transport_->Reset();
}

void Exchange::BecomeStream() {
  if (connection_.stream_) return;
  connection_.stream_ = true;
  connection_.edge_.figures.streams.Add(1);
  connection_.LeaveLimits();
}

Task<> Exchange::ClientGone() { co_await connection_.transport_->WaitReadable(); }

}  // namespace aplus::gateway
