// Composition root of auth: builds everything in order, owns it, and stops it in the reverse order.
#pragma once

#include <memory>

#include "libs/rpc/service_main.h"
#include "services/auth/settings.h"

namespace aplus::auth {

// Commands beside serving: --load-reference DIR, --load-demo DIR, --create-administrator EMAIL.
std::vector<CommandFlag> Commands();

class AuthApp final : public App {
 public:
  // ConfigError when a key or a setting is missing or wrong.
  explicit AuthApp(ServiceContext& context);
  ~AuthApp() override;

  Task<Result<void>> Start() override;
  Task<> StopJobs() override;
  Task<> CloseStores() override;
  bool Ready() override;
  Task<Result<void>> Migrate() override;
  Task<Result<void>> Command(const Flags& flags) override;

 private:
  struct Parts;

  ServiceContext& context_;
  Settings settings_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace aplus::auth
