// Composition root of notifications: builds everything in order, owns it, and stops it in the reverse order.
#pragma once

#include <memory>

#include "libs/rpc/service_main.h"
#include "services/notifications/settings.h"

namespace aplus::notifications {

// Commands beside serving: --undelivered-mails, --replay-mail, --keys-status, and those for parked events.
std::vector<CommandFlag> Commands();

class NotificationsApp final : public App {
 public:
  // ConfigError when a key or a setting is missing or wrong.
  explicit NotificationsApp(ServiceContext& context);
  ~NotificationsApp() override;

  Task<Result<void>> Start() override;
  Task<> StopJobs() override;
  Task<> CloseStores() override;
  bool Ready() override;
  Task<Result<void>> Migrate() override;
  Task<Result<void>> Command(const Flags& flags) override;

 private:
  struct Parts;

  Task<Result<void>> ShowUndelivered();
  Task<Result<void>> ReplayMails(const std::string& which);

  ServiceContext& context_;
  Settings settings_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace aplus::notifications
