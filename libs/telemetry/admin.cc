#include "libs/telemetry/admin.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/write.hpp>

#include "libs/runtime/config.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace admin {

using boost::asio::ip::tcp;

constexpr std::size_t kMaxHeadBytes = 4096;
constexpr std::size_t kMaxConnections = 64;
constexpr auto kConnectionLimit = std::chrono::seconds(5);

std::string Response(int status, std::string_view reason, std::string_view type, std::string_view body) {
  return fmt::format(
      "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\n"
      "Connection: close\r\n\r\n{}",
      status, reason, type, body.size(), body);
}

// The target of "GET <target> HTTP/1.1"; empty when the request line is anything else.
std::string_view Target(std::string_view head) {
  const std::string_view line = head.substr(0, head.find("\r\n"));
  constexpr std::string_view kMethod = "GET ";
  constexpr std::string_view kVersion = " HTTP/1.1";
  if (!line.starts_with(kMethod) || !line.ends_with(kVersion) ||
      line.size() <= kMethod.size() + kVersion.size()) {
    return {};
  }
  return line.substr(kMethod.size(), line.size() - kMethod.size() - kVersion.size());
}

}  // namespace admin

AdminEndpoint::AdminEndpoint(Executor executor, const Metrics& metrics, AdminHooks hooks)
    : metrics_(metrics), hooks_(std::move(hooks)), acceptor_(executor), scope_(executor) {}

Result<void> AdminEndpoint::Listen(std::string_view address) {
  boost::system::error_code error;
  HostPort where;
  try {
    where = ParseHostPort(address);
  } catch (const ConfigError& e) {
    return Fail(Reason::kUnavailable, std::string("admin_listen: ") + e.what());
  }
  const auto ip = boost::asio::ip::make_address(where.host, error);
  const admin::tcp::endpoint endpoint(ip, where.port);
  if (!error) acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(boost::asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error) {
    return Fail(Reason::kUnavailable,
                fmt::format("admin endpoint cannot listen on {}: {}", address, error.message()));
  }
  scope_.Spawn("admin accept", Accept());
  return {};
}

std::uint16_t AdminEndpoint::port() const {
  boost::system::error_code error;
  return acceptor_.local_endpoint(error).port();
}

Task<> AdminEndpoint::Stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  co_await scope_.Stop();
}

Task<> AdminEndpoint::Accept() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(boost::asio::as_tuple(kUseTask));
    if (error == boost::asio::error::operation_aborted || !acceptor_.is_open()) co_return;
    if (error) {
      // Out of descriptors, mostly: pause instead of turning.
      co_await Sleep(std::chrono::milliseconds(100));
      continue;
    }
    if (connections_ >= admin::kMaxConnections) continue;  // closes it
    ++connections_;
    scope_.Spawn("admin connection", Serve(std::make_shared<Socket>(std::move(socket))));
  }
}

Task<> AdminEndpoint::Serve(std::shared_ptr<Socket> socket) {
  struct Leave {
    std::size_t& connections;
    ~Leave() { --connections; }
  } leave{connections_};
  // Closing the socket ends whatever the connection waits for. The handler may already be queued when this
  // coroutine ends, so it shares the socket.
  Timer limit(acceptor_.get_executor());
  limit.expires_after(admin::kConnectionLimit);
  limit.async_wait([socket](boost::system::error_code error) {
    boost::system::error_code ignored;
    if (!error) socket->close(ignored);
  });
  std::string head;
  while (head.find("\r\n\r\n") == std::string::npos) {
    if (head.size() >= admin::kMaxHeadBytes) co_return;
    char piece[1024];
    auto [error, n] =
        co_await socket->async_read_some(boost::asio::buffer(piece), boost::asio::as_tuple(kUseTask));
    if (error) co_return;
    head.append(piece, n);
  }
  const std::string response = co_await Answer(admin::Target(head));
  co_await boost::asio::async_write(*socket, boost::asio::buffer(response), boost::asio::as_tuple(kUseTask));
}

Task<std::string> AdminEndpoint::Answer(std::string_view target) {
  if (target.empty()) co_return admin::Response(400, "Bad Request", "text/plain", "GET only\n");
  if (target == "/metrics") {
    co_return admin::Response(200, "OK", "text/plain; version=0.0.4", metrics_.Text());
  }
  bool good = false;
  if (target == "/ready") {
    good = hooks_.ready();
  } else if (target == "/live") {
    good = co_await hooks_.live();
  } else {
    co_return admin::Response(404, "Not Found", "text/plain", "/ready, /live or /metrics\n");
  }
  if (good) co_return admin::Response(200, "OK", "text/plain", "yes\n");
  co_return admin::Response(503, "Service Unavailable", "text/plain", "no\n");
}

}  // namespace aplus
