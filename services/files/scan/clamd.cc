#include "services/files/scan/clamd.h"

#include <array>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

#include "libs/runtime/config.h"

namespace aplus::files {
namespace clamd {

using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Executor>;

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kCommand("zINSTREAM\0", 10);
constexpr std::size_t kMostAnswer = 1024;

boost::asio::generic::stream_protocol::endpoint EndpointOf(const std::string& address) {
  if (address.starts_with(kUnix))
    return boost::asio::local::stream_protocol::endpoint(address.substr(kUnix.size()));
  const HostPort parts = ParseHostPort(address);
  boost::system::error_code error;
  const auto host = boost::asio::ip::make_address(parts.host, error);
  if (error)
    throw ConfigError("files.clamd: \"" + address + "\" is neither unix:/path nor numeric-host:port");
  return boost::asio::ip::tcp::endpoint(host, parts.port);
}

tl::unexpected<Error> NoVerdict(std::string_view what) {
  return Fail(Reason::kUnavailable, "clamd: " + std::string(what));
}

}  // namespace clamd

struct Clamd::Scan::State {
  State(Executor executor, Duration limit) : socket(executor), timer(executor, limit) {}

  // Closing the socket fails whatever waits for it.
  static void Limit(const std::shared_ptr<State>& state) {
    state->timer.async_wait([weak = std::weak_ptr<State>(state)](const boost::system::error_code& error) {
      const auto alive = weak.lock();
      if (error || !alive) return;
      alive->timed_out = true;
      boost::system::error_code ignored;
      alive->socket.close(ignored);
    });
  }

  clamd::Socket socket;
  Timer timer;
  bool timed_out = false;
};

Clamd::Clamd(const std::string& address, Executor executor)
    : endpoint_(clamd::EndpointOf(address)), executor_(executor) {}

Clamd::Scan::Scan(std::shared_ptr<State> state) : state_(std::move(state)) {}
Clamd::Scan::Scan(Scan&&) noexcept = default;
Clamd::Scan::~Scan() = default;

Task<Result<Clamd::Scan>> Clamd::Begin(Duration limit) {
  auto state = std::make_shared<Scan::State>(executor_, limit);
  Scan::State::Limit(state);
  boost::system::error_code error;
  co_await state->socket.async_connect(endpoint_, boost::asio::redirect_error(kUseTask, error));
  if (error) co_return clamd::NoVerdict(error.message());
  co_await boost::asio::async_write(state->socket,
                                    boost::asio::buffer(clamd::kCommand.data(), clamd::kCommand.size()),
                                    boost::asio::redirect_error(kUseTask, error));
  if (error) co_return clamd::NoVerdict(error.message());
  co_return Scan(std::move(state));
}

Task<Result<void>> Clamd::Scan::Send(BytesView plain) {
  const auto size = static_cast<std::uint32_t>(plain.size());
  const std::array<std::uint8_t, 4> length{
      static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
      static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
  const std::array<boost::asio::const_buffer, 2> buffers{boost::asio::buffer(length),
                                                         boost::asio::buffer(plain.data(), plain.size())};
  boost::system::error_code error;
  co_await boost::asio::async_write(state_->socket, buffers, boost::asio::redirect_error(kUseTask, error));
  if (error) co_return clamd::NoVerdict(state_->timed_out ? "no answer in time" : error.message());
  co_return Result<void>();
}

Task<Result<Verdict>> Clamd::Scan::Finish() {
  CO_TRY_VOID(co_await Send({}));
  std::string answer;
  std::array<char, 256> buffer;
  boost::system::error_code error;
  while (!error && answer.size() < clamd::kMostAnswer && answer.find('\0') == std::string::npos) {
    const std::size_t got = co_await state_->socket.async_read_some(
        boost::asio::buffer(buffer), boost::asio::redirect_error(kUseTask, error));
    answer.append(buffer.data(), got);
  }
  const std::size_t end = answer.find('\0');
  if (end == std::string::npos) {
    co_return clamd::NoVerdict(state_->timed_out ? "no answer in time" : "the connection broke");
  }
  answer.resize(end);
  if (answer == "stream: OK") co_return Verdict::kClean;
  if (answer.starts_with("stream: ") && answer.ends_with(" FOUND")) co_return Verdict::kInfected;
  // "INSTREAM size limit exceeded. ERROR" and the like.
  co_return clamd::NoVerdict(answer);
}

}  // namespace aplus::files
