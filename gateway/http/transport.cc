#include "gateway/http/transport.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

namespace aplus::gateway {
namespace transport_detail {

namespace asio = boost::asio;

constexpr auto kTuple = asio::as_tuple(kUseTask);

// A span as asio takes buffer sequences.
struct Pieces {
  using value_type = asio::const_buffer;
  using const_iterator = const asio::const_buffer*;
  const_iterator begin() const { return span.data(); }
  const_iterator end() const { return span.data() + span.size(); }
  std::span<const asio::const_buffer> span;
};

class PlainTransport final : public Transport {
 public:
  PlainTransport(Socket socket, DeadlineQueue& deadlines)
      : Transport(deadlines), socket_(std::move(socket)) {}

  Task<Io> Handshake(SteadyTime) override { co_return Io::kDone; }

  Task<ReadOutcome> ReadSome(asio::mutable_buffer buffer, SteadyTime deadline) override {
    Begin(deadline);
    const auto [error, bytes] = co_await socket_.async_read_some(buffer, kTuple);
    co_return ReadOutcome{End(error), bytes};
  }

  Task<Io> Write(std::span<const asio::const_buffer> pieces, SteadyTime deadline) override {
    Begin(deadline);
    const auto [error, bytes] = co_await asio::async_write(socket_, Pieces{pieces}, kTuple);
    co_return End(error);
  }

  Task<> CloseWriting(SteadyTime) override {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    co_return;
  }

 private:
  Socket& socket() override { return socket_; }

  Socket socket_;
};

class TlsTransport final : public Transport {
 public:
  TlsTransport(Socket socket, DeadlineQueue& deadlines, std::shared_ptr<asio::ssl::context> context)
      : Transport(deadlines), context_(std::move(context)), stream_(std::move(socket), *context_) {}

  Task<Io> Handshake(SteadyTime deadline) override {
    Begin(deadline);
    const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kTuple);
    co_return End(error);
  }

  Task<ReadOutcome> ReadSome(asio::mutable_buffer buffer, SteadyTime deadline) override {
    Begin(deadline);
    const auto [error, bytes] = co_await stream_.async_read_some(buffer, kTuple);
    co_return ReadOutcome{End(error), bytes};
  }

  Task<Io> Write(std::span<const asio::const_buffer> pieces, SteadyTime deadline) override {
    Begin(deadline);
    const auto [error, bytes] = co_await asio::async_write(stream_, Pieces{pieces}, kTuple);
    co_return End(error);
  }

  Task<> CloseWriting(SteadyTime deadline) override {
    Begin(deadline);
    const auto [error] = co_await stream_.async_shutdown(kTuple);
    End(error);
  }

 private:
  Socket& socket() override { return stream_.next_layer(); }

  std::shared_ptr<asio::ssl::context> context_;
  asio::ssl::stream<Socket> stream_;
};

}  // namespace transport_detail

void Transport::Begin(SteadyTime deadline) {
  if (deadline != SteadyTime::max()) deadlines_.Set(*this, deadline);
}

Io Transport::End(const boost::system::error_code& error) {
  deadlines_.Remove(*this);
  if (!error) return Io::kDone;
  if (timed_out_) return Io::kTimeout;
  if (error == boost::asio::error::eof || error == boost::asio::ssl::error::stream_truncated) return Io::kEnd;
  return Io::kBroken;
}

void Transport::OnDeadline() {
  timed_out_ = true;
  boost::system::error_code ignored;
  socket().cancel(ignored);
}

Task<> Transport::WaitReadable() {
  co_await socket().async_wait(Socket::wait_read, transport_detail::kTuple);
}

bool Transport::HasUnread() {
  boost::system::error_code error;
  const std::size_t bytes = socket().available(error);
  return !error && bytes > 0;
}

void Transport::Close() {
  boost::system::error_code ignored;
  socket().close(ignored);
}

void Transport::Reset() {
  boost::system::error_code ignored;
  socket().set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket().close(ignored);
}

std::unique_ptr<Transport> MakePlainTransport(Socket socket, DeadlineQueue& deadlines) {
  return std::make_unique<transport_detail::PlainTransport>(std::move(socket), deadlines);
}

std::unique_ptr<Transport> MakeTlsTransport(Socket socket, DeadlineQueue& deadlines,
                                            std::shared_ptr<boost::asio::ssl::context> context) {
  return std::make_unique<transport_detail::TlsTransport>(std::move(socket), deadlines, std::move(context));
}

}  // namespace aplus::gateway
