// The admin endpoint: GET /ready, /live and /metrics over plain HTTP/1.1 on a port of its own, for the
// kubelet and Prometheus; never reachable from outside the pod network. One request a connection, 4 KiB of
// head, five seconds, 64 connections: what does not fit is closed.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "libs/base/result.h"
#include "libs/runtime/task.h"
#include "libs/runtime/task_scope.h"
#include "libs/telemetry/metrics.h"

namespace aplus {

struct AdminHooks {
  // 200 or 503 of /ready. Cheap; asked on the io thread.
  std::function<bool()> ready;
  // 200 or 503 of /live: whether a fresh connection to our own port still works. At most five seconds.
  std::function<Task<bool>()> live;
};

class AdminEndpoint {
 public:
  AdminEndpoint(Executor executor, const Metrics& metrics, AdminHooks hooks);
  AdminEndpoint(const AdminEndpoint&) = delete;
  AdminEndpoint& operator=(const AdminEndpoint&) = delete;

  // Binds "host:port" (port 0: any free one). Error kUnavailable with a diagnostic when that fails.
  Result<void> Listen(std::string_view address);
  // The port bound.
  std::uint16_t port() const;
  Task<> Stop();

 private:
  using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
  Task<> Accept();
  Task<> Serve(std::shared_ptr<Socket> socket);
  Task<std::string> Answer(std::string_view target);

  const Metrics& metrics_;
  AdminHooks hooks_;
  Acceptor acceptor_;
  TaskScope scope_;
  std::size_t connections_ = 0;
};

}  // namespace aplus
