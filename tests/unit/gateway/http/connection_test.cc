// Whole connections over real sockets: what a hostile, slow or vanishing client does, and that the next one
// is served as if nothing had been.
#include "gateway/http/connection.h"

#include <gtest/gtest.h>

#include "tests/unit/gateway/http/http_server.h"

namespace aplus::gateway {
namespace {

using test::Client;
using test::HttpServer;

std::string GetRequest(std::string_view target, std::string_view fields = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: aplus.test\r\n" + std::string(fields) + "\r\n";
}
std::string PostRequest(std::string_view target, std::string_view body, std::string_view fields = "") {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: aplus.test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(fields) + "\r\n" + std::string(body);
}

EdgeLimits Short() {
  EdgeLimits limits;
  limits.head = std::chrono::milliseconds(300);
  limits.idle = std::chrono::milliseconds(500);
  limits.json_total = std::chrono::milliseconds(400);
  limits.transfer_window = std::chrono::milliseconds(400);
  limits.transfer_bytes = 1000;
  limits.linger = std::chrono::milliseconds(200);
  return limits;
}

TEST(Connection, AnswersAndStaysOpen) {
  HttpServer server({});
  Client client(server.port());
  for (int i = 0; i < 5; ++i) {
    client.Send(PostRequest("/echo", "hello"));
    const auto answer = client.ReadAnswer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "hello");
    EXPECT_EQ(answer->Field("Connection"), "");
  }
}

TEST(Connection, BytesMayComeOneByOne) {
  HttpServer server({});
  Client client(server.port());
  for (const char c : PostRequest("/echo", "slow")) client.Send(std::string(1, c));
  EXPECT_EQ(client.ReadAnswer()->body, "slow");
}

TEST(Connection, T_EDGE_01_RefusalsAreAnsweredAndClose) {
  HttpServer server({});
  const std::pair<std::string, int> shapes[] = {
      {"GET / HTTP/1.0\r\nHost: aplus.test\r\n\r\n", 505},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: evil\r\n\r\n", 400},
      {"OPTIONS / HTTP/1.1\r\nHost: aplus.test\r\n\r\n", 405},
      {"POST /echo HTTP/1.1\r\nHost: aplus.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
       411},
      {"POST /echo HTTP/1.1\r\nHost: aplus.test\r\nTransfer-Encoding: gzip\r\n\r\n", 411},
      {"POST /echo HTTP/1.1\r\nHost: aplus.test\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400},
      {"GET /" + std::string(3000, 'a') + " HTTP/1.1\r\nHost: aplus.test\r\n\r\n", 414},
      {"GET / HTTP/1.1\r\nHost: aplus.test\r\nX: " + std::string(9000, 'a') + "\r\n\r\n", 431},
  };
  for (const auto& [bytes, status] : shapes) {
    Client client(server.port());
    client.Send(bytes);
    const auto answer = client.ReadAnswer();
    ASSERT_TRUE(answer) << bytes.substr(0, 60);
    EXPECT_EQ(answer->status, status) << bytes.substr(0, 60);
    EXPECT_EQ(answer->Field("Content-Type"), "application/problem+json");
    EXPECT_EQ(answer->Field("Connection"), "close");
    EXPECT_NE(answer->Field("Content-Security-Policy"), "");
    EXPECT_TRUE(client.ReadToEnd()) << bytes.substr(0, 60);
  }
  EXPECT_EQ(server.handled(), 0);
}

TEST(Connection, T_EDGE_01_NothingMayFollowARequestBeforeItsAnswer) {
  HttpServer server({});
  for (const std::string& first : {GetRequest("/count"), PostRequest("/count", "x")}) {
    Client client(server.port());
    client.Send(first + GetRequest("/count"));
    const auto answer = client.ReadAnswer();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 400);
    EXPECT_TRUE(client.ReadToEnd());
  }
  EXPECT_EQ(server.handled(), 0);
  // The second request arrives while the first is being answered: one answer, then the end.
  Client client(server.port());
  client.Send(GetRequest("/wait"));
  server.WaitForHandled(1);
  client.Send(GetRequest("/count"));
  server.Release();
  const auto answer = client.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->Field("Connection"), "close");
  EXPECT_TRUE(client.ReadToEnd());
  EXPECT_EQ(server.handled(), 1);
}

TEST(Connection, T_EDGE_03_TrailersAndChunkExtensionsNeverCount) {
  HttpServer server({});
  Client client(server.port());
  client.Send(
      "POST /echo HTTP/1.1\r\nHost: aplus.test\r\nTransfer-Encoding: chunked\r\nTrailer: Cookie\r\n\r\n"
      "5;ext=\"\r\n\"\r\nhello\r\n0\r\nCookie: sid=stolen\r\nX-Aplus: 1\r\n\r\n");
  const auto answer = client.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 411);
  EXPECT_TRUE(client.ReadToEnd());
  EXPECT_EQ(server.handled(), 0);
}

TEST(Connection, T_EDGE_03_AnAnswerThatWouldSplitBecomesA500) {
  HttpServer server({});
  Client client(server.port());
  client.Send(GetRequest("/split"));
  const auto answer = client.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->Field("X-Evil"), "");
  client.Send(GetRequest("/split-stream"));
  EXPECT_EQ(client.ReadAnswer()->status, 500);
}

TEST(Connection, T_EDGE_07_SlowHeadsGetA408) {
  HttpServer server(Short());
  Client client(server.port());
  client.Send("GET / HTTP/1.1\r\nHost: ");
  const auto answer = client.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 408);
  EXPECT_TRUE(client.ReadToEnd());
}

TEST(Connection, T_EDGE_07_IdleConnectionsCloseSilently) {
  HttpServer server(Short());
  Client fresh(server.port());
  EXPECT_EQ(fresh.ReadToEnd(), "");
  Client used(server.port());
  used.Send(GetRequest("/count"));
  ASSERT_TRUE(used.ReadAnswer());
  EXPECT_EQ(used.ReadToEnd(), "");
}

TEST(Connection, T_EDGE_07_SlowBodiesEnd) {
  HttpServer server(Short());
  Client json(server.port());
  json.Send("POST /echo HTTP/1.1\r\nHost: aplus.test\r\nContent-Length: 100\r\n\r\nhalf");
  const auto slow = json.ReadAnswer();
  ASSERT_TRUE(slow);
  EXPECT_EQ(slow->status, 408);
  EXPECT_EQ(slow->Field("Content-Type"), "application/problem+json");
  EXPECT_EQ(slow->Field("Connection"), "close");
  EXPECT_NE(slow->body.find("\"code\":\"request_timeout\""), std::string::npos) << slow->body;
  Client upload(server.port());
  upload.Send("POST /upload HTTP/1.1\r\nHost: aplus.test\r\nContent-Length: 100000\r\n\r\nhalf");
  EXPECT_EQ(upload.ReadAnswer()->status, 408);
  EXPECT_EQ(server.figures().status_5xx.value(), 0u) << "the client's line is no failure of ours";
}

TEST(Connection, UploadsComeInPieces) {
  HttpServer server({});
  Client client(server.port());
  std::string body(300'000, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7);
  client.Send(PostRequest("/upload", body));
  const auto answer = client.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "300000 " + std::to_string(test::Checksum(body)));
}

TEST(Connection, AClientThatLeavesDuringItsBodyHarmsNobody) {
  HttpServer server({});
  for (int i = 0; i < 20; ++i) {
    Client client(server.port());
    client.Send("POST /upload HTTP/1.1\r\nHost: aplus.test\r\nContent-Length: 100000\r\n\r\nhalf");
    if (i % 2 == 0) client.Reset();
  }
  // Of those who closed in order the head has arrived for certain.
  server.WaitForGone(10);
  server.WaitForHandlers(0);
  EXPECT_EQ(server.figures().status_5xx.value(), 0u) << "a user's bad line is no failure of ours";
  EXPECT_EQ(server.figures().status_4xx.value(), 0u);
  Client client(server.port());
  client.Send(GetRequest("/count"));
  EXPECT_EQ(client.ReadAnswer()->status, 200);
}

TEST(Connection, RefusedBodiesAreNotReadButTheAnswerArrives) {
  HttpServer server({});
  Client client(server.port());
  client.Send(PostRequest("/refuse", std::string(2'000'000, 'x')));
  const auto answer = client.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 413);
  EXPECT_EQ(answer->Field("Connection"), "close");
  EXPECT_TRUE(client.ReadToEnd());
}

TEST(Connection, ContinueIsSaidOnlyWhenTheBodyIsWanted) {
  HttpServer server({});
  Client wanted(server.port());
  wanted.Send("POST /echo HTTP/1.1\r\nHost: aplus.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(wanted.ReadAnswer()->status, 100);
  wanted.Send("hello");
  EXPECT_EQ(wanted.ReadAnswer()->body, "hello");
  Client refused(server.port());
  refused.Send(
      "POST /refuse HTTP/1.1\r\nHost: aplus.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(refused.ReadAnswer()->status, 413);
  EXPECT_TRUE(refused.ReadToEnd());
}

TEST(Connection, HeadHasNoBody) {
  HttpServer server({});
  Client client(server.port());
  client.Send("HEAD /count HTTP/1.1\r\nHost: aplus.test\r\n\r\n");
  const auto head = client.ReadAnswer(/*without_body=*/true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->Field("Content-Length"), "1");
  client.Send(GetRequest("/count"));
  EXPECT_EQ(client.ReadAnswer()->body, "2");
}

TEST(Connection, AHandlerThatThrowsBecomesA500) {
  HttpServer server({});
  Client client(server.port());
  client.Send(GetRequest("/throw"));
  EXPECT_EQ(client.ReadAnswer()->status, 500);
  client.Send(GetRequest("/silent"));
  EXPECT_EQ(client.ReadAnswer()->status, 500);
  client.Send(GetRequest("/count"));
  EXPECT_EQ(client.ReadAnswer()->status, 200);
}

TEST(Connection, AnAnswerThatBreaksOffIsReset) {
  HttpServer server({});
  for (const char* path : {"/short", "/throw-midway", "/too-much"}) {
    Client client(server.port());
    client.Send(GetRequest(path));
    EXPECT_FALSE(client.ReadAnswer()) << path;
    EXPECT_TRUE(client.was_reset()) << path;
  }
}

TEST(Connection, LargeAnswersReachSlowReaders) {
  HttpServer server({});
  Client client(server.port());
  client.Send(GetRequest("/big"));
  const auto answer = client.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body.size(), 3'000'000u);
  client.Send(GetRequest("/pieces"));
  EXPECT_EQ(client.ReadAnswer()->body.size(), 1'000'000u);
}

TEST(Connection, AReaderThatStopsIsLetGo) {
  HttpServer server(Short());
  Client client(server.port());
  client.Send(GetRequest("/big"));
  server.WaitForConnections(0);
}

TEST(Connection, HundredRequestsThenANewConnection) {
  HttpServer server({});
  Client client(server.port());
  for (int i = 1; i <= 100; ++i) {
    client.Send(GetRequest("/count"));
    const auto answer = client.ReadAnswer();
    ASSERT_TRUE(answer) << i;
    EXPECT_EQ(answer->Field("Connection"), i == 100 ? "close" : "") << i;
  }
  EXPECT_TRUE(client.ReadToEnd());
}

TEST(Connection, TooManyConnectionsAreClosedAtOnce) {
  EdgeLimits limits;
  limits.connections_per_address = 3;
  HttpServer server(limits);
  std::vector<std::unique_ptr<Client>> open;
  for (int i = 0; i < 3; ++i) {
    open.push_back(std::make_unique<Client>(server.port()));
    open.back()->Send(GetRequest("/count"));
    ASSERT_TRUE(open.back()->ReadAnswer());
  }
  Client fourth(server.port());
  EXPECT_TRUE(fourth.ReadToEnd());
  // A live stream counts no longer.
  open[0]->Send(GetRequest("/live"));
  EXPECT_NE(open[0]->ReadHeadOnly().find("text/event-stream"), std::string::npos);
  server.WaitForConnections(2);
  Client fifth(server.port());
  fifth.Send(GetRequest("/count"));
  EXPECT_TRUE(fifth.ReadAnswer());
}

// At two a second they would keep the next one waiting for half a minute.
TEST(Connection, T_EDGE_10_WhoLeftWhileHeWaitedCostsNoTime) {
  EdgeLimits limits;
  limits.accepts_per_second = 2;
  HttpServer server(limits);
  for (int i = 0; i < 60; ++i) Client gone(server.port());
  Client client(server.port());
  client.Send(GetRequest("/count"));
  EXPECT_TRUE(client.ReadAnswer());
}

TEST(Connection, ALiveStreamEndsWhenItsClientGoes) {
  HttpServer server({});
  {
    Client client(server.port());
    client.Send(GetRequest("/live"));
    EXPECT_NE(client.ReadHeadOnly().find("Connection: close"), std::string::npos);
  }
  server.WaitForHandlers(0);
}

TEST(Connection, DrainingFinishesWhatRuns) {
  HttpServer server({});
  Client idle(server.port());
  idle.Send(GetRequest("/count"));
  ASSERT_TRUE(idle.ReadAnswer());
  Client busy(server.port());
  busy.Send(GetRequest("/wait"));
  server.WaitForHandled(2);
  server.BeginDrain();
  EXPECT_TRUE(idle.ReadToEnd());
  server.Release();
  const auto answer = busy.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->Field("Connection"), "close");
}

TEST(Connection, OnlyOurProxySaysWhereAClientIs) {
  HttpServer direct({});
  Client liar(direct.port());
  liar.Send(GetRequest("/address", "X-Forwarded-For: 203.0.113.9\r\n"));
  EXPECT_EQ(liar.ReadAnswer()->body, "127.0.0.1");
  HttpServer proxied({}, {"127.0.0.1"});
  const std::pair<const char*, const char*> cases[] = {
      {"X-Forwarded-For: 203.0.113.9\r\n", "203.0.113.9"},
      {"X-Forwarded-For: 10.9.9.9, 203.0.113.9\r\n", "203.0.113.9"},
      {"X-Forwarded-For: 203.0.113.9, rubbish\r\n", "127.0.0.1"},
      {"X-Forwarded-For:\r\n", "127.0.0.1"},
      {"", "127.0.0.1"},
      {"X-Forwarded-For: 2001:db8::1\r\n", "2001:db8::1"},
  };
  for (const auto& [field, expected] : cases) {
    Client client(proxied.port());
    client.Send(GetRequest("/address", field));
    EXPECT_EQ(client.ReadAnswer()->body, expected) << field;
  }
}

}  // namespace
}  // namespace aplus::gateway
