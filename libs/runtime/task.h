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

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <memory>
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

// The executor of the running coroutine.
Task<Executor> ThisExecutor();

// Lets everything else that is ready run first: for long loops.
Task<> YieldToOthers();

// True when the running coroutine was asked to stop: for cleaning up without being thrown out.
Task<bool> IsCancelled();

// Runs `task` to its end whatever happens to the caller; a cancellation asked for meanwhile is thrown at the
// caller's next co_await afterwards. For the few steps that must not be cut.
Task<> Uncancellable(Task<> task);

// A condition that coroutines of one io thread wait for. Signal wakes every waiter; a set event stays set.
class Event {
 public:
  explicit Event(Executor executor);
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
  Executor executor_;
  // Each waiter sleeps on a timer of its own that Set cancels: asio's cheapest way to wake.
  std::vector<Timer*> waiters_;
  bool set_ = false;
};

}  // namespace aplus
