#include "libs/rpc/service_main.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <utility>

#include "libs/rpc/credentials.h"
#include "libs/rpc/grpc_locks.h"
#include "libs/rpc/grpc_log.h"
#include "libs/rpc/liveness.h"
#include "libs/telemetry/admin.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace service_main {

constexpr rlim_t kDescriptors = 65'536;

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min(kDescriptors, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::optional<IdentityTokenVerifier> LoadVerifier(const Config& config) {
  const std::optional<ConfigSection> secrets = config.root().FindSection("secrets");
  const std::string folder = secrets ? secrets->TextOr("identity_public_keys", "") : "";
  if (folder.empty()) return std::nullopt;
  Result<IdentityTokenVerifier> verifier = IdentityTokenVerifier::LoadFolder(folder);
  if (!verifier.has_value()) throw ConfigError(verifier.error().diagnostic);
  return *std::move(verifier);
}

MethodTable LinkedMethods() {
  Result<MethodTable> methods = MethodTable::CompileLinked();
  if (!methods.has_value()) throw ConfigError(methods.error().diagnostic);
  return *std::move(methods);
}

RuntimeOptions OptionsOf(const Config& config, const Flags& flags) {
  RuntimeOptions options;
  const std::int64_t delay = config.Setting("drain_delay_ms", 5000);
  // A command serves nobody: nothing has to drain.
  options.drain_delay = std::chrono::milliseconds(flags.command.empty() ? delay : 0);
  options.on_stage = [](Stage stage) { log::Info("stage", {{log::kStage, ToString(stage)}}); };
  return options;
}

ServerOptions ServerOptionsOf(const Config& config) {
  ServerOptions options;
  options.service = config.service();
  options.environment = config.environment();
  options.listen = config.listen();
  options.tls = config.tls();
  return options;
}

// Everything of one process, in the order in which it is built and against which it is torn down.
class Process {
 public:
  Process(const Config& config, const Flags& flags, AppFactory factory)
      : config_(config),
        flags_(flags),
        factory_(std::move(factory)),
        runtime_(OptionsOf(config, flags)),
        server_(runtime_, ServerOptionsOf(config), metrics_, LoadVerifier(config), clock_, random_),
        methods_(LinkedMethods()),
        channels_(server_.queue(), config, methods_, metrics_, clock_, random_),
        context_{config_, flags_, runtime_, metrics_, server_, channels_, clock_, random_},
        admin_(runtime_.executor(), metrics_,
               AdminHooks{.ready = [this] { return IsReady(); }, .live = [this] { return IsLive(); }}) {
    metrics_.AddCallback("aplus_tasks_escaped_total", "Tasks that ended by an exception.", true,
                         [] { return static_cast<double>(TaskScope::escaped()); });
    metrics_.AddCallback("aplus_log_dropped_total", "Log lines lost because the queue was full.", true,
                         [] { return static_cast<double>(log::Dropped()); });
    runtime_.OnStop(Stage::kStopJobs, "jobs", [this] { return StopJobs(); });
    runtime_.OnStop(Stage::kRefuseNew, "server", [this] { return StopServer(); });
    // Of one stage the last added runs first: stores close before the channels that they may still use.
    runtime_.OnStop(Stage::kCloseStores, "admin", [this] { return admin_.Stop(); });
    runtime_.OnStop(Stage::kCloseStores, "channels", [this] { return channels_.Stop(); });
    runtime_.OnStop(Stage::kCloseStores, "stores", [this] { return CloseStores(); });
    runtime_.OnStop(Stage::kDrainQueue, "queue", [this] { return server_.queue().Stop(); });
  }

  int Run() {
    return runtime_.Run([this] { return Start(); });
  }

 private:
  Task<bool> Start() {
    try {
      app_ = factory_(context_);
      config_.RefuseUnknown();
    } catch (const ConfigError& error) {
      log::Error("configuration refused", {{log::kDetail, error.what()}});
      std::fputs(fmt::format("aplus-{}: {}\n", config_.service(), error.what()).c_str(), stderr);
      co_return false;
    }
    if (!flags_.command.empty()) co_return co_await RunCommand();
    if (Refused("cannot open the admin endpoint", admin_.Listen(config_.admin_listen()))) co_return false;
    const Result<void> started = co_await StartApp();
    if (Refused("cannot start", started)) co_return false;
    if (Refused("cannot serve", server_.Start())) co_return false;
    serving_ = true;
    co_return true;
  }

  Task<bool> RunCommand() {
    Result<void> done;
    if (flags_.command == "--migrate") {
      done = co_await app_->Migrate();
    } else {
      done = co_await StartApp();
      if (done.has_value()) done = co_await app_->Command(flags_);
    }
    if (Refused(flags_.command, done)) co_return false;
    runtime_.RequestStop();
    co_return true;
  }

  // What is wrong with the configuration may come as an exception; it is told like any other refusal.
  Task<Result<void>> StartApp() {
    try {
      co_return co_await app_->Start();
    } catch (const ConfigError& error) {
      co_return Fail(Reason::kInternal, error.what());
    }
  }

  // Says why something did not go well, to the log and to the terminal.
  bool Refused(std::string_view what, const Result<void>& result) {
    if (result.has_value()) return false;
    const Error& error = result.error();
    const std::string why =
        error.diagnostic.empty() ? std::string(Describe(error.reason).code) : error.diagnostic;
    log::Error("start failed", {{log::kTask, what}, {log::kDetail, why}});
    std::fputs(fmt::format("aplus-{}: {}: {}\n", config_.service(), what, why).c_str(), stderr);
    return true;
  }

  bool IsReady() { return serving_ && !runtime_.stopping() && app_->Ready(); }

  Task<bool> IsLive() {
    if (!serving_ || runtime_.stopping()) co_return true;
    const HostPort listen = ParseHostPort(config_.listen());
    const std::string own =
        fmt::format("{}:{}", listen.host == "0.0.0.0" ? "127.0.0.1" : listen.host, server_.port());
    co_return co_await runtime_.blocking().Run(
        [own, tls = config_.tls()] { return FreshConnectionWorks(own, tls); });
  }

  Task<> StopJobs() {
    if (app_ != nullptr) co_await app_->StopJobs();
  }
  Task<> StopServer() { co_await server_.Stop(runtime_.hurried() ? Duration(0) : std::chrono::seconds(20)); }
  Task<> CloseStores() {
    if (app_ != nullptr) co_await app_->CloseStores();
  }

  const Config& config_;
  const Flags& flags_;
  AppFactory factory_;
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  Runtime runtime_;
  Server server_;
  MethodTable methods_;
  Channels channels_;
  ServiceContext context_;
  AdminEndpoint admin_;
  std::unique_ptr<App> app_;
  bool serving_ = false;
};

int Serve(const Flags& flags, std::string_view service, AppFactory factory) {
  const Config config = Config::Load(flags.config);
  if (config.service() != service) {
    throw ConfigError(fmt::format("{}: is for {}, this is {}", flags.config, config.service(), service));
  }
  // Before gRPC sees them: it asserts on an empty key. Migrating calls nobody and serves nobody.
  if (flags.command != "--migrate") {
    if (const Result<void> usable = CheckTlsFiles(config.tls()); !usable) {
      throw ConfigError(usable.error().diagnostic);
    }
  }
  log::Start(service, log::LevelFromText(config.log_level()));
  TakeGrpcLog();
  LockWithoutGraph();
  SetEscapeHandler([](std::string_view task, std::string_view what) {
    log::Error("a task ended by an exception", {{log::kTask, task}, {log::kDetail, what}});
  });
  return Process(config, flags, std::move(factory)).Run();
}

}  // namespace service_main

Task<Result<void>> App::Command(const Flags& flags) {
  co_return Fail(Reason::kInternal, fmt::format("{} is not known here", flags.command));
}

void PrintLine(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fputc('\n', stdout);
  std::fflush(stdout);
}

int RunService(int argc, char** argv, std::string_view service, AppFactory factory,
               std::vector<CommandFlag> commands) {
  // A peer that closes is an error of the write, not the end of the process.
  std::signal(SIGPIPE, SIG_IGN);
  // gRPC's threads may still be in OpenSSL when the process ends; it must not be pulled away from under them.
  OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, nullptr);
  service_main::RaiseDescriptorLimit();
  commands.insert(commands.begin(), {"--migrate", "", "bring the schema up to date and exit"});
  Flags::Refusal refusal;
  const std::optional<Flags> flags = Flags::Parse(argc, argv, service, commands, refusal);
  if (!flags.has_value()) {
    std::fputs(refusal.text.c_str(), refusal.exit_code == 0 ? stdout : stderr);
    return refusal.exit_code;
  }
  int code = 1;
  try {
    code = service_main::Serve(*flags, service, std::move(factory));
  } catch (const ConfigError& error) {
    std::fputs(fmt::format("aplus-{}: {}\n", service, error.what()).c_str(), stderr);
    code = 2;
  } catch (const std::exception& error) {
    log::Error("process failed", {{log::kDetail, error.what()}});
    std::fputs(fmt::format("aplus-{}: {}\n", service, error.what()).c_str(), stderr);
  }
  log::Stop();
  return code;
}

}  // namespace aplus
