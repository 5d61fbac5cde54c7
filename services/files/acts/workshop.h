// What the acts of the service work with. Everything outlives them and belongs to the io thread.
#pragma once

#include "libs/audit/audit_trail.h"
#include "libs/base/random.h"
#include "libs/base/time.h"
#include "libs/crypto/key.h"
#include "libs/events/event_log.h"
#include "libs/postgres/database.h"
#include "libs/runtime/blocking.h"
#include "libs/runtime/task_scope.h"
#include "services/files/acts/figures.h"
#include "services/files/acts/rules.h"
#include "services/files/rpc/file_access.h"
#include "services/files/store/file_keys.h"
#include "services/files/store/object_store.h"

namespace aplus::files {

class Destroyer;

struct Workshop {
  Database& database;
  FileKeys& keys;
  ObjectStore& objects;
  BlockingPool& pool;
  FileAccess& access;
  EventWriter& events;
  AuditTrail& trail;
  Destroyer& destroyer;
  // What must be cleaned up after a call that was cut short.
  TaskScope& leftovers;
  const Key& hmac_key;  // of upload keys
  const Clock& clock;
  Random& random;
  Figures& figures;
  const Rules& rules;
  bool scans = false;  // a scanner is configured
};

// Time enough for a step of a job or a clean-up, whoever waits for it.
inline Deadline Patience() { return SteadyClock::now() + std::chrono::seconds(10); }
inline TransactionOptions AsSystem(bool repeatable = true) {
  return {.deadline = Patience(), .principal = DbPrincipal::System(), .repeatable = repeatable};
}
inline ReadContext Reading() { return {.deadline = Patience(), .principal = DbPrincipal::System()}; }

}  // namespace aplus::files
