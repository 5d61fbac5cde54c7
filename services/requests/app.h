// Composition root of requests: builds everything in order, owns it, and stops it in the reverse order.
#pragma once

#include <memory>
#include <vector>

#include "libs/rpc/service_main.h"
#include "services/requests/settings.h"

namespace aplus::requests {

// Commands beside serving: --load-demo-requests N, --after-restore, --keys-status, --rewrap-keys, and those
// for parked events.
std::vector<CommandFlag> Commands();

class RequestsApp final : public App {
 public:
  // ConfigError when a key or a setting is missing or wrong.
  explicit RequestsApp(ServiceContext& context);
  ~RequestsApp() override;

  Task<Result<void>> Start() override;
  Task<> StopJobs() override;
  Task<> CloseStores() override;
  bool Ready() override;
  // The service's own database, then the keystore.
  Task<Result<void>> Migrate() override;
  Task<Result<void>> Command(const Flags& flags) override;

 private:
  struct Keys;
  struct Parts;

  Task<Result<void>> ShowKeys();

  ServiceContext& context_;
  Settings settings_;
  std::unique_ptr<Keys> keys_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace aplus::requests
