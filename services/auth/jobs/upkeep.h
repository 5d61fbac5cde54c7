// What becomes of accounts that nobody uses (P6): warned, warned again, deactivated; and what can no longer
// be undone is forgotten (departures, imports). Replicas may run it at once: each account is looked at anew
// under its lock.
#pragma once

#include "libs/runtime/task_scope.h"
#include "services/auth/acts/office.h"

namespace aplus::auth {

// Io thread only; the office must outlive it.
class Upkeep {
 public:
  Upkeep(const Office& office, Executor executor) : office_(office), scope_(executor) {}

  void Start();
  Task<> Stop();

  // One round; answers how many accounts were warned or deactivated.
  Task<Result<int>> Run();

 private:
  Task<> Loop();
  Task<Result<bool>> Look(UserId user);
  Task<Result<bool>> LookIn(Transaction& tx, UserId user);
  Task<Result<void>> Forget();

  const Office& office_;
  TaskScope scope_;
};

}  // namespace aplus::auth
