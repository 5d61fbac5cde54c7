#include "libs/runtime/task.h"

#include <gtest/gtest.h>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/system_error.hpp>

#include "libs/runtime/task_scope.h"
#include "tests/support/run_task.h"

namespace aplus {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Task<> WaitThenCount(Event* event, int* woken) {
  co_await event->Wait();
  ++*woken;
}

TEST(Event, WakesEveryWaiterAndStaysSet) {
  boost::asio::io_context io{1};
  struct Scenario {
    static Task<> Run(Executor executor) {
      Event event(executor);
      TaskScope scope(executor);
      int woken = 0;
      for (int i = 0; i < 5; ++i) scope.Spawn("waiter", WaitThenCount(&event, &woken));
      co_await YieldToOthers();
      EXPECT_EQ(woken, 0);
      event.Set();
      co_await scope.Join();
      EXPECT_EQ(woken, 5);
      co_await event.Wait();
      EXPECT_TRUE(co_await event.WaitFor(seconds(100)));
    }
  };
  RunTask(io, Scenario::Run(io.get_executor()));
}

TEST(Event, ResetRightAfterSetStillWakes) {
  boost::asio::io_context io{1};
  struct Scenario {
    static Task<> Run(Executor executor) {
      Event event(executor);
      TaskScope scope(executor);
      int woken = 0;
      scope.Spawn("waiter", WaitThenCount(&event, &woken));
      co_await YieldToOthers();
      event.Set();
      event.Reset();
      co_await scope.Join();
      EXPECT_EQ(woken, 1);
    }
  };
  RunTask(io, Scenario::Run(io.get_executor()));
}

TEST(Event, WaitForGivesUp) {
  boost::asio::io_context io{1};
  struct Scenario {
    static Task<> Run(Executor executor) {
      Event event(executor);
      EXPECT_FALSE(co_await event.WaitFor(milliseconds(1)));
    }
  };
  RunTask(io, Scenario::Run(io.get_executor()));
}

TEST(Event, CancelledWaiterLeavesTheOthersWaiting) {
  boost::asio::io_context io{1};
  struct Scenario {
    static Task<> Run(Executor executor) {
      Event event(executor);
      TaskScope first(executor), second(executor);
      int woken_first = 0, woken_second = 0;
      first.Spawn("waiter", WaitThenCount(&event, &woken_first));
      second.Spawn("waiter", WaitThenCount(&event, &woken_second));
      co_await YieldToOthers();
      co_await first.Stop();
      EXPECT_EQ(woken_first, 0);
      event.Set();
      co_await second.Join();
      EXPECT_EQ(woken_second, 1);
    }
  };
  RunTask(io, Scenario::Run(io.get_executor()));
}

Task<> CommitLike(Event* answer, bool* finished) {
  co_await answer->Wait();
  co_await YieldToOthers();
  *finished = true;
}

Task<> Transaction(Event* answer, bool* finished, bool* went_on) {
  co_await Uncancellable(CommitLike(answer, finished));
  EXPECT_TRUE(*finished);
  co_await YieldToOthers();  // where the cancellation arrives
  *went_on = true;
}

TEST(Uncancellable, RunsToItsEndAndTheCancellationComesAfterwards) {
  boost::asio::io_context io{1};
  struct Scenario {
    static Task<> Run(Executor executor) {
      Event answer(executor);
      TaskScope scope(executor);
      bool finished = false, went_on = false;
      scope.Spawn("transaction", Transaction(&answer, &finished, &went_on));
      co_await YieldToOthers();
      scope.Cancel();
      co_await YieldToOthers();
      EXPECT_FALSE(finished);
      EXPECT_EQ(scope.size(), 1u);
      answer.Set();
      co_await scope.Join();
      EXPECT_TRUE(finished);
      EXPECT_FALSE(went_on);
    }
  };
  RunTask(io, Scenario::Run(io.get_executor()));
}

Task<int> Throws() {
  co_await YieldToOthers();
  throw std::runtime_error("boom");
}

TEST(Uncancellable, PassesValuesAndExceptions) {
  boost::asio::io_context io{1};
  struct Scenario {
    static Task<int> Seven() { co_return 7; }
    static Task<> Run() {
      EXPECT_EQ(co_await Uncancellable(Seven()), 7);
      bool thrown = false;
      try {
        co_await Uncancellable(Throws());
      } catch (const std::runtime_error&) {
        thrown = true;
      }
      EXPECT_TRUE(thrown);
    }
  };
  RunTask(io, Scenario::Run());
}

}  // namespace
}  // namespace aplus
