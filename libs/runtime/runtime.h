// One process's threads and its orderly end.
//
// The io thread is the one that calls Run; every coroutine lives there. The queue thread of gRPC belongs to
// libs/rpc/queue.h, the log thread to libs/telemetry. Stopping goes through numbered stages, in order:
//
//   not ready → drain delay → stop jobs → refuse new → finish or cancel → close stores → drain queue → exit
//
// SIGTERM and SIGINT ask for it; a second one hurries (no drain delay, cancel at once). A watchdog thread
// prints the stacks of all threads and ends the process when a stage takes longer than it may, and prints
// them (once) when the io thread stands still for five seconds while serving.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "libs/base/time.h"
#include "libs/runtime/blocking.h"
#include "libs/runtime/task.h"
#include "libs/runtime/task_scope.h"

namespace aplus {

// The stages of stopping, in their order.
enum class Stage {
  kServing,
  kNotReady,     // readiness answers no
  kDrainDelay,   // endpoints leave load balancers meanwhile
  kStopJobs,     // timers, consumers, sweepers
  kRefuseNew,    // listeners closed; running calls finish, then are cancelled
  kCloseStores,  // databases, caches, clients
  kDrainQueue,   // the completion queue
  kDone,
};
std::string_view ToString(Stage stage);

struct RuntimeOptions {
  std::size_t blocking_threads = 4;
  Duration drain_delay = std::chrono::seconds(5);
  // From the request to stop until the watchdog ends the process.
  Duration stop_limit = std::chrono::seconds(34);
  // The io thread's longest pause before its stack is printed; zero: not watched.
  Duration stall_limit = std::chrono::seconds(5);
  // Told of each stage as it begins, on the io thread: for the log.
  std::function<void(Stage)> on_stage;
  // Off in tests, which have several runtimes in one process.
  bool handle_signals = true;
  bool watchdog = true;
};

class Runtime {
 public:
  explicit Runtime(RuntimeOptions options = {});
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  Executor executor() { return io_.get_executor(); }
  boost::asio::io_context& io() { return io_; }
  BlockingPool& blocking() { return blocking_; }
  // For what lives as long as the process; cancelled after the jobs' own hooks.
  TaskScope& scope() { return scope_; }

  // Adds a step to a stage (kStopJobs … kDrainQueue). Within a stage the steps run one after the other, the
  // last added first. Steps run on the io thread and are not cancelled; they keep to their own limits.
  void OnStop(Stage stage, std::string_view name, std::function<Task<>()> step);

  // Runs `start` and then everything until the process has stopped; answers the exit code: 0, or 1 when start
  // answered false or threw. Once per Runtime.
  int Run(std::function<Task<bool>()> start);

  // Begins to stop; from any thread. Idempotent.
  void RequestStop();

  // True from kNotReady on.
  bool stopping() const { return stage() != Stage::kServing; }
  // True when a second signal asked for haste: finishing calls are cancelled at once.
  bool hurried() const { return hurried_.load(std::memory_order_relaxed); }
  Stage stage() const { return stage_.load(std::memory_order_relaxed); }
  // Becomes set when stopping begins: for those that wait.
  Event& stop_requested() { return stop_requested_; }

 private:
  struct Step {
    Stage stage;
    std::string name;
    std::function<Task<>()> run;
  };
  class Watchdog;

  Task<> Main(std::function<Task<bool>()> start);
  Task<> Start(const std::function<Task<bool>()>* start);
  Task<> HandleSignals();
  Task<> Stop();
  Task<> Enter(Stage stage);

  RuntimeOptions options_;
  boost::asio::io_context io_{1};
  BlockingPool blocking_;
  TaskScope scope_;
  TaskScope own_;  // Main, start and signals
  Event stop_requested_;
  Event hurry_;
  std::vector<Step> steps_;
  std::atomic<Stage> stage_{Stage::kServing};
  std::atomic<bool> hurried_{false};
  int exit_code_ = 0;
  std::unique_ptr<Watchdog> watchdog_;
};

}  // namespace aplus
