#include "libs/runtime/blocking.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "libs/runtime/task_scope.h"
#include "tests/support/run_task.h"

namespace aplus {
namespace {

// A door that a blocked worker waits at until the test opens it.
class Door {
 public:
  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    wake_.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex_);
    arrived_ = true;
    wake_.notify_all();
    wake_.wait(lock, [this] { return open_; });
  }
  void AwaitArrival() {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return arrived_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool open_ = false, arrived_ = false;
};

struct Scenario {
  static Task<> Values(BlockingPool* pool, std::thread::id io_thread) {
    auto elsewhere = co_await pool->Run([] { return std::this_thread::get_id(); });
    EXPECT_NE(elsewhere, io_thread);
    EXPECT_EQ(std::this_thread::get_id(), io_thread) << "the caller resumes on its own executor";
    auto moved = co_await pool->Run([] { return std::make_unique<int>(7); });
    EXPECT_EQ(*moved, 7);
    int touched = 0;
    co_await pool->Run([&touched] { touched = 1; });
    EXPECT_EQ(touched, 1);
  }

  static Task<> Exceptions(BlockingPool* pool) {
    bool caught = false;
    try {
      co_await pool->Run([]() -> int { throw std::runtime_error("boom"); });
    } catch (const std::runtime_error& e) {
      caught = std::string_view(e.what()) == "boom";
    }
    EXPECT_TRUE(caught);
  }

  static Task<> Blocked(BlockingPool* pool, Door* door, bool* done, bool* went_on) {
    std::string local = "locals must live as long as the work";
    co_await pool->Run([&] {
      door->Wait();
      *done = local.size() == 36;
    });
    EXPECT_TRUE(*done);
    co_await YieldToOthers();
    *went_on = true;
  }

  static Task<> CancelDuring(Executor executor, BlockingPool* pool) {
    Door door;
    bool done = false, went_on = false;
    TaskScope scope(executor);
    scope.Spawn("blocked", Blocked(pool, &door, &done, &went_on));
    co_await YieldToOthers();
    door.AwaitArrival();
    scope.Cancel();
    co_await YieldToOthers();
    EXPECT_EQ(scope.size(), 1u) << "what began is awaited";
    door.Open();
    co_await scope.Join();
    EXPECT_TRUE(done);
    EXPECT_FALSE(went_on);
  }

  static Task<> Add(BlockingPool* pool, std::atomic<int>* sum) {
    co_await pool->Run([sum] { sum->fetch_add(1); });
  }
  static Task<> Many(Executor executor, BlockingPool* pool) {
    std::atomic<int> sum = 0;
    TaskScope scope(executor);
    for (int i = 0; i < 1000; ++i) scope.Spawn("add", Add(pool, &sum));
    co_await scope.Join();
    EXPECT_EQ(sum.load(), 1000);
  }
};

TEST(BlockingPool, AnswersValuesOnTheCallersThread) {
  boost::asio::io_context io{1};
  BlockingPool pool(2);
  RunTask(io, Scenario::Values(&pool, std::this_thread::get_id()));
}

TEST(BlockingPool, CarriesExceptionsOver) {
  boost::asio::io_context io{1};
  BlockingPool pool(1);
  RunTask(io, Scenario::Exceptions(&pool));
}

TEST(BlockingPool, CancelledCallerStillAwaitsWhatBegan) {
  boost::asio::io_context io{1};
  BlockingPool pool(1);
  RunTask(io, Scenario::CancelDuring(io.get_executor(), &pool));
}

TEST(BlockingPool, ThousandAtOnce) {
  boost::asio::io_context io{1};
  BlockingPool pool(4);
  RunTask(io, Scenario::Many(io.get_executor(), &pool));
}

}  // namespace
}  // namespace aplus
