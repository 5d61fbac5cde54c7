#include "gateway/http/listener.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>

#include "libs/runtime/config.h"
#include "libs/telemetry/log.h"

namespace aplus::gateway {
namespace listener_detail {

constexpr auto kTuple = boost::asio::as_tuple(kUseTask);
// After running out of descriptors: time for others to close theirs.
constexpr auto kPause = std::chrono::milliseconds(100);
constexpr auto kDrainPoll = std::chrono::milliseconds(20);

// It said nothing and hung up.
bool IsGone(Socket& socket) {
  char byte = 0;
  return ::recv(socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

}  // namespace listener_detail

Listener::Listener(Edge& edge, Handler& handler, TlsContext* tls)
    : edge_(edge),
      handler_(handler),
      tls_(tls),
      acceptor_(edge.executor),
      accepting_(edge.executor),
      running_(edge.executor),
      tokens_(edge.limits.accepts_per_second),
      refilled_(SteadyClock::now()) {}

Listener::~Listener() = default;

Result<void> Listener::Listen(std::string_view address) {
  using boost::asio::ip::tcp;
  const HostPort where = ParseHostPort(address);
  boost::system::error_code error;
  const auto ip = boost::asio::ip::make_address(where.host, error);
  if (error) return Fail(Reason::kUnavailable, fmt::format("{} is no address", where.host));
  const tcp::endpoint endpoint(ip, where.port);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (error)
    return Fail(Reason::kUnavailable, fmt::format("cannot listen on {}: {}", address, error.message()));
  accepting_.Spawn("accept", Accept());
  return {};
}

std::uint16_t Listener::port() const {
  boost::system::error_code error;
  const auto endpoint = acceptor_.local_endpoint(error);
  return error ? std::uint16_t{0} : endpoint.port();
}

Task<> Listener::Accept() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(listener_detail::kTuple);
    if (error == boost::asio::error::operation_aborted) co_return;
    if (error) {
      if (error == boost::asio::error::no_descriptors) log::Warn("out of descriptors; accepting pauses");
      co_await Sleep(listener_detail::kPause);
      continue;
    }
    // Those that left while they waited, or are too many, cost no time: a flood that is over is forgotten at
    // once.
    if (listener_detail::IsGone(socket)) continue;
    const std::optional<Peer> peer = PeerOf(socket);
    if (!peer || !HasRoomFor(*peer)) continue;
    co_await PaceAccepts();
    Admit(std::move(socket), *peer);
  }
}

// A burst beyond the rate waits in the kernel's queue instead of being turned away.
Task<> Listener::PaceAccepts() {
  const double rate = edge_.limits.accepts_per_second;
  const SteadyTime now = SteadyClock::now();
  tokens_ = std::min(rate, tokens_ + rate * std::chrono::duration<double>(now - refilled_).count());
  refilled_ = now;
  tokens_ -= 1;
  if (tokens_ < 0) {
    co_await Sleep(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(-tokens_ / rate)));
  }
}

std::optional<Listener::Peer> Listener::PeerOf(const Socket& socket) const {
  boost::system::error_code error;
  const auto endpoint = socket.remote_endpoint(error);
  if (error) return std::nullopt;
  boost::asio::ip::address ip = endpoint.address();
  if (ip.is_v6() && ip.to_v6().is_v4_mapped()) {
    ip = boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, ip.to_v6());
  }
  Peer peer{.address = ip.to_string()};
  peer.is_proxy = std::find(edge_.proxies.begin(), edge_.proxies.end(), peer.address) != edge_.proxies.end();
  return peer;
}

bool Listener::HasRoomFor(const Peer& peer) {
  const auto known = by_address_.find(peer.address);
  const std::size_t of_peer = known == by_address_.end() ? 0 : known->second;
  const bool room = counted_ < edge_.limits.connections &&
                    (peer.is_proxy || of_peer < edge_.limits.connections_per_address);
  if (!room) edge_.figures.over_limit.Add();
  return room;
}

void Listener::Admit(Socket socket, const Peer& peer) {
  boost::system::error_code error;
  socket.set_option(boost::asio::ip::tcp::no_delay(true), error);
  ++counted_;
  ++by_address_[peer.address];
  const auto leave = [this, address = peer.address] {
    --counted_;
    if (const auto found = by_address_.find(address); --found->second == 0) by_address_.erase(found);
  };
  auto transport = tls_ == nullptr ? MakePlainTransport(std::move(socket), edge_.deadlines)
                                   : MakeTlsTransport(std::move(socket), edge_.deadlines, tls_->Current());
  auto connection = std::make_unique<Connection>(edge_, handler_, std::move(transport), peer.address, leave);
  open_.push_back(*connection);
  running_.Spawn("connection", RunConnection(std::move(connection)));
}

Task<> Listener::RunConnection(std::unique_ptr<Connection> connection) { co_await connection->Run(); }

Task<> Listener::Drain(Duration limit) {
  edge_.draining.Set();
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  co_await accepting_.Stop();
  for (Connection& connection : open_) connection.CloseIfIdle();
  const SteadyTime end = SteadyClock::now() + limit;
  while (running_.size() > 0 && SteadyClock::now() < end) co_await Sleep(listener_detail::kDrainPoll);
  if (running_.size() > 0) log::Warn("connections cut while draining", {{log::kCount, running_.size()}});
  co_await running_.Stop();
}

}  // namespace aplus::gateway
