// Writes down when sessions were last used, so that an administrator's ends after half an hour of rest (P14).
// Behind the calls, several sessions at a time: a call never waits for it, and what a crash loses is made up
// by the next call.
#pragma once

#include <absl/container/flat_hash_set.h>

#include "libs/runtime/task_scope.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {

// Io thread only; the store must outlive it.
class SeenSessions {
 public:
  SeenSessions(SessionStore& sessions, Duration every, Executor executor)
      : sessions_(sessions), every_(every), scope_(executor), noted_(executor) {}

  void Start();
  // Writes what is left, then ends.
  Task<> Stop();

  void Note(const SessionId& session);
  // Writes what was noted so far.
  Task<> Flush();

 private:
  Task<> Loop();

  SessionStore& sessions_;
  Duration every_;
  TaskScope scope_;
  Event noted_;
  absl::flat_hash_set<SessionId> pending_;
};

}  // namespace aplus::auth
