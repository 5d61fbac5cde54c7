// aplus-gateway --config FILE: HTTP in front of the services.
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>

#include "gateway/app.h"
#include "libs/rpc/credentials.h"
#include "libs/rpc/grpc_locks.h"
#include "libs/rpc/grpc_log.h"
#include "libs/runtime/flags.h"
#include "libs/telemetry/log.h"

namespace {

constexpr rlim_t kDescriptors = 65'536;

// One descriptor per connection and the backends' own.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min(kDescriptors, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
}

int Serve(const aplus::Flags& flags) {
  const aplus::Config config = aplus::Config::Load(flags.config);
  if (config.service() != "gateway") throw aplus::ConfigError(flags.config + ": is for " + config.service());
  // Before gRPC sees them: it asserts on an empty key, and tries for ever with a certificate that nobody can
  // use.
  if (const auto usable = aplus::CheckTlsFiles(config.tls()); !usable) {
    throw aplus::ConfigError(usable.error().diagnostic);
  }
  aplus::log::Start("gateway", aplus::log::LevelFromText(config.log_level()));
  aplus::gateway::App app(config);
  config.RefuseUnknown();
  return app.Run();
}

}  // namespace

int main(int argc, char** argv) {
  // A client that closes is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  RaiseDescriptorLimit();
  aplus::TakeGrpcLog();
  aplus::LockWithoutGraph();
  aplus::Flags::Refusal refusal;
  const auto flags = aplus::Flags::Parse(argc, argv, "gateway", {}, refusal);
  if (!flags) {
    std::fputs(refusal.text.c_str(), refusal.exit_code == 0 ? stdout : stderr);
    return refusal.exit_code;
  }
  int code = 1;
  try {
    code = Serve(*flags);
  } catch (const aplus::ConfigError& error) {
    std::fprintf(stderr, "aplus-gateway: %s\n", error.what());
    code = 2;
  } catch (const std::exception& error) {
    aplus::log::Error("process failed", {{aplus::log::kDetail, error.what()}});
    std::fprintf(stderr, "aplus-gateway: %s\n", error.what());
  }
  aplus::log::Stop();
  return code;
}
