// Connections for transactions, one holder each. Whoever lets go in the middle of something does not wait:
// the pool rolls back, asks the server to cancel what runs, and takes the connection in again when it is
// clean. Internal to libs/postgres; io thread only.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "libs/postgres/connection.h"
#include "libs/postgres/database.h"

namespace aplus::postgres {

class Core;

class LeasePool {
 public:
  explicit LeasePool(Core& core) : core_(core) {}

  // In order of arrival; kUnavailable after options.lease_wait, kTimeout at the deadline.
  Task<Result<std::shared_ptr<Connection>>> Lease(Deadline deadline);
  // Takes back a connection, in whatever state: clean at once, or after it has been cleaned.
  void Return(std::shared_ptr<Connection> connection);
  // Takes a fresh connection in; it leaves by breaking.
  void Join(std::shared_ptr<Connection> connection);

  int leased() const { return leased_; }
  int waiting() const;
  // Refuses those who wait, closes what is idle; leased connections close when they are returned.
  void Close();
  // Closes those too.
  void CloseAll();

 private:
  struct Waiter;
  void Give(std::shared_ptr<Connection> connection);
  void Clean(const std::shared_ptr<Connection>& connection, int attempt);
  void RollBack(const std::shared_ptr<Connection>& connection, int attempt);

  Core& core_;
  std::deque<std::shared_ptr<Connection>> idle_;
  std::deque<std::shared_ptr<Waiter>> waiters_;
  std::vector<std::weak_ptr<Connection>> all_;
  int leased_ = 0;
};

}  // namespace aplus::postgres
