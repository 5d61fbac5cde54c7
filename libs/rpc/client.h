// Calls other services.
//
//   Channel& auth = channels.Get("auth");
//   CO_TRY(auto answer, co_await auth.Call<AuthenticateResponse>("aplus.auth.v1.Sessions.Authenticate",
//   request,
//                                                                 CallOptions::For(call)));
//
// A call takes its deadline from its options (each hop keeps 50 ms for its own answer and fails fast below
// 100 ms), is tried again at most twice when that cannot do harm (SECURITY 3.3), and is refused at once while
// the backend's breaker is open. Streams use connections of their own, so that bulk data does not hold up
// calls. Everything here belongs to the io thread.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "libs/base/random.h"
#include "libs/base/result.h"
#include "libs/rpc/call.h"
#include "libs/rpc/methods.h"
#include "libs/rpc/queue.h"
#include "libs/rpc/stream.h"
#include "libs/rpc/wire.h"
#include "libs/runtime/config.h"
#include "libs/telemetry/metrics.h"

namespace aplus {

struct CallOptions {
  // When the answer must be here; the method's own deadline applies too. Streams: none unless set.
  SteadyTime deadline = SteadyTime::max();
  // Streams: the longest that one message may take to be written or, where the caller expects steady
  // progress, to arrive; zero: the method's deadline for writing, no limit for reading.
  Duration idle_limit{};
  std::string token;       // identity token, on whose behalf; empty: the service's own
  std::string request_id;  // empty: a fresh one
  std::optional<TraceContext> trace;
  std::string client_address, user_agent;
  std::optional<IdempotencyKey> idempotency_key;
  std::optional<std::int64_t> if_match;

  // On behalf of the call that is being served: its token, ids, addresses, and its deadline less 50 ms. Key
  // and version are not handed on: they belong to the caller's own operation.
  static CallOptions For(const Call& call);
  // A job of the service itself.
  static CallOptions Within(Duration limit);
};

class Channel;

// A stream in progress, bytes level. Move-only; destroying it cancels what still runs, without waiting. One
// operation at a time.
class ByteStream final : public MessageSink, public MessageSource {
 public:
  ByteStream(ByteStream&&) noexcept;
  ByteStream& operator=(ByteStream&&) noexcept;
  ~ByteStream();

  // Error: the stream ended; its reason (the server's answer) where there is one.
  Task<Result<void>> WriteBuffer(grpc::ByteBuffer buffer) override;
  // No more messages from here; the server sees the end.
  Task<Result<void>> CloseWriting();
  // nullopt: the server ended the stream with success.
  Task<Result<std::optional<grpc::ByteBuffer>>> ReadBuffer() override;
  // For client streams: closes writing and answers the one response.
  Task<Result<grpc::ByteBuffer>> Finish();
  void Cancel();

  struct State;  // NOLINT(cppcoreguidelines-virtual-class-destructor): final where it is defined

 private:
  friend class Channel;
  explicit ByteStream(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

// A server stream's messages, typed.
template <class Response>
class ResponseReader {
 public:
  explicit ResponseReader(ByteStream stream) : stream_(std::move(stream)) {}
  // nullopt at the end.
  Task<Result<std::optional<Response>>> Read() {
    CO_TRY(auto buffer, co_await stream_.ReadBuffer());
    if (!buffer) co_return std::optional<Response>();
    std::optional<Response> response(std::in_place);
    CO_TRY_VOID(FromByteBuffer(*buffer, *response));
    co_return response;
  }
  void Cancel() { stream_.Cancel(); }

 private:
  ByteStream stream_;
};

// A client stream's messages, typed.
template <class Request, class Response>
class RequestWriter {
 public:
  explicit RequestWriter(ByteStream stream) : stream_(std::move(stream)) {}
  Task<Result<void>> Write(const Request& request) { return stream_.WriteBuffer(ToByteBuffer(request)); }
  Task<Result<Response>> Finish() {
    CO_TRY(auto buffer, co_await stream_.Finish());
    Response response;
    CO_TRY_VOID(FromByteBuffer(buffer, response));
    co_return response;
  }
  void Cancel() { stream_.Cancel(); }

 private:
  ByteStream stream_;
};

// One backend. Connects on first use and again by itself (backoff 1 s … 5 s).
class Channel {
 public:
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;
  ~Channel();

  // Unary. `method` by full name with dots; unknown ones are a programming error and answer kInternal.
  template <class Response, class Request>
  Task<Result<Response>> Call(std::string_view method, const Request& request, CallOptions options) {
    CO_TRY(grpc::ByteBuffer buffer,
           co_await CallRaw(FindMethod(method), ToByteBuffer(request), std::move(options)));
    Response response;
    CO_TRY_VOID(FromByteBuffer(buffer, response));
    co_return response;
  }
  template <class Response, class Request>
  Task<Result<ResponseReader<Response>>> OpenServerStream(std::string_view method, const Request& request,
                                                          CallOptions options) {
    CO_TRY(ByteStream stream, co_await OpenRaw(FindMethod(method), std::move(options)));
    CO_TRY_VOID(co_await stream.WriteBuffer(ToByteBuffer(request)));
    CO_TRY_VOID(co_await stream.CloseWriting());
    co_return ResponseReader<Response>(std::move(stream));
  }
  template <class Request, class Response>
  Task<Result<RequestWriter<Request, Response>>> OpenClientStream(std::string_view method,
                                                                  CallOptions options) {
    CO_TRY(ByteStream stream, co_await OpenRaw(FindMethod(method), std::move(options)));
    co_return RequestWriter<Request, Response>(std::move(stream));
  }

  // The same on bytes, for the gateway. `method` may be nullptr: answers kInternal.
  Task<Result<grpc::ByteBuffer>> CallRaw(const Method* method, grpc::ByteBuffer request, CallOptions options);
  // Streams of either kind. The stream may outlive neither the Channels nor their Stop.
  Task<Result<ByteStream>> OpenRaw(const Method* method, CallOptions options);

  const std::string& service() const;
  // Whether calls are refused at present; for readiness pages and tests.
  bool breaker_open() const;

  struct State;

 private:
  friend class Channels;
  explicit Channel(std::unique_ptr<State> state);
  const Method* FindMethod(std::string_view name) const;
  std::unique_ptr<State> state_;
};

// The backends of a process, from the "services" of its configuration.
class Channels {
 public:
  // `methods`: those that may be called by name; all references outlive the channels.
  Channels(Queue& queue, const Config& config, const MethodTable& methods, Metrics& metrics,
           const Clock& clock, Random& random);
  // Must have been stopped if it was ever used.
  ~Channels();
  Channels(const Channels&) = delete;
  Channels& operator=(const Channels&) = delete;

  // ConfigError when the configuration names no such service: ask at start-up.
  Channel& Get(std::string_view service);
  // Cancels every call in progress; new ones answer kUnavailable. Returns when none is left. Idempotent.
  Task<> Stop();

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace aplus
