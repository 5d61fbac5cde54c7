// Composition root of stats: builds everything in order, owns it, and stops it in the reverse order.
#pragma once

#include <memory>
#include <vector>

#include "libs/postgres/transaction.h"
#include "libs/rpc/service_main.h"

namespace aplus::stats {

// Commands beside serving: --rebuild, and those for parked events.
std::vector<CommandFlag> Commands();

class StatsApp final : public App {
 public:
  explicit StatsApp(ServiceContext& context);
  ~StatsApp() override;

  Task<Result<void>> Start() override;
  Task<> StopJobs() override;
  Task<> CloseStores() override;
  bool Ready() override;
  Task<Result<void>> Migrate() override;
  Task<Result<void>> Command(const Flags& flags) override;

 private:
  struct Parts;
  Task<Result<void>> Rebuild(Transaction& tx);

  ServiceContext& context_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace aplus::stats
