#include "libs/runtime/deadline_queue.h"

namespace aplus {

struct DeadlineQueue::State : std::enable_shared_from_this<DeadlineQueue::State> {
  explicit State(Executor executor) : timer(executor) {}

  // Makes sure that the timer fires no later than the earliest entry. A timer that fires too early (its entry
  // has gone meanwhile) costs one idle turn, which is cheaper than moving it each time.
  void Arm() {
    if (closed || entries.empty()) return;
    SteadyTime earliest = entries.begin()->deadline();
    if (waiting && armed_for <= earliest) return;
    armed_for = earliest;
    timer.expires_at(earliest);  // cancels the earlier wait, whose handler sees another generation
    waiting = true;
    timer.async_wait([self = shared_from_this(), mine = ++generation](boost::system::error_code) {
      if (!self->closed && mine == self->generation) self->Fire();
    });
  }

  void Fire() {
    waiting = false;
    const SteadyTime now = SteadyClock::now();
    while (!entries.empty() && entries.begin()->deadline() <= now) {
      DeadlineEntry& entry = *entries.begin();
      entries.erase(entries.begin());
      entry.OnDeadline();
      if (closed) return;
    }
    Arm();
  }

  Timer timer;
  boost::intrusive::multiset<DeadlineEntry, boost::intrusive::constant_time_size<false>> entries;
  SteadyTime armed_for{};
  std::uint64_t generation = 0;
  bool waiting = false;
  bool closed = false;
};

DeadlineQueue::DeadlineQueue(Executor executor) : state_(std::make_shared<State>(executor)) {}

DeadlineQueue::~DeadlineQueue() { Close(); }

void DeadlineQueue::Close() {
  if (state_->closed) return;
  state_->closed = true;
  state_->entries.clear();
  state_->timer.cancel();
}

void DeadlineQueue::Set(DeadlineEntry& entry, SteadyTime deadline) {
  Remove(entry);
  if (state_->closed) return;
  entry.deadline_ = deadline;
  state_->entries.insert(entry);
  state_->Arm();
}

void DeadlineQueue::Remove(DeadlineEntry& entry) {
  if (entry.is_linked()) entry.unlink();
}

}  // namespace aplus
