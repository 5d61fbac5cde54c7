// One request and its answer, as the rest of the gateway sees them. Lives as long as the handler's coroutine.
#pragma once

#include <boost/asio/buffer.hpp>
#include <span>
#include <string>

#include "gateway/http/edge.h"
#include "gateway/http/request_head.h"
#include "gateway/http/response.h"
#include "libs/base/result.h"
#include "libs/runtime/task.h"
#include "libs/telemetry/trace.h"

namespace aplus::gateway {

class Connection;

class Exchange {
 public:
  explicit Exchange(Connection& connection);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const RequestHead& head() const;
  const Edge& edge() const;
  // For long-lived work: its executor, randomness and the event of draining.
  Edge& shared_edge();
  const std::string& client_address() const { return client_address_; }
  const std::string& request_id() const { return request_id_; }
  const TraceContext& trace() const { return trace_; }
  SteadyTime started() const { return started_; }

  // The whole body. kTooLarge beyond `limit` (nothing is read then), kRequestTimeout when it takes longer
  // than a JSON body may, kClientGone when the client goes.
  Task<Result<std::string>> ReadBody(std::size_t limit);
  // The next part of a large body, straight into `room`; 0 when all of it has come. kRequestTimeout below
  // the rate of a transfer, kClientGone when the client goes before the end.
  Task<Result<std::size_t>> ReadBodySome(boost::asio::mutable_buffer room);
  std::uint64_t body_left() const;

  // The one answer. False: the client is gone. After HEAD the body stays here.
  Task<bool> Send(Response response);

  // Or in pieces: the head (whose body is ignored), then the pieces; without a length the connection's end
  // marks the end. Fewer bytes than announced reset the connection, so that nobody takes them for the whole.
  Task<bool> SendHead(Response response, std::optional<std::uint64_t> length);
  Task<bool> SendPiece(std::span<const boost::asio::const_buffer> pieces);
  // A failure in the middle of an answer.
  void Reset();

  // From here on this is a live stream: it counts no longer against the limits of connections.
  void BecomeStream();
  // Ends when the client has gone (or has sent what it should not); for live streams.
  Task<> ClientGone();

  bool answered() const { return answered_; }
  // For the access line: a constant pattern, never the path itself.
  void SetRoute(std::string_view route) { route_ = route; }

 private:
  friend class Connection;

  Connection& connection_;
  std::string client_address_;
  std::string request_id_;
  TraceContext trace_;
  SteadyTime started_;
  std::string_view route_ = "-";
  bool answered_ = false;
  int status_ = 0;
  std::uint64_t bytes_out_ = 0;
  std::optional<std::uint64_t> announced_;  // of an answer in pieces: bytes still to come
  bool in_pieces_ = false;
};

// What answers requests. Exceptions that escape become a 500.
class Handler {
 public:
  virtual Task<> Handle(Exchange& exchange) = 0;

 protected:
  ~Handler() = default;
};

}  // namespace aplus::gateway
