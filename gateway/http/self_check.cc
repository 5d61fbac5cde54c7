#include "gateway/http/self_check.h"

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "libs/runtime/deadline_queue.h"

namespace aplus::gateway {
namespace self_check {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
constexpr auto kTuple = boost::asio::as_tuple(kUseTask);
constexpr auto kPatience = std::chrono::seconds(2);

// Cuts the socket off when the time is over.
class Limit final : public DeadlineEntry {
 public:
  explicit Limit(Socket& socket) : socket_(socket) {}

 private:
  void OnDeadline() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  Socket& socket_;
};

}  // namespace self_check

Task<bool> AnswersFreshConnection(std::string address, std::uint16_t port, std::string host, bool plain) {
  using namespace self_check;
  const Executor executor = co_await boost::asio::this_coro::executor;
  Socket socket(executor);
  DeadlineQueue deadlines(executor);
  Limit limit(socket);
  deadlines.Set(limit, SteadyClock::now() + kPatience);
  const boost::asio::ip::tcp::endpoint endpoint(boost::asio::ip::make_address(address), port);
  const auto [connecting] = co_await socket.async_connect(endpoint, kTuple);
  if (connecting) co_return false;
  if (!plain) co_return true;
  const std::string request = fmt::format("HEAD / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", host);
  const auto [writing, written] =
      co_await boost::asio::async_write(socket, boost::asio::buffer(request), kTuple);
  if (writing) co_return false;
  char first[8];
  const auto [reading, bytes] = co_await socket.async_read_some(boost::asio::buffer(first), kTuple);
  co_return !reading && bytes > 0;
}

}  // namespace aplus::gateway
