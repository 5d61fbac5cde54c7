// Accepts connections within the limits (SECURITY 2.10) and owns them until they end.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/intrusive/list.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "gateway/http/connection.h"
#include "gateway/http/edge.h"
#include "gateway/http/tls_context.h"
#include "libs/base/result.h"
#include "libs/runtime/task.h"
#include "libs/runtime/task_scope.h"

namespace aplus::gateway {

class Listener {
 public:
  // `tls` may be nullptr: plain HTTP. All references outlive the listener.
  Listener(Edge& edge, Handler& handler, TlsContext* tls);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  // Binds "host:port" (port 0: any free one) and begins to accept. kUnavailable with a diagnostic.
  Result<void> Listen(std::string_view address);
  // Before Listen.
  void UseTls(TlsContext* tls) { tls_ = tls; }
  std::uint16_t port() const;

  // No new connections; idle ones close, the others finish within `limit`, then they are cut.
  Task<> Drain(Duration limit);

  std::size_t connections() const { return counted_; }

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
  using Connections = boost::intrusive::list<Connection, boost::intrusive::constant_time_size<false>>;
  struct Peer {
    std::string address;
    bool is_proxy = false;
  };

  Task<> Accept();
  Task<> PaceAccepts();
  // nullopt: gone already.
  std::optional<Peer> PeerOf(const Socket& socket) const;
  bool HasRoomFor(const Peer& peer);
  void Admit(Socket socket, const Peer& peer);
  Task<> RunConnection(std::unique_ptr<Connection> connection);

  Edge& edge_;
  Handler& handler_;
  TlsContext* tls_;
  Acceptor acceptor_;
  TaskScope accepting_;
  TaskScope running_;
  Connections open_;
  std::size_t counted_ = 0;  // connections that the limits count
  std::unordered_map<std::string, std::size_t> by_address_;
  // Accepts allowed at once; refilled by time.
  double tokens_ = 0;
  SteadyTime refilled_;
};

}  // namespace aplus::gateway
