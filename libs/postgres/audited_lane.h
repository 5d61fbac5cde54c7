// Reads that must leave an audit line (SECURITY 2.9). A committed write costs ten times a read, so the
// callers of a moment share one: BEGIN and everybody's reads, then everybody's decision, then everybody's
// line and COMMIT. While a group is on its way the next one gathers, so nobody waits for a timer, and never
// longer than the commit in front of him. When anything in a group fails, it is rolled back and each caller
// runs again alone. Internal to libs/postgres; io thread only.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "libs/postgres/connection.h"
#include "libs/postgres/database.h"

namespace aplus::postgres {

class Core;

class AuditedLane {
 public:
  using Decision = std::function<Result<BoundStatement>(std::vector<RawResult>)>;

  explicit AuditedLane(Core& core) : core_(core) {}

  Task<Result<void>> Read(ReadContext context, std::vector<BoundStatement> reads, Decision decide);
  void Join(std::shared_ptr<Connection> connection);
  void Close();

 private:
  struct Unit;
  struct Group;
  struct Step;
  void Schedule();
  void StartGroups();
  void StartGroup(std::shared_ptr<Connection> connection);
  void OnRead(const std::shared_ptr<Group>& group);
  void OnCommitted(const std::shared_ptr<Group>& group);
  void Abort(const std::shared_ptr<Group>& group, const Error& why, bool may_rerun);
  void Release(std::shared_ptr<Connection> connection);

  Core& core_;
  std::deque<std::shared_ptr<Connection>> idle_;
  std::deque<std::shared_ptr<Unit>> waiting_;
  bool scheduled_ = false;
};

}  // namespace aplus::postgres
