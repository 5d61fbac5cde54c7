// What becomes of accounts that nobody uses (P6): warned, warned again, deactivated; and what can no longer
// be undone is forgotten (departures, imports). Replicas may run it at once: each account is looked at anew
// under its lock. Nothing while the database's clock cannot be believed.
#pragma once

#include "libs/postgres/clock_guard.h"
#include "libs/runtime/task_scope.h"
#include "services/auth/acts/office.h"

namespace aplus::auth {

// Io thread only; the office must outlive it.
class Upkeep {
 public:
  Upkeep(const Office& office, ClockGuard& guard, Executor executor)
      : office_(office), guard_(guard), scope_(executor) {}

  void Start();
  Task<> Stop();

  // One round; answers how many accounts were warned or deactivated.
  Task<Result<int>> Run();

 private:
  Task<> Loop();
  Task<Result<int>> Act();
  Task<Result<bool>> Look(UserId user);
  Task<Result<bool>> LookIn(Transaction& tx, UserId user);
  Task<Result<void>> Forget();

  const Office& office_;
  ClockGuard& guard_;
  TaskScope scope_;
};

}  // namespace aplus::auth
