// A listener with a small handler of its own, and a client that sends any bytes.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "gateway/http/listener.h"
#include "libs/base/random.h"
#include "libs/base/time.h"
#include "libs/telemetry/metrics.h"

namespace aplus::gateway::test {

std::uint64_t Checksum(std::string_view bytes);

class HttpServer {
 public:
  // `tls` outlives the server; nullptr: plain.
  explicit HttpServer(EdgeLimits limits, std::vector<std::string> proxies = {}, TlsContext* tls = nullptr);
  ~HttpServer();

  std::uint16_t port() const { return port_; }
  int handled() const;
  const EdgeFigures& figures() const { return edge_->figures; }
  // Each waits for a condition, at most ten seconds; the test fails otherwise.
  void WaitForHandled(int count);
  void WaitForHandlers(int running);
  void WaitForGone(std::uint64_t least);  // exchanges whose client left before the request was whole
  void WaitForConnections(std::size_t count);
  // Lets requests of /wait go on.
  void Release();
  void BeginDrain();

 private:
  class Pages;

  boost::asio::io_context io_{1};
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  std::unique_ptr<Edge> edge_;
  std::unique_ptr<Pages> pages_;
  std::unique_ptr<Listener> listener_;
  std::atomic<std::size_t> counted_{0};
  std::uint16_t port_ = 0;
  std::thread thread_;
  bool draining_ = false;
};

// One connection, blocking, with a limit of ten seconds on everything.
class Client {
 public:
  struct Answer {
    int status = 0;
    std::string head;
    std::string body;
    // Empty when absent.
    std::string Field(std::string_view name) const;
  };

  explicit Client(std::uint16_t port);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Ignores that the other side may have closed.
  void Send(std::string_view bytes);
  // nullopt: the connection ended before the whole answer.
  std::optional<Answer> ReadAnswer(bool without_body = false);
  std::string ReadHeadOnly();
  // What comes up to and including `text`; everything when the connection ends first.
  std::string ReadPast(std::string_view text);
  // What comes until the orderly end; nullopt on a reset or when it does not end.
  std::optional<std::string> ReadToEnd();
  bool was_reset() const { return was_reset_; }
  void Reset();

 private:
  bool Fill();

  int socket_ = -1;
  std::string buffer_;
  bool was_reset_ = false;
};

}  // namespace aplus::gateway::test
