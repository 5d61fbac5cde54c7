// Owns coroutines: what is spawned here is cancelled and joined here, and what escapes from it is logged and
// counted, never lost. One io thread; not thread-safe.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libs/runtime/task.h"

namespace aplus {

class TaskScope {
 public:
  explicit TaskScope(Executor executor);
  // Ends the process when a task still runs: a scope must be joined before it dies.
  ~TaskScope();
  TaskScope(const TaskScope&) = delete;
  TaskScope& operator=(const TaskScope&) = delete;

  // Starts `task` on the scope's executor, not before the caller's next suspension. `name` is a constant of
  // the code ("sweep drafts"): it stands in logs. Answers false, and destroys the task unstarted, after
  // Cancel.
  bool Spawn(std::string_view name, Task<void> task);

  // Asks every task to stop and refuses new ones. Idempotent; does not wait.
  void Cancel();

  // Ends when no task runs any more. Not cancellable: a scope outlives its tasks.
  Task<> Join();

  // Cancel, then Join.
  Task<> Stop();

  // Tasks that still run.
  std::size_t size() const;

  // Exceptions that escaped from tasks in this process, cancellations apart. A metric shows it.
  static std::uint64_t escaped();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// What the telemetry library hooks in, so that runtime needs no logger: called on the io thread with the
// task's name and the exception's text. The default writes a line on stderr.
using EscapeHandler = std::function<void(std::string_view task, std::string_view what)>;
void SetEscapeHandler(EscapeHandler handler);

// An exception's text for a log line: its what(), or that it is of no standard type.
std::string DescribeException(std::exception_ptr exception);

// True for the exception by which cancellation travels.
bool IsCancellation(std::exception_ptr exception);

}  // namespace aplus
