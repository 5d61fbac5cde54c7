// gRPC's completion queue as awaitable operations. One queue per process, shared by the server and all
// clients (gRPC 1.51: a channel used from several queues falls back to a poller that runs every five
// seconds). Its thread only moves finished tags over to the io thread, in batches.
#pragma once

#include <grpcpp/completion_queue.h>

#include <atomic>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <thread>
#include <utility>

#include "libs/runtime/task.h"

namespace aplus {

class Queue;

// One outstanding gRPC operation; its address is the tag. Reusable, one operation at a time. The owner must
// stay alive until the operation has completed: gRPC always completes what was started.
//
// Hand-off between threads: Arm stores with release before gRPC is called, the queue thread loads with
// acquire when the tag comes back, and pushes it to the io thread with release again. gRPC's own locks would
// do, but TSan cannot see them in Debian's uninstrumented library.
class Tag {
 public:
  Tag(const Tag&) = delete;
  Tag& operator=(const Tag&) = delete;

 protected:
  explicit Tag(Queue& queue) : queue_(queue) {}
  ~Tag() = default;

  // Before the gRPC call that gets the result as its tag. On the io thread.
  void* Arm();
  // Takes Arm back, for a tag that gRPC will never deliver.
  void Forget();
  Queue& queue() { return queue_; }
  bool armed() const { return handoff_.load(std::memory_order_relaxed); }

 private:
  friend class Queue;
  // On the io thread.
  virtual void OnCompleted(bool ok) = 0;

  Queue& queue_;
  std::atomic<bool> handoff_{false};
  bool ok_ = false;
  Tag* next_ = nullptr;  // in the queue's list of finished tags
};

class Queue {
 public:
  // Takes the completion queue (a server's, or a plain one) and starts its thread. Completions run on
  // `executor`.
  Queue(Executor executor, std::unique_ptr<grpc::CompletionQueue> queue);
  // Must have been Stopped if anything was ever started on it.
  ~Queue();
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;

  grpc::CompletionQueue* get() { return queue_.get(); }
  // For RequestCall; only where the queue came from a server's builder.
  grpc::ServerCompletionQueue* server_queue() {
    return static_cast<grpc::ServerCompletionQueue*>(queue_.get());
  }
  Executor executor() const { return executor_; }

  // Waits until no operation is outstanding, then shuts the queue down and joins its thread. Operations must
  // not be started any more.
  Task<> Stop();

  // Operations started and not yet completed.
  std::size_t outstanding() const { return outstanding_; }

 private:
  friend class Tag;
  void Loop();
  void Drain();

  Executor executor_;
  std::unique_ptr<grpc::CompletionQueue> queue_;
  std::atomic<Tag*> finished_{nullptr};
  std::size_t outstanding_ = 0;  // io thread
  std::optional<boost::asio::executor_work_guard<Executor>> work_;
  Event idle_;
  std::thread thread_;
};

// An operation that a coroutine awaits, once or several times, one at a time:
//   bool ok = co_await op.Await([&](void* tag) { stream.Read(&buffer, tag); }, [&] { context.TryCancel(); });
// `start` runs once the coroutine is suspended, `cancel` when it is cancelled meanwhile. The await ends only
// when gRPC has completed the operation, so nothing that it refers to is left behind.
class QueueOperation final : public Tag {
 public:
  explicit QueueOperation(Queue& queue) : Tag(queue) {}
  ~QueueOperation();

  template <class Start, class Cancel>
  auto Await(Start start, Cancel cancel) {
    return boost::asio::async_initiate<const boost::asio::deferred_t&, void(bool)>(
        [this, start = std::move(start), cancel = std::move(cancel)](auto handler) mutable {
          auto slot = boost::asio::get_associated_cancellation_slot(handler);
          if (slot.is_connected()) {
            slot.assign([cancel = std::move(cancel)](boost::asio::cancellation_type) mutable { cancel(); });
          }
          Store(std::move(handler));
          start(Arm());
        },
        boost::asio::deferred);
  }
  // For `cancel`: stops waiting; the coroutine resumes soon with false although gRPC still holds the
  // operation. `late` runs when that has completed; until then the operation and what it refers to must live.
  void Abandon(std::function<void()> late);

  // Not cancellable.
  template <class Start>
  auto Await(Start start) {
    return boost::asio::async_initiate<const boost::asio::deferred_t&, void(bool)>(
        [this, start = std::move(start)](auto handler) mutable {
          Store(std::move(handler));
          start(Arm());
        },
        boost::asio::deferred);
  }

 private:
  void OnCompleted(bool ok) override;

  // The waiting coroutine's handler, type-erased in place: no allocation per operation.
  template <class Handler>
  void Store(Handler handler) {
    static_assert(sizeof(Handler) <= kHandlerBytes && alignof(Handler) <= alignof(std::max_align_t));
    ::new (static_cast<void*>(storage_)) Handler(std::move(handler));
    resume_ = [](QueueOperation& self, bool ok, bool post) {
      Handler* stored = std::launder(reinterpret_cast<Handler*>(self.storage_));
      Handler local = std::move(*stored);
      stored->~Handler();
      if (post) {
        boost::asio::post(self.queue().executor(),
                          [local = std::move(local)]() mutable { std::move(local)(false); });
      } else {
        std::move(local)(ok);  // may start the next operation here, or destroy this one
      }
    };
  }

  static constexpr std::size_t kHandlerBytes = 64;
  alignas(std::max_align_t) std::byte storage_[kHandlerBytes];
  void (*resume_)(QueueOperation&, bool ok, bool post) = nullptr;
  std::function<void()> late_;  // set: abandoned
};

}  // namespace aplus
