#include "tests/unit/gateway/http/http_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "gateway/http/problem.h"
#include "gateway/http/request_head.h"

namespace aplus::gateway::test {
namespace http_server {

constexpr auto kPatience = std::chrono::seconds(10);

template <class Condition>
void WaitUntil(Condition condition, const char* what) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    ASSERT_LT(std::chrono::steady_clock::now(), end) << what;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace http_server

std::uint64_t Checksum(std::string_view bytes) {
  std::uint64_t sum = 0;
  for (const char c : bytes) sum = sum * 31 + static_cast<std::uint8_t>(c);
  return sum;
}

class HttpServer::Pages final : public Handler {
 public:
  Pages(Executor executor) : released_(executor) {}

  Task<> Handle(Exchange& exchange) override {
    const Running running(running_);
    ++handled_;
    const std::string_view path = exchange.head().path;
    exchange.SetRoute("test");
    if (path == "/silent") co_return;
    if (path == "/throw") throw std::runtime_error("on purpose");
    if (path == "/upload") {
      co_await Upload(exchange);
    } else if (path == "/live") {
      co_await Live(exchange);
    } else if (path == "/short" || path == "/throw-midway" || path == "/too-much" || path == "/pieces") {
      co_await Pieces(exchange, path);
    } else {
      co_await Whole(exchange, path);
    }
  }

  std::atomic<int> handled_{0};
  std::atomic<int> running_{0};
  Event released_;

 private:
  struct Running {
    explicit Running(std::atomic<int>& count_in) : count(count_in) { ++count; }
    ~Running() { --count; }
    std::atomic<int>& count;
  };

  Task<> Whole(Exchange& exchange, std::string_view path) {
    Response response;
    response.content_type = "text/plain";
    if (path == "/echo") {
      auto body = co_await exchange.ReadBody(64 * 1024);
      if (!body) {
        co_await exchange.Send(Problem(body.error(), exchange.request_id()));
        co_return;
      }
      response.body = *std::move(body);
    } else if (path == "/refuse") {
      response.status = 413;
    } else if (path == "/wait") {
      co_await released_.Wait();
    } else if (path == "/split") {
      response.fields.emplace_back("X-Evil", "a\r\nX-Evil: yes");
    } else if (path == "/split-stream") {
      response.fields.emplace_back("X-Evil", "a\r\nX-Evil: yes");
      co_await exchange.SendHead(std::move(response), 3);
      co_return;
    } else if (path == "/big") {
      response.body = std::string(3'000'000, 'x');
    } else if (path == "/address") {
      response.body = exchange.client_address();
    } else {
      response.body = std::to_string(handled_);
    }
    co_await exchange.Send(std::move(response));
  }

  Task<> Upload(Exchange& exchange) {
    std::uint64_t total = 0;
    std::uint64_t sum = 0;
    std::vector<char> room(10'000);
    while (true) {
      const auto bytes = co_await exchange.ReadBodySome(boost::asio::buffer(room));
      if (!bytes) {
        co_await exchange.Send(Problem(bytes.error(), exchange.request_id()));
        co_return;
      }
      if (*bytes == 0) break;
      total += *bytes;
      for (std::size_t i = 0; i < *bytes; ++i) sum = sum * 31 + static_cast<std::uint8_t>(room[i]);
    }
    Response response;
    response.body = std::to_string(total) + " " + std::to_string(sum);
    co_await exchange.Send(std::move(response));
  }

  Task<> Pieces(Exchange& exchange, std::string_view path) {
    co_await exchange.SendHead({}, 1'000'000);
    const std::string piece(100'000, 'p');
    const int count = path == "/short" || path == "/throw-midway" ? 3 : path == "/too-much" ? 11 : 10;
    for (int i = 0; i < count; ++i) {
      const boost::asio::const_buffer pieces[] = {boost::asio::buffer(piece)};
      co_await exchange.SendPiece(pieces);
    }
    if (path == "/throw-midway") throw std::runtime_error("midway");
  }

  Task<> Live(Exchange& exchange) {
    exchange.BecomeStream();
    Response response;
    response.content_type = "text/event-stream";
    co_await exchange.SendHead(std::move(response), std::nullopt);
    co_await exchange.ClientGone();
  }
};

HttpServer::HttpServer(EdgeLimits limits, std::vector<std::string> proxies, TlsContext* tls) {
  edge_ = std::make_unique<Edge>(io_.get_executor(), *Site::Parse("http://aplus.test"), limits,
                                 std::move(proxies), std::vector<std::string>{}, metrics_, clock_, random_);
  pages_ = std::make_unique<Pages>(io_.get_executor());
  listener_ = std::make_unique<Listener>(*edge_, *pages_, tls);
  if (const auto listening = listener_->Listen("127.0.0.1:0"); !listening) {
    throw std::runtime_error(listening.error().diagnostic);
  }
  port_ = listener_->port();
  thread_ = std::thread([this] { io_.run(); });
}

HttpServer::~HttpServer() {
  Release();
  if (!draining_) BeginDrain();
  thread_.join();
}

int HttpServer::handled() const { return pages_->handled_; }

void HttpServer::Release() {
  boost::asio::post(io_, [this] { pages_->released_.Set(); });
}

void HttpServer::BeginDrain() {
  draining_ = true;
  boost::asio::post(io_, [this] {
    boost::asio::co_spawn(io_, listener_->Drain(std::chrono::seconds(2)),
                          [this](std::exception_ptr) { edge_->deadlines.Close(); });
  });
}

void HttpServer::WaitForHandled(int count) {
  http_server::WaitUntil([&] { return pages_->handled_ >= count; }, "handled");
}

void HttpServer::WaitForHandlers(int running) {
  http_server::WaitUntil([&] { return pages_->running_ == running; }, "handlers");
}

void HttpServer::WaitForGone(std::uint64_t least) {
  http_server::WaitUntil([&] { return figures().status_gone.value() >= least; }, "clients that left");
}

void HttpServer::WaitForConnections(std::size_t count) {
  http_server::WaitUntil(
      [&] {
        boost::asio::post(io_, [this] { counted_ = listener_->connections(); });
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return counted_ == count;
      },
      "connections");
}

Client::Client(std::uint16_t port) {
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::strerror(errno));
  }
}

Client::~Client() { ::close(socket_); }

void Client::Reset() {
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void Client::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

// False at the end; was_reset_ tells which.
bool Client::Fill() {
  char chunk[16384];
  const ssize_t got = ::recv(socket_, chunk, sizeof chunk, 0);
  if (got < 0) was_reset_ = errno == ECONNRESET;
  if (got <= 0) return false;
  buffer_.append(chunk, static_cast<std::size_t>(got));
  return true;
}

std::string Client::ReadHeadOnly() {
  while (buffer_.find("\r\n\r\n") == std::string::npos) {
    if (!Fill()) return {};
  }
  const std::size_t end = buffer_.find("\r\n\r\n") + 4;
  const std::string head = buffer_.substr(0, end);
  buffer_.erase(0, end);
  return head;
}

std::optional<Client::Answer> Client::ReadAnswer(bool without_body) {
  Answer answer;
  answer.head = ReadHeadOnly();
  if (!answer.head.starts_with("HTTP/1.1 ")) return std::nullopt;
  answer.status = std::stoi(answer.head.substr(9, 3));
  const std::string length = answer.Field("Content-Length");
  const std::size_t size = without_body || length.empty() ? 0 : std::stoul(length);
  while (buffer_.size() < size) {
    if (!Fill()) return std::nullopt;
  }
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

std::string Client::ReadPast(std::string_view text) {
  while (buffer_.find(text) == std::string::npos) {
    if (!Fill()) return std::exchange(buffer_, {});
  }
  const std::size_t end = buffer_.find(text) + text.size();
  const std::string read = buffer_.substr(0, end);
  buffer_.erase(0, end);
  return read;
}

std::optional<std::string> Client::ReadToEnd() {
  errno = 0;
  while (Fill()) {
  }
  if (errno != 0) return std::nullopt;
  return buffer_;
}

std::string Client::Answer::Field(std::string_view name) const {
  std::string_view rest = head;
  while (!rest.empty()) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    const std::size_t colon = line.find(':');
    if (colon != std::string_view::npos && EqualsIgnoreCase(line.substr(0, colon), name)) {
      return std::string(line.substr(std::min(line.size(), colon + 2)));
    }
  }
  return {};
}

}  // namespace aplus::gateway::test
