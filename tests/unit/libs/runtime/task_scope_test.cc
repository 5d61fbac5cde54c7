#include "libs/runtime/task_scope.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "tests/support/run_task.h"

namespace aplus {
namespace {

using std::chrono::hours;

// Everything a task leaves behind, told by its frame's own locals.
struct Trace {
  int started = 0, finished = 0, destroyed = 0;
};
struct OnExit {
  Trace* trace;
  explicit OnExit(Trace* trace_in) : trace(trace_in) { ++trace->started; }
  ~OnExit() { ++trace->destroyed; }
};

Task<> SleepForever(Trace* trace) {
  OnExit exit(trace);
  co_await Sleep(hours(1));
  ++trace->finished;
}

Task<> EndAtOnce(Trace* trace) {
  OnExit exit(trace);
  ++trace->finished;
  co_return;
}

// Cancelled before, between and after its suspensions: `steps` of them.
Task<> Steps(Trace* trace, int steps) {
  OnExit exit(trace);
  for (int i = 0; i < steps; ++i) co_await YieldToOthers();
  ++trace->finished;
}

TEST(TaskScope, CancelEndsSleepingTasksAndDestroysTheirFrames) {
  boost::asio::io_context io{1};
  Trace trace;
  struct Scenario {
    static Task<> Run(Executor executor, Trace* trace) {
      TaskScope scope(executor);
      for (int i = 0; i < 100; ++i) scope.Spawn("sleeper", SleepForever(trace));
      EXPECT_EQ(scope.size(), 100u);
      co_await YieldToOthers();
      co_await scope.Stop();
      EXPECT_EQ(scope.size(), 0u);
    }
  };
  RunTask(io, Scenario::Run(io.get_executor(), &trace));
  EXPECT_EQ(trace.started, 100);
  EXPECT_EQ(trace.finished, 0);
  EXPECT_EQ(trace.destroyed, 100);
}

TEST(TaskScope, CancelAtEveryStepOfATask) {
  for (int cancel_after = 0; cancel_after < 8; ++cancel_after) {
    boost::asio::io_context io{1};
    Trace trace;
    struct Scenario {
      static Task<> Run(Executor executor, Trace* trace, int cancel_after) {
        TaskScope scope(executor);
        scope.Spawn("steps", Steps(trace, 5));
        for (int i = 0; i < cancel_after; ++i) co_await YieldToOthers();
        co_await scope.Stop();
      }
    };
    RunTask(io, Scenario::Run(io.get_executor(), &trace, cancel_after));
    EXPECT_EQ(trace.destroyed, trace.started) << cancel_after;
    EXPECT_EQ(trace.started, cancel_after == 0 ? 0 : 1) << "cancelled before its start, a task never runs";
  }
}

TEST(TaskScope, SpawnAfterCancelRunsNothing) {
  boost::asio::io_context io{1};
  Trace trace;
  struct Scenario {
    static Task<> Run(Executor executor, Trace* trace) {
      TaskScope scope(executor);
      scope.Cancel();
      EXPECT_FALSE(scope.Spawn("late", EndAtOnce(trace)));
      co_await scope.Join();
    }
  };
  RunTask(io, Scenario::Run(io.get_executor(), &trace));
  EXPECT_EQ(trace.started, 0);
}

// Asio's own co_spawn lets the exception out of io_context::run here and never completes.
TEST(TaskScope, CancelledBeforeTheLoopEverRan) {
  boost::asio::io_context io{1};
  Trace trace;
  TaskScope scope(io.get_executor());
  scope.Spawn("never", EndAtOnce(&trace));
  scope.Cancel();
  io.run();
  EXPECT_EQ(scope.size(), 0u);
  EXPECT_EQ(trace.started, 0);
}

TEST(TaskScope, JoinOfAnEmptyScopeIsAtOnce) {
  boost::asio::io_context io{1};
  struct Scenario {
    static Task<> Run(Executor executor) {
      TaskScope scope(executor);
      co_await scope.Join();
      co_await scope.Join();
    }
  };
  RunTask(io, Scenario::Run(io.get_executor()));
}

// A task that cancels its own scope, from inside, and one that spawns while it is being joined.
Task<> CancelOwnScope(TaskScope* scope, Trace* trace) {
  OnExit exit(trace);
  scope->Cancel();
  co_await YieldToOthers();
  ++trace->finished;
}
Task<> SpawnAnother(TaskScope* scope, Trace* trace) {
  OnExit exit(trace);
  co_await YieldToOthers();
  scope->Spawn("another", EndAtOnce(trace));
  ++trace->finished;
}

TEST(TaskScope, MayBeCancelledFromWithin) {
  boost::asio::io_context io{1};
  Trace trace;
  struct Scenario {
    static Task<> Run(Executor executor, Trace* trace) {
      TaskScope scope(executor);
      scope.Spawn("sleeper", SleepForever(trace));
      co_await YieldToOthers();
      scope.Spawn("canceller", CancelOwnScope(&scope, trace));
      co_await scope.Join();
    }
  };
  RunTask(io, Scenario::Run(io.get_executor(), &trace));
  EXPECT_EQ(trace.destroyed, 2);
  EXPECT_EQ(trace.finished, 0);
}

TEST(TaskScope, JoinWaitsForWhatIsSpawnedMeanwhile) {
  boost::asio::io_context io{1};
  Trace trace;
  struct Scenario {
    static Task<> Run(Executor executor, Trace* trace) {
      TaskScope scope(executor);
      scope.Spawn("spawner", SpawnAnother(&scope, trace));
      co_await scope.Join();
      EXPECT_EQ(trace->finished, 2);
    }
  };
  RunTask(io, Scenario::Run(io.get_executor(), &trace));
}

Task<> Throw(std::string what) {
  co_await YieldToOthers();
  throw std::runtime_error(what);
}

TEST(TaskScope, EscapingExceptionIsReportedAndCountedOnce) {
  boost::asio::io_context io{1};
  static std::vector<std::string> reports;
  reports.clear();
  SetEscapeHandler([](std::string_view task, std::string_view what) {
    reports.push_back(std::string(task) + ": " + std::string(what));
  });
  const std::uint64_t before = TaskScope::escaped();
  Trace trace;
  struct Scenario {
    static Task<> Run(Executor executor, Trace* trace) {
      TaskScope scope(executor);
      scope.Spawn("thrower", Throw("boom"));
      scope.Spawn("neighbour", Steps(trace, 5));
      co_await scope.Join();
    }
  };
  RunTask(io, Scenario::Run(io.get_executor(), &trace));
  EXPECT_EQ(TaskScope::escaped(), before + 1);
  EXPECT_EQ(reports, std::vector<std::string>{"thrower: boom"});
  EXPECT_EQ(trace.finished, 1) << "a neighbour's exception is not ours";
}

TEST(TaskScopeDeathTest, DestroyedWithRunningTasksEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        boost::asio::io_context io{1};
        Trace trace;
        TaskScope scope(io.get_executor());
        scope.Spawn("left behind", SleepForever(&trace));
      },
      "left behind");
}

}  // namespace
}  // namespace aplus
