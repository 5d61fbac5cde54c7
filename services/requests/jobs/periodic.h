// A job that runs every so often, and at once when it is nudged.
#pragma once

#include <functional>
#include <string_view>

#include "libs/base/result.h"
#include "libs/runtime/task_scope.h"

namespace aplus::requests {

// Io thread. A failed round is logged and tried again next time.
class Periodic {
 public:
  using Round = std::function<Task<Result<void>>()>;

  Periodic(std::string_view name, Duration every, Round round, Executor executor);

  void Start();
  Task<> Stop() { return scope_.Stop(); }
  void Nudge() { nudged_.Set(); }

 private:
  Task<> Loop();

  std::string_view name_;  // a constant of the code
  Duration every_;
  Round round_;
  TaskScope scope_;
  Event nudged_;
};

}  // namespace aplus::requests
