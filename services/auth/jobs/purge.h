// Deletes what has had its day: login requests with their links and codes after 24 hours, sessions that
// expired, secrets of a second factor that nobody confirmed. Replicas may run it at once: rows that another
// one is deleting are skipped. Nothing while the database's clock cannot be believed.
#pragma once

#include "libs/postgres/clock_guard.h"
#include "libs/runtime/task_scope.h"
#include "services/auth/store/link_store.h"
#include "services/auth/store/provider_store.h"
#include "services/auth/store/second_factor_store.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {

// Io thread only; references must outlive it.
class Purge {
 public:
  Purge(LinkStore& links, ProviderStore& providers, SessionStore& sessions, SecondFactorStore& factors,
        ClockGuard& guard, Duration every, Executor executor)
      : links_(links),
        providers_(providers),
        sessions_(sessions),
        factors_(factors),
        guard_(guard),
        every_(every),
        scope_(executor) {}

  void Start();
  Task<> Stop();

  // One round: until nothing is left to delete.
  Task<Result<void>> Run();

 private:
  Task<> Loop();

  LinkStore& links_;
  ProviderStore& providers_;
  SessionStore& sessions_;
  SecondFactorStore& factors_;
  ClockGuard& guard_;
  Duration every_;
  TaskScope scope_;
};

}  // namespace aplus::auth
