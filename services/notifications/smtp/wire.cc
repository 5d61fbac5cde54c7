#include "services/notifications/smtp/wire.h"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <optional>
#include <vector>

namespace aplus::smtp {
namespace wire {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using TlsStream = boost::asio::ssl::stream<Socket&>;
using Endpoint = boost::asio::ip::tcp::endpoint;

std::vector<Endpoint> LookUp(const std::string& host, std::uint16_t port) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::resolver resolver(io);
  boost::system::error_code error;
  std::vector<Endpoint> endpoints;
  for (const auto& entry : resolver.resolve(host, std::to_string(port), error))
    endpoints.push_back(entry.endpoint());
  return endpoints;
}

}  // namespace wire

std::string_view ToString(Failure failure) {
  switch (failure) {
    case Failure::kConnect:
      return "connect";
    case Failure::kTimeout:
      return "timeout";
    case Failure::kClosed:
      return "closed";
    case Failure::kMalformed:
      return "malformed";
    case Failure::kTls:
      return "tls";
    case Failure::kAuth:
      return "auth";
    case Failure::kBusy:
      return "busy";
    case Failure::kRefused:
      return "refused";
  }
  return "unknown";
}

struct Wire::State {
  State(Executor executor, Duration limit) : socket(executor), timer(executor), step_limit(limit) {}

  wire::Socket socket;
  std::optional<wire::TlsStream> tls;
  Timer timer;
  Duration step_limit;
  // Which step the timer is set for: an expiry that was under way when its step ended must not hit the next
  // one.
  std::uint64_t step = 0;
  bool timed_out = false;
  ReplyReader reader;

  void Close() {
    boost::system::error_code ignored;
    socket.close(ignored);
  }
  Failure Why(const boost::system::error_code&, Failure otherwise) const {
    return timed_out ? Failure::kTimeout : otherwise;
  }
};

class Wire::Limit {
 public:
  explicit Limit(std::shared_ptr<State> state) : state_(std::move(state)) {
    const std::uint64_t step = ++state_->step;
    state_->timer.expires_after(state_->step_limit);
    state_->timer.async_wait(
        [weak = std::weak_ptr<State>(state_), step](const boost::system::error_code& error) {
          if (error) return;
          const std::shared_ptr<State> held = weak.lock();
          if (!held || held->step != step) return;
          held->timed_out = true;
          held->Close();  // fails whatever waits on it
        });
  }
  ~Limit() {
    ++state_->step;
    state_->timer.cancel();
  }
  Limit(const Limit&) = delete;
  Limit& operator=(const Limit&) = delete;

 private:
  std::shared_ptr<State> state_;
};

Wire::Wire(Executor executor, Duration step_limit) : state_(std::make_shared<State>(executor, step_limit)) {}

Wire::~Wire() { state_->Close(); }

bool Wire::HasRest() const { return state_->reader.HasRest(); }

bool Wire::secure() const { return state_->tls.has_value(); }

Task<Outcome<void>> Wire::Connect(BlockingPool& pool, std::string host, std::uint16_t port) {
  const std::vector<wire::Endpoint> endpoints =
      co_await pool.Run([&host, port] { return wire::LookUp(host, port); });
  if (endpoints.empty()) co_return tl::unexpected(Failure::kConnect);
  const Limit limit(state_);
  boost::system::error_code error;
  co_await boost::asio::async_connect(state_->socket, endpoints,
                                      boost::asio::redirect_error(kUseTask, error));
  if (error) co_return tl::unexpected(state_->Why(error, Failure::kConnect));
  state_->socket.set_option(boost::asio::ip::tcp::no_delay(true), error);
  co_return Outcome<void>();
}

Task<Outcome<void>> Wire::StartTls(boost::asio::ssl::context& context, std::string host) {
  if (state_->reader.HasRest()) co_return tl::unexpected(Failure::kTls);
  const Limit limit(state_);
  state_->tls.emplace(state_->socket, context);
  boost::system::error_code error;
  // Server name indication, for relays that serve several names; an address is not a name.
  boost::asio::ip::make_address(host, error);
  if (error) SSL_set_tlsext_host_name(state_->tls->native_handle(), host.c_str());
  state_->tls->set_verify_callback(boost::asio::ssl::host_name_verification(host), error);
  co_await state_->tls->async_handshake(boost::asio::ssl::stream_base::client,
                                        boost::asio::redirect_error(kUseTask, error));
  if (error) co_return tl::unexpected(state_->Why(error, Failure::kTls));
  co_return Outcome<void>();
}

Task<Outcome<void>> Wire::Write(std::string_view bytes) {
  const Limit limit(state_);
  boost::system::error_code error;
  const auto buffer = boost::asio::buffer(bytes.data(), bytes.size());
  if (state_->tls) {
    co_await boost::asio::async_write(*state_->tls, buffer, boost::asio::redirect_error(kUseTask, error));
  } else {
    co_await boost::asio::async_write(state_->socket, buffer, boost::asio::redirect_error(kUseTask, error));
  }
  if (error) co_return tl::unexpected(state_->Why(error, Failure::kClosed));
  co_return Outcome<void>();
}

Task<Outcome<Reply>> Wire::Read() {
  // One limit for the whole reply: a server that sends a byte every now and then gains nothing.
  const Limit limit(state_);
  ReplyReader::Status status = state_->reader.Feed({});
  std::array<char, 2048> bytes;
  while (status == ReplyReader::Status::kMore) {
    boost::system::error_code error;
    const auto buffer = boost::asio::buffer(bytes);
    std::size_t count = 0;
    if (state_->tls) {
      count = co_await state_->tls->async_read_some(buffer, boost::asio::redirect_error(kUseTask, error));
    } else {
      count = co_await state_->socket.async_read_some(buffer, boost::asio::redirect_error(kUseTask, error));
    }
    if (error) co_return tl::unexpected(state_->Why(error, Failure::kClosed));
    status = state_->reader.Feed({bytes.data(), count});
  }
  if (status == ReplyReader::Status::kMalformed) {
    state_->Close();
    co_return tl::unexpected(Failure::kMalformed);
  }
  co_return state_->reader.Take();
}

}  // namespace aplus::smtp
