#include <grpcpp/generic/generic_stub.h>

#include <utility>

#include "libs/rpc/client.h"
#include "libs/rpc/client_impl.h"
#include "libs/rpc/error_status.h"
#include "libs/rpc/metadata.h"

namespace aplus {

// Shared by the ByteStream and, when that is destroyed too early, by the tag of the last operation.
struct ByteStream::State final : DeadlineEntry, std::enable_shared_from_this<ByteStream::State> {
  State(Channel::State& channel_in, const Method& method_in, Duration idle_limit_in)
      : channel(channel_in),
        method(method_in),
        idle_limit(idle_limit_in),
        active(channel.owner),
        operation(channel.owner.queue),
        goodbye(channel.owner.queue) {}
  ~State() { Record(Breaker::Outcome::kNothing); }

  // The breaker waits for one word on every call that it has let through.
  void Record(Breaker::Outcome outcome) {
    if (!std::exchange(recorded, true)) channel.breaker.Record(outcome, SteadyClock::now());
  }

  // A stream's own clock starts with each message.
  void Expect(Duration limit) {
    if (limit > Duration::zero()) channel.owner.deadlines.Set(*this, SteadyClock::now() + limit);
  }
  void Arrived() { channel.owner.deadlines.Remove(*this); }
  void OnDeadline() override {
    timed_out = true;
    active.context.TryCancel();
  }

  template <class Start>
  auto Await(Start start) {
    return operation.Await(std::move(start), [this] { active.context.TryCancel(); });
  }

  // Collects the status, once. nullopt: the server ended it well.
  Task<std::optional<Error>> End() {
    if (!ended) {
      grpc::Status status;
      co_await Await([&](void* tag) { stream->Finish(&status, tag); });
      ended = true;
      const bool by_service = !status.ok() && HasErrorInfo(status);
      Record(OutcomeOf(status, by_service, Duration::max()));
      CountAttempt(channel, status);
      if (!status.ok()) {
        error = ToError(status);
        if (timed_out) error = Fail(Reason::kTimeout, "no progress").value();
        if (!by_service) error->diagnostic = method.name + ": " + error->diagnostic;
      }
    }
    co_return error;
  }

  // Ends a stream that nobody waits for: gRPC frees its call only after Finish.
  void SayGoodbye() {
    active.context.TryCancel();
    goodbye.Begin(shared_from_this());
  }

  class GoodbyeTag final : public Tag {
   public:
    explicit GoodbyeTag(Queue& queue) : Tag(queue) {}
    void Begin(std::shared_ptr<State> state) {
      kept_ = std::move(state);
      kept_->stream->Finish(&status_, Arm());
    }

   private:
    void OnCompleted(bool) override {
      auto last = std::move(kept_);
      last->ended = true;
    }
    grpc::Status status_;
    std::shared_ptr<State> kept_;
  };

  Channel::State& channel;
  const Method& method;
  const Duration idle_limit;
  ActiveCall active;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream;
  QueueOperation operation;
  GoodbyeTag goodbye;
  bool started = false;
  bool writing_closed = false;
  bool ended = false;
  bool timed_out = false;
  bool recorded = false;
  std::optional<Error> error;
};

ByteStream::ByteStream(std::shared_ptr<State> state) : state_(std::move(state)) {}
ByteStream::ByteStream(ByteStream&&) noexcept = default;

ByteStream& ByteStream::operator=(ByteStream&& other) noexcept {
  if (this != &other) {
    ByteStream old(std::move(state_));  // says goodbye
    state_ = std::move(other.state_);
  }
  return *this;
}

ByteStream::~ByteStream() {
  if (state_ && state_->started && !state_->ended) state_->SayGoodbye();
}

void ByteStream::Cancel() { state_->active.context.TryCancel(); }

Task<Result<void>> ByteStream::WriteBuffer(grpc::ByteBuffer buffer) {
  State& state = *state_;
  // Would be taken for the end (metadata.h); it says nothing anyway.
  if (buffer.Length() == 0 && state.method.kind == StreamKind::kClientStream) co_return Result<void>();
  if (!state.ended && !state.writing_closed) {
    state.Expect(state.idle_limit > Duration::zero() ? state.idle_limit : state.method.deadline);
    const bool ok = co_await state.Await([&](void* tag) { state.stream->Write(buffer, tag); });
    state.Arrived();
    if (ok) co_return Result<void>();
  }
  // The server has answered before it had everything: its answer says why.
  auto error = co_await state.End();
  if (error) co_return Fail(*std::move(error));
  co_return Fail(Reason::kCancelled, state.method.name + ": the server ended the stream");
}

Task<Result<void>> ByteStream::CloseWriting() {
  State& state = *state_;
  if (!state.ended && !state.writing_closed) {
    state.writing_closed = true;
    const bool ok = co_await state.Await([&](void* tag) {
      if (state.method.kind == StreamKind::kClientStream) {
        grpc::Slice nothing;
        state.stream->WriteLast(grpc::ByteBuffer(&nothing, 1), grpc::WriteOptions(), tag);
      } else {
        state.stream->WritesDone(tag);
      }
    });
    if (!ok) {
      auto error = co_await state.End();
      if (error) co_return Fail(*std::move(error));
    }
  }
  co_return Result<void>();
}

Task<Result<std::optional<grpc::ByteBuffer>>> ByteStream::ReadBuffer() {
  State& state = *state_;
  grpc::ByteBuffer buffer;
  if (!state.ended) {
    state.Expect(state.idle_limit);
    const bool ok = co_await state.Await([&](void* tag) { state.stream->Read(&buffer, tag); });
    state.Arrived();
    if (ok) co_return std::optional<grpc::ByteBuffer>(std::move(buffer));
  }
  auto error = co_await state.End();
  if (error) co_return Fail(*std::move(error));
  co_return std::optional<grpc::ByteBuffer>();
}

Task<Result<grpc::ByteBuffer>> ByteStream::Finish() {
  CO_TRY_VOID(co_await CloseWriting());
  CO_TRY(std::optional<grpc::ByteBuffer> response, co_await ReadBuffer());
  if (!response) co_return Fail(Reason::kInternal, state_->method.name + ": no answer");
  auto error = co_await state_->End();
  if (error) co_return Fail(*std::move(error));
  co_return *std::move(response);
}

Task<Result<ByteStream>> Channel::OpenRaw(const Method* method, CallOptions options) {
  State& channel = *state_;
  if (method == nullptr) co_return Fail(Reason::kInternal, "call of an unknown method of " + channel.service);
  co_await channel.AwaitConnection(State::UseOf(*method), EndOfConnectionPatience(options.deadline));
  if (channel.owner.stopping) co_return Fail(Reason::kUnavailable, "stopping");
  if (!channel.breaker.Allow(SteadyClock::now())) {
    channel.refused.Add();
    co_return Fail(Reason::kUnavailable, channel.service + " fails: breaker open");
  }
  auto state = std::make_shared<ByteStream::State>(channel, *method, options.idle_limit);
  grpc::ClientContext& context = state->active.context;
  if (options.deadline != SteadyTime::max()) {
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::duration_cast<Duration>(options.deadline - SteadyClock::now()));
  }
  WriteMetadata(options, channel.owner, context);
  if (method->kind == StreamKind::kClientStream)
    context.AddMetadata(metadata::kStreamEnd, metadata::kStreamEndEmpty);
  state->stream =
      channel.Stub(State::UseOf(*method)).PrepareCall(&context, method->path, channel.owner.queue.get());
  // From here on the stream says goodbye if we do not get to end it, also when we are cancelled in this
  // await.
  ByteStream stream(state);
  const bool ok = co_await state->Await([&](void* tag) {
    state->started = true;
    state->stream->StartCall(tag);
  });
  if (!ok) {
    auto error = co_await state->End();
    if (error) co_return Fail(*std::move(error));
    co_return Fail(Reason::kUnavailable, method->name + ": could not start");
  }
  co_return std::move(stream);
}

}  // namespace aplus
