#include "tests/unit/gateway/proxy/gateway_rig.h"

#include <fmt/format.h>
#include <grpc/grpc.h>
#include <gtest/gtest.h>

#include <array>

#include "libs/rpc/grpc_log.h"
#include "libs/telemetry/log.h"
#include "tests/support/identity_key.h"

namespace aplus::gateway::test {
namespace gateway_rig {

std::unique_ptr<Server> MakeServer(Runtime& runtime, TestAuthority& authority, Metrics& metrics,
                                   const IdentityKey& key, const Clock& clock, Random& random,
                                   const std::string& service) {
  ServerOptions options;
  options.service = service;
  options.environment = "test";
  options.listen = "127.0.0.1:0";
  options.tls = authority.IssueFor(service);
  return std::make_unique<Server>(runtime, options, metrics,
                                  IdentityTokenVerifier::Create({{"test", key.public_pem}}).value(), clock,
                                  random);
}

}  // namespace gateway_rig

GatewayRig::GatewayRig(GatewayOptions options) : options_(std::move(options)) {
  using namespace gateway_rig;
  TakeGrpcLog();
  log::CaptureForTest([](std::string_view) {});
  RuntimeOptions runtime_options;
  runtime_options.drain_delay = Duration(0);
  runtime_options.handle_signals = false;
  runtime_options.watchdog = false;
  runtime = std::make_unique<Runtime>(runtime_options);
  const IdentityKey key = NewIdentityKey();
  issuer = std::make_unique<IdentityTokenIssuer>(
      IdentityTokenIssuer::Create("test", key.private_pem, random).value());
  auth = std::make_unique<AuthBackend>(*issuer, clock);
  auth->sessions.emplace(kAlice, kAliceId);
  things = std::make_unique<ThingsBackend>(runtime->executor());
  auth_server_ = MakeServer(*runtime, authority, metrics, key, clock, random, "auth");
  things_server_ = MakeServer(*runtime, authority, metrics, key, clock, random, "proxytest");
  auth->Register(*auth_server_);
  things->Register(*things_server_);
  thread_ = std::thread([this] { EXPECT_EQ(runtime->Run([this] { return Start(); }), 0); });
  started_.get_future().wait();
  // The first handshakes take their time in a sanitizer's build; what is tested comes after them.
  if (options_.with_backend)
    WaitFor([&] { return Get("/v1/things/warm-up")->status == 200; }, "the backends");
  things->handled = 0;
  auth->asked = 0;
}

GatewayRig::~GatewayRig() {
  RequestStop();
  thread_.join();
  dispatcher_.reset();
  sessions_.reset();
  channels_.reset();
  things_server_.reset();
  auth_server_.reset();
  log::CaptureForTest(nullptr);
  // gRPC's own threads end by themselves some time later; OpenSSL's state of theirs would look like a leak.
  grpc_init();
  grpc_shutdown_blocking();
}

Task<bool> GatewayRig::Start() {
  // The test goes on, and fails, also when this does not get to its end.
  struct Tell {
    std::promise<void>& started;
    ~Tell() { started.set_value(); }
  } tell{started_};
  const auto auth_started = auth_server_->Start();
  const auto things_started = things_server_->Start();
  EXPECT_TRUE(auth_started) << auth_started.error().diagnostic;
  EXPECT_TRUE(things_started) << things_started.error().diagnostic;
  const TlsConfig tls = authority.IssueFor("gateway");
  const int things_port = options_.with_backend ? things_server_->port() : 1;
  config_ = std::make_unique<Config>(Config::Parse(
      fmt::format(R"({{"service": "gateway", "environment": "test", "listen": "127.0.0.1:0",
        "admin_listen": "127.0.0.1:0", "public_url": "http://aplus.test",
        "tls": {{"ca": "{}", "certificate": "{}", "key": "{}"}},
        "services": {{"auth": "127.0.0.1:{}", "proxytest": "127.0.0.1:{}"}}, "settings": {}}})",
                  tls.ca, tls.certificate, tls.key, auth_server_->port(), things_port, options_.settings),
      "rig"));
  const std::array<std::string, 2> services = {"aplus.auth.v1.Sessions", "aplus.proxytest.v1.Things"};
  const auto& pool = *google::protobuf::DescriptorPool::generated_pool();
  methods_ = MethodTable::Compile(pool, services).value();
  const std::array<const google::protobuf::ServiceDescriptor*, 1> routed = {
      pool.FindServiceByName(services[1])};
  auto routes = transcode::RouteTable::Compile(routed);
  EXPECT_TRUE(routes) << routes.error().diagnostic;
  routes_ = std::make_unique<transcode::RouteTable>(*std::move(routes));
  channels_ = std::make_unique<Channels>(things_server_->queue(), *config_, methods_, metrics, clock, random);
  files_.Add("/index.html", "<!doctype html>");
  edge_ =
      std::make_unique<Edge>(runtime->executor(), *Site::Parse("http://aplus.test"), options_.limits,
                             std::vector<std::string>{}, std::vector<std::string>{}, metrics, clock, random);
  cookies_ = std::make_unique<Cookies>(false, std::chrono::hours(12));
  sessions_ = std::make_unique<Sessions>(channels_->Get("auth"), runtime->executor());
  limiter_ = std::make_unique<RateLimiter>(nullptr, "test:");
  limits_ = std::make_unique<Limits>(*limiter_, *config_);
  in_flight_ = std::make_unique<InFlight>(options_.bounds);
  dispatcher_ = std::make_unique<Dispatcher>(*routes_, methods_, *channels_, files_, *cookies_, *sessions_,
                                             *limits_, *in_flight_, metrics);
  listener_ = std::make_unique<Listener>(*edge_, *dispatcher_, nullptr);
  const auto listening = listener_->Listen("127.0.0.1:0");
  EXPECT_TRUE(listening) << listening.error().diagnostic;
  port_ = listener_->port();
  runtime->OnStop(Stage::kRefuseNew, "backends", [this]() -> Task<> {
    co_await things_server_->Stop(std::chrono::seconds(5));
    co_await auth_server_->Stop(std::chrono::seconds(5));
  });
  runtime->OnStop(Stage::kRefuseNew, "connections",
                  [this] { return listener_->Drain(std::chrono::seconds(5)); });
  runtime->OnStop(Stage::kCloseStores, "channels", [this] { return channels_->Stop(); });
  runtime->OnStop(Stage::kDrainQueue, "queues", [this]() -> Task<> {
    edge_->deadlines.Close();
    co_await things_server_->queue().Stop();
    co_await auth_server_->queue().Stop();
  });
  co_return true;
}

std::string GatewayRig::GetText(std::string_view target, std::string_view fields) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: aplus.test\r\nCookie: sid={}\r\n{}\r\n", target, kAlice,
                     fields);
}

std::string GatewayRig::PostText(std::string_view target, std::string_view body, std::string_view fields) {
  return fmt::format(
      "POST {} HTTP/1.1\r\nHost: aplus.test\r\nCookie: sid={}\r\nX-Aplus: 1\r\nContent-Length: "
      "{}\r\n{}\r\n{}",
      target, kAlice, body.size(), fields, body);
}

std::optional<Client::Answer> GatewayRig::Get(std::string_view target, std::string_view fields) {
  Client client(port_);
  client.Send(GetText(target, fields));
  return client.ReadAnswer();
}

std::optional<Client::Answer> GatewayRig::Post(std::string_view target, std::string_view json,
                                               std::string_view fields) {
  Client client(port_);
  client.Send(
      PostText(target, json, std::string("Content-Type: application/json\r\n") + std::string(fields)));
  return client.ReadAnswer();
}

}  // namespace aplus::gateway::test
