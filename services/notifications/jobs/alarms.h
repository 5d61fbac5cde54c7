// Says that a group cannot be reached (P75): to its managers, who can put the addresses right, and to the
// helpers, who can invite another. Once per request and group, however often it is found.
#pragma once

#include <functional>

#include "libs/runtime/task_scope.h"
#include "services/notifications/jobs/expander.h"
#include "services/notifications/store/delivery_store.h"

namespace aplus::notifications {

// Io thread only; references must outlive it.
class Alarms {
 public:
  Alarms(Duration every, Database& database, DeliveryStore& deliveries, Expander& expander,
         const Clock& clock, Random& random, Executor executor)
      : every_(every),
        database_(database),
        deliveries_(deliveries),
        expander_(expander),
        clock_(clock),
        random_(random),
        scope_(executor) {}

  void Start();
  Task<> Stop() { return scope_.Stop(); }

  // One round.
  Task<Result<void>> Round();

 private:
  Task<> Loop();
  Task<Result<bool>> Raise(Transaction& tx, UnreachedRow row, EventId event);

  Duration every_;
  Database& database_;
  DeliveryStore& deliveries_;
  Expander& expander_;
  const Clock& clock_;
  Random& random_;
  TaskScope scope_;
};

}  // namespace aplus::notifications
