#include "libs/runtime/task_scope.h"

#include <atomic>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>
#include <cstdio>
#include <cstdlib>
#include <list>

namespace aplus {
namespace task_scope {

std::atomic<std::uint64_t> escaped_count{0};

EscapeHandler& Handler() {
  static EscapeHandler handler = [](std::string_view task, std::string_view what) {
    std::fprintf(stderr, "task \"%.*s\" ended by an exception: %.*s\n", static_cast<int>(task.size()),
                 task.data(), static_cast<int>(what.size()), what.data());
  };
  return handler;
}

}  // namespace task_scope

struct TaskScope::State {
  struct Child {
    std::string name;
    // Must outlive the coroutine: asio keeps pointers into it.
    boost::asio::cancellation_signal signal;
    bool started = false;
  };
  using Children = std::list<Child>;

  explicit State(Executor executor_in) : executor(executor_in), empty(executor_in) {}

  // Asio 1.81 loses the completion of a coroutine that is cancelled before it has ever been suspended (its
  // entry point throws out of io_context::run). So a child begins with a suspension, and is not signalled
  // before.
  static Task<> Run(std::shared_ptr<State> state, Children::iterator child, Task<> task) {
    co_await YieldToOthers();
    child->started = true;
    if (!state->cancelled) co_await std::move(task);
  }

  void Ended(Children::iterator child, const std::exception_ptr& exception) {
    if (exception && !(cancelled && IsCancellation(exception))) {
      task_scope::escaped_count.fetch_add(1, std::memory_order_relaxed);
      task_scope::Handler()(child->name, DescribeException(exception));
    }
    children.erase(child);
    if (children.empty()) empty.Set();
  }

  Executor executor;
  Children children;
  bool cancelled = false;
  Event empty;
};

TaskScope::TaskScope(Executor executor) : state_(std::make_shared<State>(executor)) { state_->empty.Set(); }

TaskScope::~TaskScope() {
  if (state_->children.empty()) return;
  std::fprintf(stderr, "TaskScope destroyed while \"%s\" runs\n", state_->children.front().name.c_str());
  std::abort();
}

bool TaskScope::Spawn(std::string_view name, Task<void> task) {
  if (state_->cancelled) return false;
  state_->empty.Reset();
  auto child = state_->children.emplace(state_->children.end());
  child->name = name;
  boost::asio::co_spawn(
      state_->executor, State::Run(state_, child, std::move(task)),
      boost::asio::bind_cancellation_slot(
          child->signal.slot(), [state = state_, child](std::exception_ptr exception) {
            // Posted: the child may end inside Cancel's emit, whose signal must not die under it.
            boost::asio::post(state->executor, [state, child, exception] { state->Ended(child, exception); });
          }));
  return true;
}

void TaskScope::Cancel() {
  state_->cancelled = true;
  // Children leave the list only by posted handlers, so the walk is safe whatever a cancellation sets off.
  for (auto& child : state_->children) {
    if (child.started) child.signal.emit(boost::asio::cancellation_type::terminal);
  }
}

Task<> TaskScope::Join() {
  auto state = state_;
  co_await Uncancellable(state->empty.Wait());
}

Task<> TaskScope::Stop() {
  Cancel();
  co_await Join();
}

std::size_t TaskScope::size() const { return state_->children.size(); }

std::uint64_t TaskScope::escaped() { return task_scope::escaped_count.load(std::memory_order_relaxed); }

void SetEscapeHandler(EscapeHandler handler) { task_scope::Handler() = std::move(handler); }

std::string DescribeException(std::exception_ptr exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "exception of no standard type";
  }
}

bool IsCancellation(std::exception_ptr exception) {
  try {
    std::rethrow_exception(exception);
  } catch (const boost::system::system_error& e) {
    return e.code() == boost::asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace aplus
