// One call from acceptance to its last tag: the chain of ARCHITECTURE §5. Private to libs/rpc.
//
// Lifetime: made when a RequestCall is armed. Two or three things may still need it once the call exists, its
// coroutine, gRPC's done tag, and a Read that was given up; whichever ends last destroys it. If no call comes
// (shutdown) there is none of them.
#pragma once

#include <google/protobuf/arena.h>
#include <grpcpp/generic/async_generic_service.h>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/intrusive/list_hook.hpp>

#include "libs/rpc/handler.h"
#include "libs/rpc/metadata.h"
#include "libs/rpc/queue.h"
#include "libs/rpc/server_impl.h"
#include "libs/runtime/deadline_queue.h"

namespace aplus {

class ServerCall final : public ServingCall, private DeadlineEntry, public RunningHook {
 public:
  explicit ServerCall(Server::Impl& server);
  ~ServerCall();

  // Asks gRPC for a call.
  void Arm();
  // A call is here: runs the chain. `refuse_busy`: only to say that there is no room.
  void Begin(bool refuse_busy);
  // Ends the handler; the call is then answered with `reason`. Nothing when the handler has ended.
  void Cancel(Reason reason);
  // A stream that has no end of its own: it must not hold up stopping.
  bool IsEndless() const { return endless_; }

  // ServingCall.
  Call& call() override { return call_; }
  google::protobuf::Arena& arena() override { return arena_; }
  Task<Result<void>> WriteBuffer(grpc::ByteBuffer buffer) override;
  Task<Result<std::optional<grpc::ByteBuffer>>> ReadBuffer() override;

 private:
  // Tags that call back instead of resuming a coroutine.
  class AcceptTag final : public Tag {
   public:
    AcceptTag(Queue& queue, ServerCall& call) : Tag(queue), call_(call) {}
    using Tag::Arm;

   private:
    void OnCompleted(bool ok) override;
    ServerCall& call_;
  };
  class DoneTag final : public Tag {
   public:
    DoneTag(Queue& queue, ServerCall& call) : Tag(queue), call_(call) {}
    using Tag::Arm;
    using Tag::Forget;

   private:
    void OnCompleted(bool ok) override;
    ServerCall& call_;
  };

  Task<> Run();
  // The chain up to and including the handler. The answer's bytes; empty after a server stream.
  Task<Result<grpc::ByteBuffer>> Process();
  Result<void> CheckCaller(const CallMetadata& metadata);
  Result<void> CheckPeer();
  Result<void> CheckIdentity(std::string_view token);
  Result<void> CheckKey(const CallMetadata& metadata);
  void SetDeadline();
  // A stream has moved.
  void Progress();
  // What may leave of a handler's error.
  Error Allowed(Error error);
  Error EndOf(std::exception_ptr exception);
  void Report(const std::optional<Error>& error);
  void OnRequestEnded();
  void OnDone();
  void OnDeadline() override;
  void Release();

  Server::Impl& server_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
  AcceptTag accept_;
  DoneTag done_;
  QueueOperation read_, write_;
  grpc::ByteBuffer incoming_;
  boost::asio::cancellation_signal cancel_;
  Call call_;
  Endpoint* endpoint_ = nullptr;
  SteadyTime began_;
  std::int64_t bytes_in_ = 0, bytes_out_ = 0;
  int references_ = 0;
  bool refuse_busy_ = false;
  bool handling_ = false;  // the chain runs and may be cancelled
  bool endless_ = false;
  bool end_is_marked_ = false;  // see metadata::kStreamEnd
  bool all_read_ = false;
  // Why the handler was cancelled.
  std::optional<Reason> cancelled_;
  // Small requests live here, without another allocation.
  static constexpr std::size_t kArenaBytes = 1024;
  alignas(8) char arena_block_[kArenaBytes];
  google::protobuf::Arena arena_;
};

}  // namespace aplus
