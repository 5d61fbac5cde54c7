// Composition root of files: builds everything in order, owns it, and stops it in the reverse order.
#pragma once

#include <memory>
#include <optional>

#include "libs/crypto/key.h"
#include "libs/crypto/keyring.h"
#include "libs/rpc/service_main.h"
#include "services/files/settings.h"

namespace aplus::files {

// Commands beside serving: --keys-status, --rewrap-keys, and those for parked events.
std::vector<CommandFlag> Commands();

class FilesApp final : public App {
 public:
  // ConfigError when a key or a setting is missing or wrong.
  explicit FilesApp(ServiceContext& context);
  ~FilesApp() override;

  Task<Result<void>> Start() override;
  Task<> StopJobs() override;
  Task<> CloseStores() override;
  bool Ready() override;
  Task<Result<void>> Migrate() override;
  Task<Result<void>> Command(const Flags& flags) override;

 private:
  struct Parts;

  Task<Result<void>> ShowKeys();

  ServiceContext& context_;
  const Settings settings_;
  const Keyring keyring_;
  const Key hmac_key_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace aplus::files
