// Many deadlines on one timer. A timer per call would cost a timer operation twice per call; most calls end
// long before their deadline, so an ordered intrusive set with one timer for its earliest member is cheaper.
#pragma once

#include <boost/intrusive/set.hpp>

#include "libs/runtime/task.h"

namespace aplus {

class DeadlineQueue;

// Base of what has a deadline. Leaves its queue when destroyed.
class DeadlineEntry
    : public boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  SteadyTime deadline() const { return deadline_; }

 protected:
  DeadlineEntry() = default;
  ~DeadlineEntry() = default;
  DeadlineEntry(const DeadlineEntry&) = delete;
  DeadlineEntry& operator=(const DeadlineEntry&) = delete;

 private:
  friend class DeadlineQueue;
  // On the io thread, once per Set, when the deadline has passed; the entry is out of the queue already and
  // may be set anew or destroyed.
  virtual void OnDeadline() = 0;

  SteadyTime deadline_{};
  friend bool operator<(const DeadlineEntry& a, const DeadlineEntry& b) { return a.deadline_ < b.deadline_; }
};

class DeadlineQueue {
 public:
  explicit DeadlineQueue(Executor executor);
  // Entries left in it are let go; their OnDeadline is not called.
  ~DeadlineQueue();
  DeadlineQueue(const DeadlineQueue&) = delete;
  DeadlineQueue& operator=(const DeadlineQueue&) = delete;

  // Sets or moves the entry's deadline.
  void Set(DeadlineEntry& entry, SteadyTime deadline);
  void Remove(DeadlineEntry& entry);
  // Lets go of all entries and of the timer, which would keep io_context::run from returning.
  void Close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace aplus
