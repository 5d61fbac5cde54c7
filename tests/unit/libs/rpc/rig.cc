#include "tests/unit/libs/rpc/rig.h"

#include <array>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "libs/rpc/grpc_log.h"
#include "libs/runtime/watchdog.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace rig {

std::mutex& LinesMutex() {
  static std::mutex mutex;
  return mutex;
}
std::vector<std::string>& Lines() {
  static std::vector<std::string> lines;
  return lines;
}

std::unique_ptr<Config> ConfigFor(const std::string& service, const TlsConfig& tls,
                                  const std::string& address) {
  const std::string json =
      R"({"service": ")" + service +
      R"(", "environment": "test", "listen": "127.0.0.1:0", "admin_listen": "127.0.0.1:0",
      "tls": {"ca": ")" +
      tls.ca + R"(", "certificate": ")" + tls.certificate + R"(", "key": ")" + tls.key +
      R"("}, "services": {"echo": ")" + address + R"("}})";
  return std::make_unique<Config>(Config::Parse(json, "rig"));
}

}  // namespace rig

Rig::Rig(std::size_t max_running) {
  rig::Lines().clear();
  log::CaptureForTest([](std::string_view line) {
    std::lock_guard lock(rig::LinesMutex());
    rig::Lines().emplace_back(line);
  });
  TakeGrpcLog();
  RuntimeOptions options;
  options.drain_delay = Duration(0);
  options.handle_signals = false;
  options.watchdog = false;
  runtime = std::make_unique<Runtime>(options);
  const IdentityKey key = NewIdentityKey();
  issuer = std::make_unique<IdentityTokenIssuer>(
      IdentityTokenIssuer::Create("test", key.private_pem, random).value());
  auto verifier = IdentityTokenVerifier::Create({{"test", key.public_pem}});

  ServerOptions server_options;
  server_options.service = "echo";
  server_options.environment = "test";
  server_options.listen = "127.0.0.1:0";
  server_options.tls = authority.IssueFor("echo");
  server_options.max_running = max_running;
  server =
      std::make_unique<Server>(*runtime, server_options, metrics, std::move(verifier).value(), clock, random);
  echo = std::make_unique<EchoRpc>(runtime->executor());
  echo->Register(*server);
  const std::array<std::string, 1> services = {"aplus.test.v1.Echo"};
  methods = MethodTable::Compile(*google::protobuf::DescriptorPool::generated_pool(), services).value();

  runtime->OnStop(Stage::kRefuseNew, "server", [this] { return server->Stop(std::chrono::seconds(20)); });
  runtime->OnStop(Stage::kCloseStores, "clients", [this] { return StopClients(); });
  runtime->OnStop(Stage::kDrainQueue, "queue", [this] { return server->queue().Stop(); });
}

Rig::~Rig() { log::CaptureForTest(nullptr); }

std::string Rig::Log() const {
  std::lock_guard lock(rig::LinesMutex());
  std::string text;
  for (const std::string& line : rig::Lines()) text += line + "\n";
  return text;
}

void Rig::Run(Task<> (*scenario)(Rig& rig)) {
  scenario_ = scenario;
  // A hang says where, instead of stopping the suite.
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  std::thread watchdog([&] {
    std::unique_lock lock(mutex);
    if (ended.wait_for(lock, std::chrono::seconds(60), [&] { return done; })) return;
    std::fprintf(stderr, "hangs: stage %s, %zu calls run, %d handlers, %zu operations outstanding\n%s",
                 std::string(ToString(runtime->stage())).c_str(), server->running(), echo->running,
                 server->queue().outstanding(), Log().c_str());
    DumpStacks();
    std::abort();
  });
  const int code = runtime->Run([this] { return Start(); });
  {
    std::lock_guard lock(mutex);
    done = true;
  }
  ended.notify_all();
  watchdog.join();
  EXPECT_EQ(code, 0);
  EXPECT_EQ(server->running(), 0u);
  EXPECT_EQ(server->queue().outstanding(), 0u);
}

Task<bool> Rig::Start() {
  auto started = server->Start();
  EXPECT_TRUE(started) << started.error().diagnostic;
  if (started) runtime->scope().Spawn("scenario", Scenario());
  co_return started.has_value();
}

Task<> Rig::Scenario() {
  struct StopAtEnd {
    Runtime& runtime;
    ~StopAtEnd() { runtime.RequestStop(); }
  } stop{*runtime};
  co_await scenario_(*this);
}

Task<> Rig::StopClients() {
  for (auto& [name, client] : clients_) co_await client.channels->Stop();
  for (auto& client : others_) co_await client.channels->Stop();
}

Channel& Rig::As(const std::string& service) {
  Client& client = clients_[service];
  if (!client.channels) {
    client.config = rig::ConfigFor(service, authority.IssueFor(service), address());
    client.channels =
        std::make_unique<Channels>(server->queue(), *client.config, methods, metrics, clock, random);
  }
  return client.channels->Get("echo");
}

Channels& Rig::With(const TlsConfig& tls, const std::string& address) {
  Client client;
  client.config = rig::ConfigFor("other", tls, address);
  client.channels =
      std::make_unique<Channels>(server->queue(), *client.config, methods, metrics, clock, random);
  others_.push_back(std::move(client));
  return *others_.back().channels;
}

Principal Rig::Somebody() {
  Principal principal;
  principal.user = *UserId::Parse("0190f0f0-0000-7000-8000-000000000001");
  principal.terms_accepted = true;
  principal.amr = {"mail"};
  return principal;
}

std::string Rig::Token(Principal principal) { return issuer->Issue(principal, clock.Now()).value(); }

Task<Result<test::v1::EchoResponse>> Rig::Call(std::string method, std::string mode, CallOptions options) {
  test::v1::EchoRequest request;
  request.set_text("bonjour");
  request.set_mode(mode);
  co_return co_await As("gateway").Call<test::v1::EchoResponse>(kEcho + method, request, std::move(options));
}

double Rig::Metric(const std::string& line) const {
  const std::string text = "\n" + metrics.Text();
  const std::size_t found = text.find("\n" + line + " ");
  return found == std::string::npos ? -1 : std::stod(text.substr(found + line.size() + 2));
}

}  // namespace aplus
