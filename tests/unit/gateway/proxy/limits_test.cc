#include "gateway/proxy/limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/proxy/gateway_rig.h"

namespace aplus::gateway {
namespace {

using test::Client;
using test::GatewayRig;
using ::testing::HasSubstr;

TEST(LimitsTest, NetworksAreWideEnoughForAnAdministration) {
  EXPECT_EQ(NetworkOf("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(NetworkOf("2001:db8:1:2::7"), "2001:db8:1::/48");
  EXPECT_EQ(NetworkOf("2001:db8:1:ffff::1"), "2001:db8:1::/48");
  EXPECT_EQ(NetworkOf("nonsense"), "nonsense");
}

TEST(LimitsTest, BeyondTheRateComesA429WithATime) {
  GatewayRig rig({.limits = {}, .bounds = {}, .settings = "{}", .with_backend = true});
  Client client(rig.port());
  int allowed = 0;
  std::optional<Client::Answer> refused;
  for (int i = 0; i < 80 && !refused; ++i) {
    client.Send(GatewayRig::GetText("/v1/things/x"));
    const auto answer = client.ReadAnswer();
    ASSERT_TRUE(answer);
    if (answer->status == 200) ++allowed;
    if (answer->status != 200) refused = answer;
  }
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  EXPECT_GE(std::stoi(refused->Field("Retry-After")), 1);
  EXPECT_THAT(refused->body, HasSubstr(R"("code":"rate_limited")"));
  // 120 a minute with a burst of 60, less the rig's own calls, and the little that refills meanwhile.
  EXPECT_GE(allowed, 50);
  EXPECT_LE(allowed, 70);
}

TEST(LimitsTest, SoManyCallsRunAtOnceAndNoMore) {
  GatewayRig rig({.limits = {},
                  .bounds = {.total = 10, .per_user = 3, .streams_per_user = 1},
                  .settings = "{\"rate_percent\": 100000}",
                  .with_backend = true});
  std::vector<std::unique_ptr<Client>> waiting;
  for (int i = 0; i < 3; ++i) {
    waiting.push_back(std::make_unique<Client>(rig.port()));
    waiting.back()->Send(GatewayRig::GetText("/v1/things/wait"));
  }
  rig.WaitFor([&] { return rig.things->running == 3; }, "three calls");
  const auto fourth = rig.Get("/v1/things/x");
  EXPECT_EQ(fourth->status, 503);
  EXPECT_EQ(fourth->Field("Retry-After"), "1");
  EXPECT_EQ(rig.Get("/v1/places")->status, 200);
  rig.OnIoThread([&] { rig.things->gate.Set(); });
  for (auto& client : waiting) EXPECT_EQ(client->ReadAnswer()->status, 200);
  EXPECT_EQ(rig.Get("/v1/things/x")->status, 200);
}

TEST(LimitsTest, PlacesAreGivenBack) {
  InFlight in_flight({.total = 2, .per_user = 1, .streams_per_user = 1});
  {
    auto first = in_flight.Enter("alice", false);
    ASSERT_TRUE(first);
    EXPECT_FALSE(in_flight.Enter("alice", false));
    auto stream = in_flight.Enter("alice", true);
    EXPECT_TRUE(stream);
    EXPECT_FALSE(in_flight.Enter("alice", true));
    auto second = in_flight.Enter("", false);
    EXPECT_TRUE(second);
    const auto full = in_flight.Enter("", false);
    ASSERT_FALSE(full);
    EXPECT_EQ(full.error().reason, Reason::kUnavailable);
    EXPECT_EQ(in_flight.total(), 2u);
    InFlight::Place moved = *std::move(first);
    moved = InFlight::Place();
    EXPECT_EQ(in_flight.total(), 1u);
    EXPECT_TRUE(in_flight.Enter("alice", false));
  }
  EXPECT_EQ(in_flight.total(), 0u);
}

}  // namespace
}  // namespace aplus::gateway
