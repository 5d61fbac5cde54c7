// The database behind its façade: connections and who gets them. Internal to libs/postgres; io thread only.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "libs/postgres/audited_lane.h"
#include "libs/postgres/connect.h"
#include "libs/postgres/connection.h"
#include "libs/postgres/database.h"
#include "libs/postgres/lease_pool.h"
#include "libs/postgres/read_lane.h"
#include "libs/runtime/task_scope.h"

namespace aplus::postgres {

class Core : public std::enable_shared_from_this<Core> {
 public:
  Core(DatabaseOptions database_options, StatementTable table, Executor executor, BlockingPool& pool);

  // Starts a supervisor per connection and waits until each has connected once.
  Task<Result<void>> Start();
  Task<> Close(Deadline deadline);
  bool IsReady() const;
  DatabaseFigures Figures() const;

  // Refuses what may never be sent: contents without principal, anything after Close.
  Result<void> Admit(const BoundStatement& statement, const DbPrincipal& principal) const;

  const DatabaseOptions options;
  const StatementTable statements;
  const Executor executor;
  DatabaseFigures figures;
  bool draining = false;  // nothing new is taken on
  bool closing = false;   // nothing is sent any more
  ReadLane reads;
  AuditedLane audited;
  LeasePool leases;

 private:
  enum class Lane : std::uint8_t { kRead, kAudited, kLease };
  struct Slot {
    Lane lane;
    bool ready = false;
    std::optional<Error> last_error;
  };

  Task<> Supervise(Slot& slot);
  void HandOver(Lane lane, const std::shared_ptr<Connection>& connection);

  BlockingPool& pool_;
  std::vector<std::unique_ptr<Slot>> slots_;
  Event first_round_;  // pulsed whenever a slot's state changed
  TaskScope scope_;
};

}  // namespace aplus::postgres
