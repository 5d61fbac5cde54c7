// The main function that every service shares: flags → configuration → logs → runtime → admin endpoint → the
// service's App → server → serve until asked to stop, in the order of libs/runtime/runtime.h.
//
//   int main(int argc, char** argv) {
//     return aplus::RunService(argc, argv, "requests",
//                              [](aplus::ServiceContext& context) { return std::make_unique<App>(context);
//                              });
//   }
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "libs/base/random.h"
#include "libs/base/result.h"
#include "libs/base/time.h"
#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "libs/runtime/config.h"
#include "libs/runtime/flags.h"
#include "libs/runtime/runtime.h"
#include "libs/telemetry/metrics.h"

namespace aplus {

// What an App is built from; outlives it.
struct ServiceContext {
  const Config& config;
  const Flags& flags;
  Runtime& runtime;
  Metrics& metrics;
  Server& server;
  Channels& channels;
  const Clock& clock;
  Random& random;
};

// A service's composition root. The constructor builds objects and registers handlers with context.server; it
// may throw ConfigError. Everything runs on the io thread.
class App {
 public:
  virtual ~App() = default;
  // Opens stores and starts jobs; the server listens once it has answered well.
  virtual Task<Result<void>> Start() = 0;
  // Stops timers, consumers, sweepers; calls still run.
  virtual Task<> StopJobs() = 0;
  // After the last call has ended.
  virtual Task<> CloseStores() = 0;
  // Whether dependencies let us serve; beside the runtime's own state. Cheap.
  virtual bool Ready() { return true; }
  // --migrate, with the owner's role; Start is not called before it.
  virtual Task<Result<void>> Migrate() = 0;
  // Any other command of `commands`; Start has been called before it, the server does not listen.
  virtual Task<Result<void>> Command(const Flags& flags);
};

// What a command answers, on standard output, where no log line goes; for programs one JSON object a line.
void PrintLine(std::string_view line);

using AppFactory = std::function<std::unique_ptr<App>(ServiceContext&)>;

// Answers the exit code: 0, 1 when starting or a command failed, 2 on wrong flags or configuration.
// `commands` beside --migrate.
int RunService(int argc, char** argv, std::string_view service, AppFactory factory,
               std::vector<CommandFlag> commands = {});

}  // namespace aplus
