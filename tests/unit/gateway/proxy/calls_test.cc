// JSON calls from socket to backend and back: what arrives there, what is refused on the way, what comes
// home.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/proxy/gateway_rig.h"

namespace aplus::gateway {
namespace {

using test::Client;
using test::GatewayOptions;
using test::GatewayRig;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kKey[] = "Idempotency-Key: 0190f0f0-0000-7000-8000-0000000000aa\r\n";

TEST(Calls, ArriveWithEverythingTheBackendMayKnow) {
  GatewayRig rig;
  const auto answer = rig.Get("/v1/things/a%20b?text=l%27%C3%A9t%C3%A9", "User-Agent: Navigateur \xe9\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200) << answer->body;
  EXPECT_EQ(answer->Field("Content-Type"), "application/json");
  EXPECT_EQ(answer->Field("Cache-Control"), "no-store");
  for (const std::string& part :
       {std::string(R"("id":"a b")"), std::string(R"("text":"l'été")"),
        R"("userId":")" + std::string(test::kAliceId) + '"', std::string(R"("clientAddress":"127.0.0.1")"),
        std::string(R"("userAgent":"Navigateur ?")")}) {
    EXPECT_THAT(answer->body, HasSubstr(part));
  }
  EXPECT_THAT(answer->body, Not(HasSubstr(R"("requestId":"")")));
}

TEST(Calls, UnsafeOnesAnswerAsTheirRuleSays) {
  GatewayRig rig;
  const auto created = rig.Post("/v1/things", R"({"text":"neuf"})", std::string(kKey) + "User-Agent: ua\r\n");
  ASSERT_TRUE(created);
  EXPECT_EQ(created->status, 201) << created->body;
  EXPECT_THAT(created->body, HasSubstr(R"("text":"neuf")"));
  EXPECT_THAT(created->body, HasSubstr(R"("version":"1")"));
  EXPECT_THAT(created->body, HasSubstr(R"("userAgent":"ua")"));
  EXPECT_THAT(created->body, HasSubstr(R"("idempotencyKey":"0190f0f0-0000-7000-8000-0000000000aa")"));
  const auto closed = rig.Post("/v1/things/x:close", "{}", "If-Match: \"7\"\r\n");
  EXPECT_EQ(closed->status, 204);
  EXPECT_EQ(closed->body, "");
  EXPECT_EQ(closed->Field("Content-Length"), "");
  EXPECT_EQ(rig.things->last_if_match, 7);
}

TEST(Calls, ReferenceDataMayBeKeptByTheBrowser) {
  GatewayRig rig;
  EXPECT_EQ(rig.Get("/v1/places")->Field("Cache-Control"), "private, max-age=3600");
}

TEST(Calls, ErrorsOfBackendsBecomeProblems) {
  GatewayRig rig;
  const auto missing = rig.Get("/v1/things/missing");
  EXPECT_EQ(missing->status, 404);
  EXPECT_EQ(missing->Field("Content-Type"), "application/problem+json");
  EXPECT_THAT(missing->body, HasSubstr(R"("code":"not_found")"));
  const auto impossible = rig.Get("/v1/things/impossible");
  EXPECT_EQ(impossible->status, 409);
  EXPECT_THAT(impossible->body, HasSubstr(R"("detail":"La demande est archivée.")"));
  EXPECT_THAT(impossible->body, HasSubstr(R"("state":"THING_STATE_CLOSED","version":"12")"));
  const auto invalid = rig.Post("/v1/things", R"({"text":"beaucoup trop long pour ce champ"})", kKey);
  EXPECT_EQ(invalid->status, 400);
  EXPECT_THAT(invalid->body, HasSubstr(R"("code":"invalid_argument")"));
  EXPECT_THAT(invalid->body, HasSubstr(R"({"path":"text","code":"too_long")"));
}

TEST(Calls, T_EDGE_05_BadJsonIsRefusedWithItsPath) {
  GatewayRig rig;
  const std::pair<const char*, const char*> cases[] = {
      {"", "syntax"},
      {"{", "syntax"},
      {R"({"text":1})", "type"},
      {R"({"nope":1})", "unknown"},
      {R"({"text":"a","text":"b"})", "duplicate"},
      {"{\"text\":\"\\u0000\"}", "null_character"},
      {R"({"userAgent":"x"})", "unknown"},
      {"[]", "type"},
      {"{\"text\":\"\xff\"}", "utf8"},
  };
  for (const auto& [json, code] : cases) {
    const auto answer = rig.Post("/v1/things", json, kKey);
    ASSERT_TRUE(answer) << json;
    EXPECT_EQ(answer->status, 400) << json;
    EXPECT_THAT(answer->body, HasSubstr(R"("code":"malformed")")) << json;
    EXPECT_THAT(answer->body, HasSubstr(std::string("\"code\":\"") + code + "\"")) << json;
  }
  EXPECT_EQ(rig.Get("/v1/things/x?nope=1")->status, 400);
  EXPECT_EQ(rig.Get("/v1/things/%ff")->status, 400);
  EXPECT_EQ(rig.things->handled, 0);
}

TEST(Calls, RoutesThatAreNotThere) {
  GatewayRig rig;
  EXPECT_EQ(rig.Get("/v1/nothing")->status, 404);
  EXPECT_EQ(rig.Get("/v1/")->status, 404);
  const auto wrong = rig.Post("/v1/places", "{}");
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->Field("Allow"), "GET, HEAD");
  EXPECT_EQ(rig.Get("/une/page")->body, "<!doctype html>");
  EXPECT_EQ(rig.Post("/une/page", "{}")->status, 405);
}

TEST(Calls, T_EDGE_13_NothingUnsafeRunsFromElsewhere) {
  GatewayRig rig;
  Client bare(rig.port());
  bare.Send(
      "POST /v1/things HTTP/1.1\r\nHost: aplus.test\r\nCookie: sid=alice-session\r\nContent-Type: "
      "application/json\r\n"
      "Content-Length: 2\r\n\r\n{}");
  const auto refused = bare.ReadAnswer();
  EXPECT_EQ(refused->status, 403);
  EXPECT_THAT(refused->body, HasSubstr(R"("code":"csrf")"));
  for (const char* field : {"Origin: https://evil.test\r\n", "Sec-Fetch-Site: cross-site\r\n"}) {
    EXPECT_EQ(rig.Post("/v1/things", R"({"text":"x"})", std::string(kKey) + field)->status, 403) << field;
  }
  Client form(rig.port());
  form.Send(
      GatewayRig::PostText("/v1/things", "text=x", "Content-Type: application/x-www-form-urlencoded\r\n"));
  EXPECT_EQ(form.ReadAnswer()->status, 415);
  EXPECT_EQ(rig.things->handled, 0);
}

TEST(Calls, KeysAndVersionsAreWhatTheyMustBe) {
  GatewayRig rig;
  const auto missing = rig.Post("/v1/things", R"({"text":"x"})");
  EXPECT_EQ(missing->status, 400);
  EXPECT_THAT(missing->body, HasSubstr(R"("code":"key_required")"));
  EXPECT_EQ(rig.Post("/v1/things", R"({"text":"x"})", "Idempotency-Key: 12\r\n")->status, 400);
  for (const char* bad : {"abc", "\"\"", "\"-1\"", "*", "\"1\", \"2\"", "W/\"1\""}) {
    EXPECT_EQ(rig.Post("/v1/things/x:close", "{}", std::string("If-Match: ") + bad + "\r\n")->status, 400)
        << bad;
  }
  EXPECT_EQ(rig.things->handled, 0);
}

TEST(Calls, BodiesAreReadOnlyOnceTheCallMayRun) {
  GatewayRig rig;
  const std::pair<std::string, int> heads[] = {
      {"POST /v1/nothing HTTP/1.1\r\nHost: aplus.test\r\nX-Aplus: 1\r\n", 404},
      {"POST /v1/things HTTP/1.1\r\nHost: aplus.test\r\n", 403},
      {"POST /v1/things HTTP/1.1\r\nHost: aplus.test\r\nX-Aplus: 1\r\nContent-Type: application/json\r\n",
       401},
      {"POST /v1/things HTTP/1.1\r\nHost: aplus.test\r\nX-Aplus: 1\r\nCookie: sid=nobody\r\nContent-Type: "
       "application/json\r\n",
       401},
  };
  for (const auto& [head, status] : heads) {
    Client client(rig.port());
    client.Send(head + "Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n");
    const auto answer = client.ReadAnswer();
    ASSERT_TRUE(answer) << head;
    EXPECT_EQ(answer->status, status) << head;
  }
  // Too large for its route: not read either.
  Client large(rig.port());
  large.Send("POST /v1/things HTTP/1.1\r\nHost: aplus.test\r\nX-Aplus: 1\r\nCookie: sid=alice-session\r\n" +
             std::string(kKey) +
             "Content-Type: application/json\r\nContent-Length: 65537\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(large.ReadAnswer()->status, 413);
}

TEST(Calls, T_AUT_13_CookiesTravelInFieldsAndNeverInJson) {
  GatewayRig rig;
  Client client(rig.port());
  client.Send(
      "POST /v1/login HTTP/1.1\r\nHost: aplus.test\r\nX-Aplus: 1\r\nContent-Type: application/json\r\n"
      "Cookie: lb=bound\r\nContent-Length: 15\r\n\r\n{\"text\":\"bind\"}");
  const auto in = client.ReadAnswer();
  ASSERT_TRUE(in);
  EXPECT_EQ(in->body, R"({"text":"bound/127.0.0.1"})");
  EXPECT_THAT(in->head, HasSubstr("Set-Cookie: sid=" + std::string(43, 's') +
                                  "; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax\r\n"));
  EXPECT_THAT(in->head, HasSubstr("Set-Cookie: lb=" + std::string(43, 'b') + "; Path=/; Max-Age=3600;"));
  EXPECT_THAT(in->head, Not(HasSubstr("Clear-Site-Data")));
  // Optional and absent: the cookie stays as it is. Optional and empty: cleared.
  EXPECT_THAT(rig.Post("/v1/login", R"({"text":"x"})")->head, Not(HasSubstr("Set-Cookie: lb=")));
  EXPECT_THAT(rig.Post("/v1/login", R"({"text":"unbind"})")->head,
              HasSubstr("Set-Cookie: lb=; Path=/; Max-Age=0;"));
  const auto out = rig.Post("/v1/logout", "{}");
  EXPECT_EQ(out->status, 204);
  EXPECT_THAT(out->head, HasSubstr("Set-Cookie: sid=; Path=/; Max-Age=0;"));
  EXPECT_EQ(out->Field("Clear-Site-Data"), "\"cache\", \"cookies\", \"storage\"");
}

TEST(Calls, T_EDGE_03_ACookieThatWouldSplitTheAnswerNeverLeaves) {
  GatewayRig rig;
  const auto answer = rig.Post("/v1/login", R"({"text":"split"})");
  EXPECT_EQ(answer->status, 500);
  EXPECT_THAT(answer->head, Not(HasSubstr("Set-Cookie")));
}

TEST(Calls, HeadAnswersAsGetWithoutBody) {
  GatewayRig rig;
  Client client(rig.port());
  client.Send("HEAD /v1/things/x HTTP/1.1\r\nHost: aplus.test\r\nCookie: sid=alice-session\r\n\r\n");
  const auto head = client.ReadAnswer(/*without_body=*/true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_GT(std::stoul(head->Field("Content-Length")), 10u);
  client.Send(GatewayRig::GetText("/v1/things/y"));
  EXPECT_EQ(client.ReadAnswer()->status, 200);
}

TEST(Calls, ABackendThatIsAwayIsA503WithATimeToComeBack) {
  GatewayRig rig({.limits = {}, .bounds = {}, .settings = "{}", .with_backend = false});
  const auto answer = rig.Get("/v1/things/x");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_NE(answer->Field("Retry-After"), "");
  EXPECT_THAT(answer->body, HasSubstr(R"("code":"unavailable")"));
}

TEST(Calls, StoppingFinishesWhatRuns) {
  GatewayRig rig;
  Client client(rig.port());
  client.Send(GatewayRig::GetText("/v1/things/wait"));
  rig.WaitFor([&] { return rig.things->running == 1; }, "the call to arrive");
  rig.RequestStop();
  rig.WaitFor([&] { return rig.runtime->stage() == Stage::kRefuseNew; }, "the listener to drain");
  rig.OnIoThread([&] { rig.things->gate.Set(); });
  const auto answer = client.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->Field("Connection"), "close");
}

}  // namespace
}  // namespace aplus::gateway
