#include "libs/runtime/runtime.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "libs/runtime/watchdog.h"

namespace aplus {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

RuntimeOptions Quick(std::vector<std::string>* log = nullptr) {
  RuntimeOptions options;
  options.drain_delay = milliseconds(1);
  options.handle_signals = false;
  options.watchdog = false;
  options.blocking_threads = 1;
  if (log != nullptr) {
    options.on_stage = [log](Stage stage) { log->emplace_back(ToString(stage)); };
  }
  return options;
}

Task<> Note(std::vector<std::string>* log, std::string what) {
  co_await YieldToOthers();
  log->push_back(what);
}
Task<> Throw() {
  co_await YieldToOthers();
  throw std::runtime_error("a step failed");
}
Task<> SleepLong(std::vector<std::string>* log) {
  struct OnExit {
    std::vector<std::string>* log;
    ~OnExit() { log->push_back("job ended"); }
  } exit{log};
  co_await Sleep(hours(1));
}
Task<bool> Started() { co_return true; }
Task<bool> Failed() { co_return false; }
Task<bool> FailedWithException() {
  co_await YieldToOthers();
  throw std::runtime_error("no database");
}
Task<bool> StartForever() {
  co_await Sleep(hours(1));
  co_return true;
}

TEST(Runtime, StopsInItsOrder) {
  std::vector<std::string> log;
  Runtime runtime(Quick(&log));
  runtime.OnStop(Stage::kStopJobs, "jobs 1", [&] { return Note(&log, "jobs 1"); });
  runtime.OnStop(Stage::kCloseStores, "stores", [&] { return Note(&log, "stores"); });
  runtime.OnStop(Stage::kDrainQueue, "queue", [&] { return Note(&log, "queue"); });
  runtime.OnStop(Stage::kRefuseNew, "server", [&] { return Note(&log, "server"); });
  runtime.OnStop(Stage::kStopJobs, "fails", [] { return Throw(); });
  runtime.OnStop(Stage::kStopJobs, "jobs 2", [&] { return Note(&log, "jobs 2"); });
  runtime.scope().Spawn("job", SleepLong(&log));
  EXPECT_EQ(runtime.Run([&] {
    runtime.RequestStop();
    runtime.RequestStop();
    return Started();
  }),
            0);
  EXPECT_EQ(log, (std::vector<std::string>{"not_ready", "drain_delay", "stop_jobs", "jobs 2", "jobs 1",
                                           "job ended", "refuse_new", "server", "close_stores", "stores",
                                           "drain_queue", "queue", "done"}));
  EXPECT_EQ(runtime.stage(), Stage::kDone);
}

TEST(Runtime, FailedStartStopsWithOneAndStillCleansUp) {
  for (auto start : {+[] { return Failed(); }, +[] { return FailedWithException(); }}) {
    std::vector<std::string> log;
    RuntimeOptions options = Quick();
    options.drain_delay = hours(1);  // not waited for: nobody was sent here yet
    Runtime runtime(options);
    runtime.OnStop(Stage::kCloseStores, "stores", [&] { return Note(&log, "stores"); });
    EXPECT_EQ(runtime.Run(start), 1);
    EXPECT_EQ(log, std::vector<std::string>{"stores"});
  }
}

TEST(Runtime, StopWhileStartingCancelsTheStart) {
  Runtime runtime(Quick());
  runtime.RequestStop();
  EXPECT_EQ(runtime.Run([] { return StartForever(); }), 1);
}

TEST(Runtime, RequestStopFromAnotherThread) {
  Runtime runtime(Quick());
  std::thread other;
  EXPECT_EQ(runtime.Run([&] {
    other = std::thread([&] { runtime.RequestStop(); });
    return Started();
  }),
            0);
  other.join();
}

Task<bool> StartedThenSignal(int signal) {
  ::raise(signal);
  co_return true;
}

TEST(Runtime, SignalsAskForTheStopAndASecondOneHurries) {
  for (int signal : {SIGTERM, SIGINT}) {
    RuntimeOptions options = Quick();
    options.handle_signals = true;
    options.drain_delay = hours(1);
    options.on_stage = [signal](Stage stage) {
      if (stage == Stage::kDrainDelay) ::raise(signal);
    };
    Runtime runtime(options);
    EXPECT_EQ(runtime.Run([signal] { return StartedThenSignal(signal); }), 0);
    EXPECT_TRUE(runtime.hurried());
  }
}

Task<> Hang() { co_await Sleep(hours(1)); }

TEST(RuntimeDeathTest, WatchdogPrintsStacksAndEndsAProcessThatDoesNotStop) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        RuntimeOptions options = Quick();
        options.watchdog = true;
        options.stop_limit = milliseconds(50);
        Runtime runtime(options);
        runtime.OnStop(Stage::kRefuseNew, "hangs", [] { return Hang(); });
        runtime.RequestStop();
        runtime.Run([] { return Started(); });
      },
      ::testing::ExitedWithCode(70), "stopping takes too long.*-- thread");
}

}  // namespace
}  // namespace aplus
