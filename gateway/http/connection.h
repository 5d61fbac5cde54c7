// One connection: head after head through the strict check, each handed to the handler as an Exchange. The
// only file that knows Beast is connection.cc, where its parser must agree with ours before a request counts.
#pragma once

#include <boost/intrusive/list.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gateway/http/edge.h"
#include "gateway/http/exchange.h"
#include "gateway/http/head_scanner.h"
#include "gateway/http/transport.h"

namespace aplus::gateway {

class Connection
    : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  // `leave_limits` is called once, when the connection ends or becomes a live stream.
  Connection(Edge& edge, Handler& handler, std::unique_ptr<Transport> transport, std::string peer,
             std::function<void()> leave_limits);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // From the handshake to the end; throws only when cancelled.
  Task<> Run();
  // Closes it if it waits for a next request.
  void CloseIfIdle();

 private:
  friend class Exchange;

  enum class Next : std::uint8_t { kRequest, kClose, kLinger };

  Task<Next> ReadHead();
  Task<Next> Refuse(int status);
  Task<bool> Serve();
  Task<> Answer(Exchange& exchange, std::exception_ptr& escaped);
  Task<> Linger();
  bool SecondParserAgrees() const;
  std::string ClientAddress() const;
  void Account(const Exchange& exchange);
  Task<bool> SendContinue();

  Task<Io> Write(std::span<const boost::asio::const_buffer> pieces);
  bool MayKeepAlive();
  void LeaveLimits();

  Edge& edge_;
  Handler& handler_;
  std::unique_ptr<Transport> transport_;
  std::string peer_;
  std::function<void()> leave_limits_;
  HeadScanner scanner_;
  std::vector<char> buffer_;
  std::size_t filled_ = 0;  // bytes of the buffer that hold something
  std::size_t taken_ = 0;   // of these, how many the head and the body have used
  std::uint64_t body_left_ = 0;
  bool continue_owed_ = false;  // the client waits for "100 Continue"
  bool idle_ = false;
  bool keep_alive_ = true;
  bool stream_ = false;
  int served_ = 0;
  SteadyTime first_byte_;
  // The pace of a transfer.
  SteadyTime window_start_;
  std::size_t window_bytes_ = 0;
};

}  // namespace aplus::gateway
