// What gRPC's locks do beside locking.
#pragma once

#include <absl/synchronization/mutex.h>

namespace aplus {

// Once, at start-up. Debian compiles Abseil without NDEBUG, so that each lock of gRPC's (a dozen a call) is
// entered into a graph that looks for deadlocks and ends the process when it believes to have found one. That
// is for whoever develops gRPC; test builds keep it.
inline void LockWithoutGraph() {
#ifdef NDEBUG
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
}

}  // namespace aplus
