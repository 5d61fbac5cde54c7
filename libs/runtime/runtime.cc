#include "libs/runtime/runtime.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "libs/runtime/watchdog.h"

namespace aplus {

std::string_view ToString(Stage stage) {
  switch (stage) {
    case Stage::kServing:
      return "serving";
    case Stage::kNotReady:
      return "not_ready";
    case Stage::kDrainDelay:
      return "drain_delay";
    case Stage::kStopJobs:
      return "stop_jobs";
    case Stage::kRefuseNew:
      return "refuse_new";
    case Stage::kCloseStores:
      return "close_stores";
    case Stage::kDrainQueue:
      return "drain_queue";
    case Stage::kDone:
      return "done";
  }
  return "unknown";
}

Runtime::Runtime(RuntimeOptions options)
    : options_(std::move(options)),
      blocking_(options_.blocking_threads),
      scope_(executor()),
      own_(executor()),
      stop_requested_(executor()),
      hurry_(executor()) {}

Runtime::~Runtime() = default;

void Runtime::OnStop(Stage stage, std::string_view name, std::function<Task<>()> step) {
  steps_.push_back({stage, std::string(name), std::move(step)});
}

int Runtime::Run(std::function<Task<bool>()> start) {
  if (options_.watchdog) {
    watchdog_ = std::make_unique<Watchdog>(io_, options_.stall_limit, options_.stop_limit);
  }
  own_.Spawn("runtime", Main(std::move(start)));
  io_.run();
  watchdog_.reset();
  return exit_code_;
}

void Runtime::RequestStop() {
  boost::asio::post(io_, [this] { stop_requested_.Set(); });
}

Task<> Runtime::Main(std::function<Task<bool>()> start) {
  if (options_.handle_signals) own_.Spawn("signals", HandleSignals());
  // Failed unless Start gets to say otherwise: it may throw (the scope reports it) or be stopped before it
  // begins.
  exit_code_ = 1;
  TaskScope starting(executor());
  starting.Spawn("start", Start(&start));
  co_await stop_requested_.Wait();
  // A signal may come while the service still waits for its database.
  co_await starting.Stop();
  co_await Stop();
  // Ends HandleSignals, and nothing is left for io_context::run.
  own_.Cancel();
}

Task<> Runtime::Start(const std::function<Task<bool>()>* start) {
  struct StopUnlessStarted {
    Runtime& runtime;
    ~StopUnlessStarted() {
      if (runtime.exit_code_ != 0) runtime.RequestStop();
    }
  } guard{*this};
  if (co_await (*start)()) exit_code_ = 0;
}

Task<> Runtime::HandleSignals() {
  boost::asio::basic_signal_set<Executor> signals(executor(), SIGTERM, SIGINT);
  co_await signals.async_wait(kUseTask);
  RequestStop();
  co_await signals.async_wait(kUseTask);
  hurried_.store(true, std::memory_order_relaxed);
  hurry_.Set();
}

Task<> Runtime::Stop() {
  if (watchdog_) watchdog_->StopBegins();
  co_await Enter(Stage::kNotReady);
  co_await Enter(Stage::kDrainDelay);
  if (exit_code_ == 0) co_await hurry_.WaitFor(options_.drain_delay);
  co_await Enter(Stage::kStopJobs);
  co_await scope_.Stop();
  co_await Enter(Stage::kRefuseNew);
  co_await Enter(Stage::kCloseStores);
  co_await Enter(Stage::kDrainQueue);
  co_await Enter(Stage::kDone);
}

Task<> Runtime::Enter(Stage stage) {
  stage_.store(stage, std::memory_order_relaxed);
  if (options_.on_stage) options_.on_stage(stage);
  for (auto step = steps_.rbegin(); step != steps_.rend(); ++step) {
    if (step->stage != stage) continue;
    // One step's failure must not keep the others from running.
    TaskScope one(executor());
    one.Spawn(step->name, step->run());
    co_await one.Join();
  }
}

}  // namespace aplus
