// Who may call: sessions asked of auth, kept for a second, never longer.
#include "gateway/proxy/sessions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/proxy/gateway_rig.h"

namespace aplus::gateway {
namespace {

using test::Client;
using test::GatewayRig;
using ::testing::HasSubstr;

std::string Plain(std::string_view cookie) {
  return "GET /v1/things/x HTTP/1.1\r\nHost: aplus.test\r\n" + std::string(cookie) + "\r\n";
}

TEST(SessionsTest, NobodyGetsInWithoutOne) {
  GatewayRig rig;
  for (const char* cookie :
       {"", "Cookie: sid=\r\n", "Cookie: sid=nobody\r\n", "Cookie: other=alice-session\r\n",
        "Cookie: sid=alice-session; sid=alice-session\r\n", "Cookie: __Host-sid=alice-session\r\n",
        "Authorization: Bearer alice-session\r\n", "X-User-Id: alice\r\n"}) {
    Client client(rig.port());
    client.Send(Plain(cookie));
    const auto answer = client.ReadAnswer();
    ASSERT_TRUE(answer) << cookie;
    EXPECT_EQ(answer->status, 401) << cookie;
    EXPECT_THAT(answer->body, HasSubstr(R"("code":"unauthenticated")"));
  }
  EXPECT_EQ(rig.things->handled, 0);
}

TEST(SessionsTest, AuthAwayMeansNobodyGetsIn) {
  GatewayRig rig;
  rig.auth->broken = true;
  // The rig's own first call is remembered for a second at most.
  rig.WaitFor([&] { return rig.Get("/v1/things/x")->status == 503; }, "the last answer to be forgotten");
  const int before = rig.things->handled;
  EXPECT_EQ(rig.Get("/v1/things/x")->status, 503);
  EXPECT_EQ(rig.things->handled, before);
  rig.auth->broken = false;
  EXPECT_EQ(rig.Get("/v1/things/x")->status, 200) << "a failure is not kept";
  // Public routes need nobody's session.
  EXPECT_EQ(rig.Get("/v1/places")->status, 200);
}

TEST(SessionsTest, AnswersAreKeptButNotForLong) {
  GatewayRig rig;
  Client client(rig.port());
  for (int i = 0; i < 20; ++i) {
    client.Send(GatewayRig::GetText("/v1/things/x"));
    ASSERT_EQ(client.ReadAnswer()->status, 200);
  }
  EXPECT_LE(rig.auth->asked, 3);
}

TEST(SessionsTest, T_AUT_09_AnEndedSessionIsOutWithinASecond) {
  GatewayRig rig;
  Client client(rig.port());
  client.Send(GatewayRig::GetText("/v1/things/x"));
  ASSERT_EQ(client.ReadAnswer()->status, 200);
  rig.OnIoThread([&] { rig.auth->sessions.clear(); });
  const auto ended = std::chrono::steady_clock::now();
  std::chrono::steady_clock::duration last_success{};
  for (int i = 0; i < 1000; ++i) {
    Client another(rig.port());
    another.Send(GatewayRig::GetText("/v1/things/x"));
    const auto sent = std::chrono::steady_clock::now() - ended;
    const auto answer = another.ReadAnswer();
    ASSERT_TRUE(answer);
    if (answer->status == 401) break;
    last_success = sent;
  }
  EXPECT_LE(last_success, std::chrono::seconds(1));
  EXPECT_EQ(rig.Get("/v1/things/x")->status, 401);
}

TEST(SessionsTest, LoggingOutTakesEffectHereAtOnce) {
  GatewayRig rig;
  ASSERT_EQ(rig.Get("/v1/things/x")->status, 200);
  rig.OnIoThread([&] { rig.auth->sessions.clear(); });
  ASSERT_EQ(rig.Post("/v1/logout", "{}")->status, 204);
  EXPECT_EQ(rig.Get("/v1/things/x")->status, 401);
}

TEST(SessionsTest, ManyAtOnceAskOnce) {
  GatewayRig rig;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<Client>(rig.port()));
  for (auto& client : clients) client->Send(GatewayRig::GetText("/v1/things/x"));
  for (auto& client : clients) EXPECT_EQ(client->ReadAnswer()->status, 200);
  EXPECT_LE(rig.auth->asked, 3);
}

}  // namespace
}  // namespace aplus::gateway
