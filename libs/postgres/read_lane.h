// The shared read lane. Reads that arrive within one turn of the io loop leave under one Sync; between two
// Syncs the server stops at the first error, so what a neighbour's error aborted is sent again under a Sync
// of its own. Internal to libs/postgres; io thread only.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "libs/postgres/connection.h"
#include "libs/postgres/database.h"

namespace aplus::postgres {

class Core;

class ReadLane {
 public:
  explicit ReadLane(Core& core) : core_(core) {}

  Task<Result<RawResult>> Read(ReadContext context, BoundStatement statement);
  // Takes a fresh connection in; it leaves by breaking.
  void Join(std::shared_ptr<Connection> connection);
  // Asks the server to cancel what this backend runs; does not wait. False: nobody could be asked.
  bool CancelBackend(int pid, std::shared_ptr<Reply> asked);
  // What waits is answered kUnavailable; the connections are closed.
  void Close();
  int in_flight() const { return in_flight_; }

 private:
  struct Unit;
  void Schedule();
  void SendWaiting();
  void SendBatch(Connection& connection, const std::vector<std::shared_ptr<Unit>>& batch);
  void OnAnswer(const std::shared_ptr<Unit>& unit);
  std::shared_ptr<Connection> Quietest();

  Core& core_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::deque<std::shared_ptr<Unit>> waiting_;
  int in_flight_ = 0;
  bool scheduled_ = false;
};

}  // namespace aplus::postgres
