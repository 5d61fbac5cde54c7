#include "libs/runtime/task.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

namespace aplus {

Task<> SleepUntil(SteadyTime when) {
  Timer timer(co_await boost::asio::this_coro::executor);
  timer.expires_at(when);
  co_await timer.async_wait(kUseTask);
}

Task<> Sleep(Duration duration) { return SleepUntil(SteadyClock::now() + duration); }

Task<> YieldToOthers() { co_await boost::asio::post(co_await boost::asio::this_coro::executor, kUseTask); }

// A waiter sleeps on a timer of its own that Set cancels: asio's cheapest way to wake one coroutine.
struct Event::Waiter {
  Waiter(Event& owner, SteadyTime until) : event(owner), timer(owner.executor_) {
    timer.expires_at(until);
    event.waiters_.push_back(this);
  }
  ~Waiter() { std::erase(event.waiters_, this); }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  Event& event;
  Timer timer;
  // Told by Set: the event may be reset again before the waiter gets to run.
  bool woken = false;
};

void Event::Set() {
  set_ = true;
  for (Waiter* waiter : waiters_) {
    waiter->woken = true;
    waiter->timer.cancel();
  }
}

Task<> Event::Wait() {
  if (set_) co_return;
  Waiter waiter(*this, SteadyTime::max());
  auto [error] = co_await waiter.timer.async_wait(boost::asio::as_tuple(kUseTask));
  if (!waiter.woken) throw boost::system::system_error(error, "Event::Wait");
}

Task<bool> Event::WaitFor(Duration duration) {
  if (set_) co_return true;
  Waiter waiter(*this, SteadyClock::now() + duration);
  auto [error] = co_await waiter.timer.async_wait(boost::asio::as_tuple(kUseTask));
  if (waiter.woken) co_return true;
  if (error) throw boost::system::system_error(error, "Event::WaitFor");
  co_return set_;
}

}  // namespace aplus
