// The coroutine type of aplus and the few operations that everything awaits.
//
// Rules that keep coroutines honest here:
// - Every coroutine of a process runs on the io thread, so service code needs no locks.
// - Cancellation arrives as boost::system::system_error(operation_aborted), thrown by the co_await where the
//   coroutine stands or by its next one. Nobody catches it but the owner (a TaskScope, or the rpc chain).
// - What must not be cut in the middle (a COMMIT and its answer) runs under `Uncancellable`.
// - No detached coroutine: TaskScope owns, cancels and joins. No capturing-lambda coroutine, no co_await
// inside
//   ?:, && or ||, no reference parameter into a spawned coroutine, no awaitable_operators.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>
#include <vector>

#include "libs/base/time.h"

namespace aplus {

using Executor = boost::asio::io_context::executor_type;

template <class T = void>
using Task = boost::asio::awaitable<T, Executor>;

inline constexpr boost::asio::use_awaitable_t<Executor> kUseTask;

// Monotonic: deadlines and waits never follow the wall clock.
using SteadyClock = std::chrono::steady_clock;
using SteadyTime = SteadyClock::time_point;
using Timer = boost::asio::basic_waitable_timer<SteadyClock, boost::asio::wait_traits<SteadyClock>, Executor>;

// Resumes on the same executor after at least `duration`; throws operation_aborted when cancelled.
Task<> Sleep(Duration duration);
Task<> SleepUntil(SteadyTime when);

// Lets everything else that is ready run first: for long loops.
Task<> YieldToOthers();

// Runs `task` to its end whatever happens to the caller; a cancellation asked for meanwhile is thrown at the
// caller's next co_await afterwards. For the few steps that must not be cut.
template <class T>
Task<T> Uncancellable(Task<T> task) {
  // A coroutine thread of its own, bound to a slot that nobody signals. (Resetting the caller's own
  // cancellation state instead would forget that it was cancelled.)
  co_return co_await boost::asio::co_spawn(
      co_await boost::asio::this_coro::executor, std::move(task),
      boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot(), kUseTask));
}

// A condition that coroutines of one io thread wait for. Signal wakes every waiter; a set event stays set.
class Event {
 public:
  explicit Event(Executor executor) : executor_(executor) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void Set();
  void Reset() { set_ = false; }
  bool IsSet() const { return set_; }
  // At once when set. Throws operation_aborted when cancelled.
  Task<> Wait();
  // As Wait, for at most `duration`; answers whether the event is set.
  Task<bool> WaitFor(Duration duration);

 private:
  struct Waiter;
  Executor executor_;
  std::vector<Waiter*> waiters_;  // in their coroutines' frames
  bool set_ = false;
};

}  // namespace aplus
