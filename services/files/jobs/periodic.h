// A job that runs every so often, and at once when it is nudged.
#pragma once

#include <functional>
#include <string_view>

#include "libs/base/result.h"
#include "libs/runtime/task_scope.h"

namespace aplus::files {

// Io thread. A failed round is logged and tried again next time.
class Periodic {
 public:
  using Round = std::function<Task<Result<void>>()>;

  // `name` is a constant of the code.
  Periodic(std::string_view name, Duration every, Round round, Executor executor);

  void Start() { scope_.Spawn(name_, Loop()); }
  Task<> Stop() { return scope_.Stop(); }
  void Nudge() { nudged_.Set(); }

 private:
  Task<> Loop();

  std::string_view name_;
  Duration every_;
  Round round_;
  TaskScope scope_;
  Event nudged_;
};

}  // namespace aplus::files
