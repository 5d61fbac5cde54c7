#include <optional>
#include <string>
#include <utility>

#include "aplus/api/v1/transfer.pb.h"
#include "gateway/proxy/live_text.h"
#include "gateway/proxy/transfers.h"
#include "libs/rpc/wire.h"
#include "libs/runtime/task_scope.h"
#include "libs/telemetry/log.h"

namespace aplus::gateway {
namespace events_detail {

constexpr Duration kDrainPatience = std::chrono::seconds(1);
// A page that does not read is let go; it resumes from its last id.
constexpr std::size_t kMaxPending = 64 * 1024;
constexpr unsigned kRetryLeast = 1000;
constexpr unsigned kRetrySpread = 4000;

// Three things may happen at any time: an event, the client's leaving, the process's stopping. Each has its
// coroutine; this is what they tell the one that writes.
struct Live {
  explicit Live(ProxyCall& call_in, ByteStream stream_in, Executor executor)
      : call(call_in), stream(std::move(stream_in)), wake(executor) {}

  void End() {
    ended = true;
    wake.Set();
  }

  ProxyCall& call;
  ByteStream stream;
  Event wake;
  std::string pending;
  bool ended = false;
};

// False: that was the last.
bool Take(Live& live, const Result<std::optional<grpc::ByteBuffer>>& buffer) {
  if (!buffer || !*buffer) return false;
  api::v1::LiveEvent event;
  if (!FromByteBuffer(**buffer, event)) return false;
  live.pending += ToLiveText(event);
  if (live.pending.size() > kMaxPending) return false;
  live.wake.Set();
  return true;
}

Task<> ReadEvents(Live* live, Result<std::optional<grpc::ByteBuffer>> first) {
  bool goes_on = Take(*live, first);
  while (goes_on && !live->ended) {
    const Result<std::optional<grpc::ByteBuffer>> next = co_await live->stream.ReadBuffer();
    goes_on = Take(*live, next);
  }
  live->End();
}

Task<> WatchClient(Live* live) {
  co_await live->call.exchange.ClientGone();
  live->End();
}

Task<> WatchDraining(Live* live, Event* draining) {
  co_await draining->Wait();
  live->End();
  // A client that does not read must not hold the process up.
  co_await Sleep(kDrainPatience);
  live->call.exchange.Reset();
}

// Nothing is told to a session that has ended (P14): asked again, with the answer kept a second as
// everywhere. Our asking is no use of it: a page that stands open must not keep a session from resting.
Task<bool> SessionLives(ProxyCall& call) {
  if (call.session.empty()) co_return true;
  const auto lives = co_await call.sessions.Authenticate(call.session, call.options, Sessions::Use::kNone);
  // auth away: the page keeps what it shows, and its stream; there is nothing secret in it.
  co_return lives || lives.error().reason != Reason::kUnauthenticated;
}

Task<> Write(Live* live) {
  while (true) {
    const bool woken = co_await live->wake.WaitFor(live->call.exchange.edge().limits.heartbeat);
    live->wake.Reset();
    std::string text = std::exchange(live->pending, {});
    if (!woken) text += kHeartbeat;
    const bool lives = co_await SessionLives(live->call);
    if (!lives) co_return;
    if (!text.empty()) {
      const boost::asio::const_buffer piece = boost::asio::buffer(text);
      const bool sent = co_await live->call.exchange.SendPiece({&piece, 1});
      if (!sent) co_return;
    }
    if (live->ended && live->pending.empty()) co_return;
  }
}

// The coroutines that share `live` are joined before it dies, so this part runs to its end whatever happens;
// what ends it is the client, the backend or the draining.
Task<> Run(Live* live, std::optional<grpc::ByteBuffer> first, Event* draining, Executor executor) {
  TaskScope scope(executor);
  scope.Spawn("live read", ReadEvents(live, std::move(first)));
  scope.Spawn("live client", WatchClient(live));
  scope.Spawn("live draining", WatchDraining(live, draining));
  std::exception_ptr escaped;
  try {
    co_await Write(live);
  } catch (...) {
    escaped = std::current_exception();
  }
  live->ended = true;
  live->stream.Cancel();
  co_await scope.Stop();
  if (escaped) std::rethrow_exception(escaped);
}

}  // namespace events_detail

Task<Result<void>> RunEvents(ProxyCall& call) {
  using namespace events_detail;
  CO_TRY(const std::string wire, RequestWire(call, {}));
  const grpc::Slice slice(wire.data(), wire.size());
  CO_TRY(ByteStream stream, co_await call.backend.channel->OpenRaw(call.backend.method, call.options));
  CO_TRY_VOID(co_await stream.WriteBuffer(grpc::ByteBuffer(&slice, 1)));
  CO_TRY_VOID(co_await stream.CloseWriting());
  // Backends begin with an event, at once: what is refused instead is a problem document, not a stream.
  CO_TRY(std::optional<grpc::ByteBuffer> first, co_await stream.ReadBuffer());
  Edge& edge = call.exchange.shared_edge();
  call.exchange.BecomeStream();
  Response response;
  response.content_type = "text/event-stream";
  const bool begun = co_await call.exchange.SendHead(std::move(response), std::nullopt);
  if (!begun) co_return Result<void>();
  std::uint16_t spread = 0;
  edge.random.Fill({reinterpret_cast<std::uint8_t*>(&spread), sizeof spread});
  const std::string greeting = LiveGreeting(kRetryLeast + spread % kRetrySpread);
  const boost::asio::const_buffer piece = boost::asio::buffer(greeting);
  const bool greeted = co_await call.exchange.SendPiece({&piece, 1});
  if (!greeted) co_return Result<void>();
  Live live(call, std::move(stream), edge.executor);
  co_await Uncancellable(Run(&live, std::move(first), &edge.draining, edge.executor));
  co_return Result<void>();
}

}  // namespace aplus::gateway
