#include "libs/rpc/queue.h"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <cassert>

namespace aplus {

void* Tag::Arm() {
  assert(!armed());
  ++queue_.outstanding_;
  handoff_.store(true, std::memory_order_release);
  return this;
}

void Tag::Forget() {
  handoff_.store(false, std::memory_order_relaxed);
  --queue_.outstanding_;
}

QueueOperation::~QueueOperation() { assert(!armed()); }

void QueueOperation::OnCompleted(bool ok) {
  if (late_) return std::exchange(late_, nullptr)();
  resume_(*this, ok, /*post=*/false);
}

void QueueOperation::Abandon(std::function<void()> late) {
  if (late_ || !armed()) return;
  late_ = std::move(late);
  resume_(*this, false, /*post=*/true);
}

Queue::Queue(Executor executor, std::unique_ptr<grpc::CompletionQueue> queue)
    : executor_(executor),
      queue_(std::move(queue)),
      // gRPC's operations are invisible to asio: without this, run() would return while calls are in
      // progress.
      work_(std::in_place, executor),
      idle_(executor),
      thread_([this] { Loop(); }) {
  ::pthread_setname_np(thread_.native_handle(), "grpc-queue");
}

// A start that failed half-way ends here without Stop; nothing is under way then.
Queue::~Queue() {
  if (!thread_.joinable()) return;
  assert(outstanding_ == 0);
  queue_->Shutdown();
  thread_.join();
}

void Queue::Loop() {
  void* pointer = nullptr;
  bool ok = false;
  while (queue_->Next(&pointer, &ok)) {
    Tag* tag = static_cast<Tag*>(pointer);
    // Pairs with Arm. Not a virtual call: reading the vtable before this load would be the race.
    [[maybe_unused]] const bool armed = tag->handoff_.load(std::memory_order_acquire);
    assert(armed);
    tag->ok_ = ok;
    Tag* head = finished_.load(std::memory_order_relaxed);
    do {
      tag->next_ = head;
    } while (
        !finished_.compare_exchange_weak(head, tag, std::memory_order_release, std::memory_order_relaxed));
    // Whoever finds the list empty wakes the io thread, once for the whole batch.
    if (head == nullptr) boost::asio::post(executor_, [this] { Drain(); });
  }
}

void Queue::Drain() {
  Tag* newest_first = finished_.exchange(nullptr, std::memory_order_acquire);
  Tag* tag = nullptr;
  while (newest_first != nullptr) {
    Tag* next = newest_first->next_;
    newest_first->next_ = tag;
    tag = newest_first;
    newest_first = next;
  }
  while (tag != nullptr) {
    Tag* next = tag->next_;
    tag->handoff_.store(false, std::memory_order_relaxed);
    --outstanding_;
    tag->OnCompleted(tag->ok_);  // may destroy it
    tag = next;
  }
  if (outstanding_ == 0) idle_.Set();
}

Task<> Queue::Stop() {
  if (!thread_.joinable()) co_return;
  while (outstanding_ > 0) {
    idle_.Reset();
    co_await Uncancellable(idle_.Wait());
  }
  queue_->Shutdown();
  thread_.join();
  work_.reset();
}

}  // namespace aplus
