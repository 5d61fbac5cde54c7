// A server of the Echo methods as a process of its own, for tests that kill it.
//   rpc_test_peer CA CERTIFICATE KEY PORT     writes the port it listens on to stdout and serves until
//   SIGTERM.
#include <cstdio>

#include "libs/rpc/grpc_log.h"
#include "libs/telemetry/log.h"
#include "tests/unit/libs/rpc/echo.h"

namespace aplus {
namespace {

struct Peer {
  static Task<bool> Start(Server* server) {
    auto started = server->Start();
    if (!started) {
      std::fprintf(stderr, "%s\n", started.error().diagnostic.c_str());
      co_return false;
    }
    std::printf("%d\n", server->port());
    std::fflush(stdout);
    co_return true;
  }
};

int Serve(char** argv) {
  log::CaptureForTest([](std::string_view) {});
  TakeGrpcLog();
  RuntimeOptions options;
  options.drain_delay = Duration(0);
  options.watchdog = false;
  Runtime runtime(options);
  Metrics metrics;
  SystemClock clock;
  SystemRandom random;
  ServerOptions server_options;
  server_options.service = "echo";
  server_options.environment = "test";
  server_options.listen = std::string("127.0.0.1:") + argv[4];
  server_options.tls = {argv[1], argv[2], argv[3]};
  Server server(runtime, server_options, metrics, std::nullopt, clock, random);
  EchoRpc echo(runtime.executor());
  echo.Register(server);
  runtime.OnStop(Stage::kRefuseNew, "server", [&] { return server.Stop(std::chrono::seconds(5)); });
  runtime.OnStop(Stage::kDrainQueue, "queue", [&] { return server.queue().Stop(); });
  return runtime.Run([&] { return Peer::Start(&server); });
}

}  // namespace
}  // namespace aplus

int main(int argc, char** argv) { return argc == 5 ? aplus::Serve(argv) : 2; }
