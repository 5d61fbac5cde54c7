// The event log over real gRPC and TLS: another service pulls and watches, strangers may not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>

#include "libs/events/event_log_service.h"
#include "libs/rpc/client.h"
#include "libs/rpc/grpc_log.h"
#include "libs/rpc/server.h"
#include "libs/runtime/runtime.h"
#include "tests/support/certificates.h"
#include "tests/unit/libs/events/event_bench.h"

namespace aplus::event_rpc_test {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The process of a service called requests, and clients of other names.
struct Rig {
  Rig() {
    TakeGrpcLog();
    RuntimeOptions options;
    options.drain_delay = Duration(0);
    options.handle_signals = false;
    options.watchdog = false;
    runtime = std::make_unique<Runtime>(options);
    ServerOptions server_options;
    server_options.service = "requests";
    server_options.environment = "test";
    server_options.listen = "127.0.0.1:0";
    server_options.tls = authority.IssueFor("requests");
    server = std::make_unique<Server>(*runtime, server_options, metrics, std::nullopt, clock, random);
    const std::array<std::string, 1> services{"aplus.events.v1.EventLog"};
    methods = MethodTable::Compile(*google::protobuf::DescriptorPool::generated_pool(), services).value();
    runtime->OnStop(Stage::kStopJobs, "log", [this] { return log ? log->Stop() : Nothing(); });
    runtime->OnStop(Stage::kRefuseNew, "server", [this] { return server->Stop(seconds(20)); });
    runtime->OnStop(Stage::kCloseStores, "stores", [this] { return CloseStores(); });
    runtime->OnStop(Stage::kDrainQueue, "queue", [this] { return server->queue().Stop(); });
  }

  static Task<> Nothing() { co_return; }
  Task<> CloseStores() {
    for (auto& [name, client] : clients) co_await client.channels->Stop();
    if (db) co_await db->Close(SteadyClock::now() + seconds(2));
  }

  // The log's channel with the certificate of `service`.
  Channel& As(const std::string& service) {
    Client& client = clients[service];
    if (!client.channels) {
      const TlsConfig tls = authority.IssueFor(service);
      client.config = std::make_unique<Config>(Config::Parse(
          R"({"service": ")" + service +
              R"(", "environment": "test", "listen": "127.0.0.1:0", "admin_listen": "127.0.0.1:0",
          "tls": {"ca": ")" +
              tls.ca + R"(", "certificate": ")" + tls.certificate + R"(", "key": ")" + tls.key +
              R"("}, "services": {"requests": "127.0.0.1:)" + std::to_string(server->port()) + R"("}})",
          "rig"));
      client.channels =
          std::make_unique<Channels>(server->queue(), *client.config, methods, metrics, clock, random);
    }
    return client.channels->Get("requests");
  }

  Task<bool> Start() {
    DatabaseOptions options;
    options.conninfo = scratch.scratch.app_conninfo();
    auto opened = co_await Database::Open(std::move(options), testing::EventStatements(), runtime->executor(),
                                          runtime->blocking());
    if (!opened) {
      ADD_FAILURE() << opened.error().diagnostic;
      co_return false;
    }
    db = *std::move(opened);
    log = std::make_unique<EventLog>("requests", *db, nullptr, runtime->executor());
    log->Start();
    feed = std::make_unique<EventLogService>(*log);
    feed->Register(*server);
    const auto started = server->Start();
    EXPECT_TRUE(started) << started.error().diagnostic;
    if (started) runtime->scope().Spawn("scenario", Scenario());
    co_return started.has_value();
  }

  Task<> Scenario() {
    struct StopAtEnd {
      ~StopAtEnd() { runtime.RequestStop(); }
      Runtime& runtime;
    } stop{*runtime};
    co_await scenario(*this);
  }

  void Run(Task<> (*what)(Rig& rig)) {
    scenario = what;
    EXPECT_EQ(runtime->Run([this] { return Start(); }), 0);
    EXPECT_EQ(server->running(), 0u);
  }

  Task<bool> Tell(int count) {
    EventWriter writer(*log, clock, random);
    for (int i = 0; i < count; ++i) {
      auto told = co_await db->Transact({.deadline = SteadyClock::now() + seconds(5)}, [&](Transaction& tx) {
        return testing::CountAndTell(tx, writer, 0, {}, false);
      });
      if (!told) co_return false;
    }
    co_return true;
  }

  struct Client {
    std::unique_ptr<Config> config;
    std::unique_ptr<Channels> channels;
  };

  testing::EventScratch scratch;
  TestAuthority authority;
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  MethodTable methods;
  std::unique_ptr<Runtime> runtime;
  std::unique_ptr<Server> server;
  std::unique_ptr<Database> db;
  std::unique_ptr<EventLog> log;
  std::unique_ptr<EventLogService> feed;
  std::map<std::string, Client> clients;
  Task<> (*scenario)(Rig& rig) = nullptr;
};

TEST(EventLogService, AnotherServiceConsumesWhatIsCommittedHere) {
  Rig().Run([](Rig& rig) -> Task<> {
    CO_ASSERT(co_await rig.Tell(25));
    auto source = RemoteEvents("requests", rig.As("stats"));
    EXPECT_EQ(source->service(), "requests");
    ConsumerOptions options;
    options.name = "figures";
    options.batch = 10;
    // The other service's database would be its own; here one serves for both.
    Consumer consumer(
        options, std::move(source),
        [](Transaction& tx, const EventRecord& event) { return testing::NoteEffect(tx, event.position()); },
        *rig.db, nullptr, rig.runtime->executor());
    consumer.Start();
    EXPECT_TRUE(co_await testing::Eventually([&] { return consumer.figures().position == 25; }));
    CO_ASSERT(co_await rig.Tell(5));
    EXPECT_TRUE(co_await testing::Eventually([&] { return consumer.figures().position == 30; }));
    co_await consumer.Stop();
    EXPECT_THAT(rig.scratch.scratch.Sql("SELECT count(*) || ' of ' || count(DISTINCT position) FROM effect"),
                ::testing::ElementsAre("30 of 30"));
  });
}

TEST(EventLogService, WatchGivesWhatIsThereThenWhatComes) {
  Rig().Run([](Rig& rig) -> Task<> {
    CO_ASSERT(co_await rig.Tell(3));
    events::v1::WatchRequest request;
    request.set_after(1);
    auto opened = co_await rig.As("notifications")
                      .OpenServerStream<EventRecord>("aplus.events.v1.EventLog.Watch", request, {});
    CO_ASSERT(opened.has_value());
    std::int64_t expected = 2;
    for (int round = 0; round < 5; ++round) {
      while (expected <= 3 + round) {
        auto event = co_await opened->Read();
        CO_ASSERT(event && *event);
        EXPECT_EQ((*event)->position(), expected++);
      }
      const SteadyTime start = SteadyClock::now();
      CO_ASSERT(co_await rig.Tell(1));
      auto event = co_await opened->Read();
      CO_ASSERT(event && *event);
      EXPECT_EQ((*event)->position(), expected++);
      EXPECT_LT(SteadyClock::now() - start, milliseconds(900)) << "woken, not polled";
    }
    // The stream is left open: stopping the process must end it.
  });
}

TEST(EventLogService, OnlyTheNamedServicesMayAsk) {
  Rig().Run([](Rig& rig) -> Task<> {
    events::v1::PullRequest request;
    auto refused = co_await rig.As("gateway").Call<events::v1::PullResponse>(
        "aplus.events.v1.EventLog.Pull", request, CallOptions::Within(seconds(5)));
    CO_ASSERT(!refused);
    EXPECT_EQ(refused.error().reason, Reason::kForbidden);
    request.set_limit(5000);
    auto invalid = co_await rig.As("stats").Call<events::v1::PullResponse>(
        "aplus.events.v1.EventLog.Pull", request, CallOptions::Within(seconds(5)));
    CO_ASSERT(!invalid);
    EXPECT_EQ(invalid.error().reason, Reason::kInvalidArgument);
  });
}

}  // namespace aplus::event_rpc_test
