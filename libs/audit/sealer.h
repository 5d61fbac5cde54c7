// The job that chains committed audit lines within a second, signs the head every minute or thousand lines,
// and keeps the trail's months: made ahead, dropped when their year is over. Replicas take turns by an
// advisory lock, so writers never queue behind one head row and nothing is updated.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "libs/audit/chain.h"
#include "libs/postgres/clock_guard.h"
#include "libs/postgres/database.h"
#include "libs/runtime/task_scope.h"

namespace aplus {

struct SealerOptions {
  std::string chain;  // the service's name
  Duration every = std::chrono::milliseconds(500);
  Duration checkpoint_every = std::chrono::seconds(60);
  std::int64_t checkpoint_lines = 1000;
  // Lines are kept for a year (P53) and a day, then forgotten from their signed head on; false: for ever.
  bool forget = true;
  // Nothing is forgotten, no month dropped, while its clock cannot be believed; nullptr: always believed.
  // Outlives the sealer's running.
  ClockGuard* clock = nullptr;
  // Months for which the table is made ahead; a line of any other falls into the rest and moves over later.
  int months_ahead = 3;
  // Signs CheckpointText with the service's audit key; kept apart so that the key's memory stays in
  // libs/crypto.
  std::function<std::string(std::string_view text)> sign;
  std::string key_id;
  // Takes each checkpoint out of the database's reach: the log collector. On the io thread, must not wait.
  std::function<void(const Checkpoint&)> ship;
};

struct SealerFigures {
  std::int64_t position = 0;
  std::uint64_t sealed = 0;       // by this process
  std::uint64_t checkpoints = 0;  // likewise
  std::uint64_t failures = 0;
};

class AuditSealer {
 public:
  // The database must outlive this.
  AuditSealer(SealerOptions options, Database& database, Executor executor);
  ~AuditSealer();
  AuditSealer(const AuditSealer&) = delete;
  AuditSealer& operator=(const AuditSealer&) = delete;

  void Start();
  Task<> Stop();

  // One round: how many lines it sealed; 0 also when another replica is at it.
  Task<Result<int>> SealCommitted();
  // Signs the present head when one is due (or `now` says so) and ships it; answers whether it did.
  Task<Result<bool>> WriteCheckpoint(bool now = false);
  // Forgets lines older than a year: signs their head once a day, then deletes some thousands; answers how
  // many.
  Task<Result<int>> ForgetOld();

  // Makes the partitions of this month and the next ones, and drops months that are over and empty. Answers
  // how many it made. Nobody depends on it: a line without a month of its own falls into the rest.
  Task<Result<int>> KeepMonths();

  const SealerFigures& figures() const { return figures_; }
  static StatementTable Statements();

 private:
  Task<> Loop();
  // SealCommitted when there is something to seal.
  Task<Result<int>> SealWaiting();
  Task<> KeepHouse();
  Task<Result<bool>> MayForget();
  void Report(const Error& error);
  Checkpoint Signed(Checkpoint::Kind kind, std::int64_t position, const ChainHash& hash, Time at) const;

  SealerOptions options_;
  Database& database_;
  TaskScope scope_;
  SealerFigures figures_;
  SteadyTime checkpoint_at_{}, months_at_{}, forget_at_{};
};

// The chain's last signed head, as it was shipped; nullopt: none yet.
Task<Result<std::optional<Checkpoint>>> LastCheckpoint(Database& database, std::string chain,
                                                       Deadline deadline);

}  // namespace aplus
