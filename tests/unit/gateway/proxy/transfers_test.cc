// Files and live events through the gateway: whole, in order, at the pace of the slower side, and broken off.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/gateway/proxy/gateway_rig.h"

namespace aplus::gateway {
namespace {

using test::Client;
using test::GatewayRig;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kFile[] =
    "Content-Type: application/pdf\r\nContent-Disposition: attachment; filename*=UTF-8''%C3%A9t%C3%A9.pdf\r\n"
    "Idempotency-Key: 0190f0f0-0000-7000-8000-0000000000aa\r\n";

std::string Bytes(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
  return bytes;
}

TEST(Uploads, ArriveWholeInPiecesOfBoundedSize) {
  GatewayRig rig;
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{65'536}, std::size_t{65'537}, std::size_t{9'999'999}}) {
    const std::string body = Bytes(size);
    Client client(rig.port());
    client.Send(GatewayRig::PostText("/v1/things/x/files", body, kFile));
    const auto answer = client.ReadAnswer();
    ASSERT_TRUE(answer) << size;
    EXPECT_EQ(answer->status, 201) << answer->body;
    EXPECT_THAT(answer->body, HasSubstr("application/pdf|attachment; filename*=UTF-8''%C3%A9t%C3%A9.pdf|" +
                                        std::to_string(size) + "|" + std::to_string(size) + "|" +
                                        std::to_string(test::Checksum(body))));
  }
  EXPECT_LE(rig.things->largest_chunk, 65'536);
  EXPECT_GE(rig.things->largest_chunk, 32'768);
}

TEST(Uploads, EmptyOnesReachTheBackendWhichDecides) {
  GatewayRig rig;
  Client client(rig.port());
  client.Send(GatewayRig::PostText("/v1/things/x/files", "", kFile));
  EXPECT_THAT(client.ReadAnswer()->body, HasSubstr("|0|0|"));
}

TEST(Uploads, SlowOnesGatherSmallPackets) {
  GatewayRig rig;
  const std::string body = Bytes(20'000);
  Client client(rig.port());
  client.Send(
      "POST /v1/things/x/files HTTP/1.1\r\nHost: aplus.test\r\nCookie: sid=alice-session\r\nX-Aplus: 1\r\n" +
      std::string(kFile) + "Content-Length: 20000\r\n\r\n");
  for (std::size_t at = 0; at < body.size(); at += 500) client.Send(body.substr(at, 500));
  EXPECT_THAT(client.ReadAnswer()->body, HasSubstr(std::to_string(test::Checksum(body))));
}

TEST(Uploads, ARefusalDuringTheBodyArrives) {
  GatewayRig rig;
  Client client(rig.port());
  client.Send(GatewayRig::PostText("/v1/things/refused/files", Bytes(5'000'000), kFile));
  const auto answer = client.ReadAnswer();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 415);
  EXPECT_THAT(answer->body, HasSubstr(R"("code":"file_type")"));
}

TEST(Uploads, TooLargeOnesAreNotEvenBegun) {
  GatewayRig rig;
  Client client(rig.port());
  client.Send(
      "POST /v1/things/x/files HTTP/1.1\r\nHost: aplus.test\r\nCookie: sid=alice-session\r\nX-Aplus: 1\r\n" +
      std::string(kFile) + "Content-Length: 10100000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer()->status, 413);
  EXPECT_EQ(rig.things->running, 0);
}

TEST(Uploads, AClientThatLeavesEndsTheCall) {
  GatewayRig rig;
  {
    Client client(rig.port());
    client.Send(
        "POST /v1/things/x/files HTTP/1.1\r\nHost: aplus.test\r\nCookie: sid=alice-session\r\nX-Aplus: "
        "1\r\n" +
        std::string(kFile) + "Content-Length: 1000000\r\n\r\n" + Bytes(200'000));
    rig.WaitFor([&] { return rig.things->running == 1; }, "the upload to begin");
  }
  rig.WaitFor([&] { return rig.things->running == 0; }, "the backend to let go");
  EXPECT_EQ(rig.things->handled, 0);
  EXPECT_EQ(rig.Get("/v1/things/x")->status, 200);
}

TEST(Downloads, ComeWholeWithTheirFields) {
  GatewayRig rig;
  const auto answer = rig.Get("/v1/files/whole");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->Field("Content-Type"), "application/pdf");
  EXPECT_EQ(answer->Field("Content-Disposition"), "attachment; filename*=UTF-8''%C3%A9t%C3%A9.pdf");
  EXPECT_EQ(answer->Field("Content-Length"), "3000000");
  EXPECT_EQ(answer->Field("Accept-Ranges"), "bytes");
  EXPECT_EQ(answer->Field("ETag"), "\"abc\"");
  EXPECT_EQ(answer->Field("Cache-Control"), "no-store");
  EXPECT_EQ(answer->Field("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(answer->Field("Cross-Origin-Resource-Policy"), "same-origin");
  EXPECT_EQ(answer->Field("Content-Security-Policy"), "sandbox; default-src 'none'; frame-ancestors 'none'");
  EXPECT_EQ(test::Checksum(answer->body), test::Checksum(Bytes(3'000'000)));
  const auto preview = rig.Get("/v1/files/whole?preview=1");
  EXPECT_EQ(preview->Field("Content-Security-Policy"), "sandbox; default-src 'none'; frame-ancestors 'self'");
}

TEST(Downloads, RangesAndNothing) {
  GatewayRig rig;
  const auto range = rig.Get("/v1/files/whole", "Range: bytes=10-19\r\n");
  EXPECT_EQ(range->status, 206);
  EXPECT_EQ(range->Field("Content-Range"), "bytes 10-19/3000000");
  EXPECT_EQ(range->body, Bytes(20).substr(10));
  const auto empty = rig.Get("/v1/files/empty");
  EXPECT_EQ(empty->status, 200);
  EXPECT_EQ(empty->Field("Content-Length"), "0");
  Client client(rig.port());
  client.Send("HEAD /v1/files/whole HTTP/1.1\r\nHost: aplus.test\r\nCookie: sid=alice-session\r\n\r\n");
  EXPECT_EQ(client.ReadAnswer(true)->status, 405);
}

TEST(Downloads, ErrorsBeforeTheHeadAreProblems) {
  GatewayRig rig;
  EXPECT_EQ(rig.Get("/v1/files/erased")->status, 410);
  for (const char* name : {"headless", "status", "split"}) {
    const auto answer = rig.Get("/v1/files/" + std::string(name));
    ASSERT_TRUE(answer) << name;
    EXPECT_EQ(answer->status, 500) << name;
    EXPECT_THAT(answer->head, Not(HasSubstr("X-Evil"))) << name;
  }
}

TEST(Downloads, FailuresAfterTheHeadResetTheConnection) {
  GatewayRig rig;
  for (const char* name : {"break", "short"}) {
    rig.things->chunks_written = 0;
    Client client(rig.port());
    client.Send(GatewayRig::GetText("/v1/files/" + std::string(name)));
    EXPECT_FALSE(client.ReadAnswer()) << name;
    EXPECT_TRUE(client.was_reset()) << name;
  }
}

TEST(Downloads, GoAtThePaceOfTheReader) {
  GatewayRig rig;
  Client client(rig.port());
  client.Send(GatewayRig::GetText("/v1/files/long"));
  const std::string head = client.ReadHeadOnly();
  ASSERT_THAT(head, HasSubstr("200 OK"));
  // Nobody reads: sockets and gRPC's windows fill up, and the backend stands still long before 30 MB.
  int before = -1;
  rig.WaitFor(
      [&] {
        const int now = rig.things->chunks_written;
        const bool still = now == before;
        before = now;
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        return still;
      },
      "the backend to stand still");
  EXPECT_LT(rig.things->chunks_written, 400);
  EXPECT_EQ(rig.things->running, 1);
}

TEST(Downloads, AClientThatLeavesEndsTheCall) {
  GatewayRig rig;
  {
    Client client(rig.port());
    client.Send(GatewayRig::GetText("/v1/files/long"));
    ASSERT_THAT(client.ReadHeadOnly(), HasSubstr("200 OK"));
  }
  rig.WaitFor([&] { return rig.things->running == 0; }, "the backend to let go");
}

test::GatewayOptions WithHeartbeats(Duration heartbeat) {
  test::GatewayOptions options;
  options.limits.heartbeat = heartbeat;
  return options;
}

// Until both events that stand at its beginning have come.
void OpenLive(Client& client) {
  client.Send(GatewayRig::GetText("/v1/live"));
  client.ReadPast("\"state\"}\n\n");
}

TEST(Live, EventsArriveAsEventSourceReadsThem) {
  GatewayRig rig;
  Client client(rig.port());
  client.Send(GatewayRig::GetText("/v1/live", "Last-Event-ID: 17\r\n"));
  const std::string head = client.ReadHeadOnly();
  EXPECT_THAT(head, HasSubstr("Content-Type: text/event-stream\r\n"));
  EXPECT_THAT(head, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(head, Not(HasSubstr("Content-Length")));
  const std::string first = client.ReadPast("data: {\"kind\":\"state\"}\n\n");
  EXPECT_THAT(first, StartsWith("retry: "));
  EXPECT_THAT(
      first,
      HasSubstr("id: after-17\nevent: request\ndata: {\"requestId\":\"0190f0f0-0000-7000-8000-000000000009\","
                "\"kind\":\"message\"}\n\n"));
  // What could have begun a line of its own has become a word.
  EXPECT_THAT(first, HasSubstr("id: 2id:evil\nevent: countersdata:evil\ndata: {\"kind\":\"state\"}\n\n"));
  rig.OnIoThread([&] { rig.things->gate.Set(); });
  EXPECT_THAT(client.ReadPast("\n\n"), HasSubstr("event: reset"));
}

TEST(Live, P13_WhatIsRefusedIsAProblemAndNoStream) {
  GatewayRig rig;
  Client client(rig.port());
  client.Send(GatewayRig::GetText("/v1/live", "Last-Event-ID: refused\r\n"));
  const std::string head = client.ReadHeadOnly();
  EXPECT_THAT(head, StartsWith("HTTP/1.1 403 "));
  EXPECT_THAT(head, HasSubstr("Content-Type: application/problem+json"));
}

TEST(Live, ABeginningWithoutNewsTellsThePageNothing) {
  GatewayRig rig;
  Client client(rig.port());
  client.Send(GatewayRig::GetText("/v1/live", "Last-Event-ID: nothing-new\r\n"));
  client.ReadHeadOnly();
  EXPECT_THAT(client.ReadPast("id: still\n\n"), Not(HasSubstr("data:")));
}

TEST(Live, HeartbeatsKeepItAwake) {
  GatewayRig rig(WithHeartbeats(std::chrono::milliseconds(50)));
  Client client(rig.port());
  client.Send(GatewayRig::GetText("/v1/live"));
  client.ReadHeadOnly();
  EXPECT_THAT(client.ReadPast("\n\n:\n\n:\n\n:\n\n"), HasSubstr("data:"));
}

TEST(Live, EndsWhenThePageLeaves) {
  GatewayRig rig;
  {
    Client client(rig.port());
    OpenLive(client);
    EXPECT_EQ(rig.things->running, 1);
  }
  rig.WaitFor([&] { return rig.things->running == 0; }, "the backend to let go");
}

TEST(Live, P14_AnEndedSessionHearsNothingMore) {
  GatewayRig rig(WithHeartbeats(std::chrono::milliseconds(200)));
  Client client(rig.port());
  OpenLive(client);
  rig.OnIoThread([&] { rig.auth->sessions.clear(); });
  rig.WaitFor([&] { return rig.things->running == 0; }, "the stream to end");
  const auto rest = client.ReadToEnd();
  ASSERT_TRUE(rest);
  EXPECT_THAT(*rest, Not(HasSubstr("reset")));
}

TEST(Live, P14_AStreamThatIsOpenIsNoUseOfTheSession) {
  GatewayRig rig(WithHeartbeats(std::chrono::milliseconds(200)));
  Client client(rig.port());
  OpenLive(client);
  const int used = rig.auth->asked - rig.auth->asked_passively;
  rig.WaitFor([&] { return rig.auth->asked_passively >= 3; }, "the heartbeats to ask");
  // As a browser does that comes back by itself when its stream has ended.
  Client again(rig.port());
  OpenLive(again);
  EXPECT_EQ(rig.auth->asked - rig.auth->asked_passively, used);
  // What a stream was told serves no call: that one has to count.
  EXPECT_EQ(rig.Get("/v1/things/x")->status, 200);
  EXPECT_EQ(rig.auth->asked - rig.auth->asked_passively, used + 1);
}

TEST(Live, EndsAtOnceWhenTheGatewayStops) {
  GatewayRig rig;
  Client client(rig.port());
  OpenLive(client);
  rig.RequestStop();
  EXPECT_TRUE(client.ReadToEnd());
}

TEST(Live, OnlySoManyForOneUser) {
  GatewayRig rig({.limits = {},
                  .bounds = {.total = 10, .per_user = 3, .streams_per_user = 2},
                  .settings = "{\"rate_percent\": 100000}",
                  .with_backend = true});
  Client first(rig.port());
  first.Send(GatewayRig::GetText("/v1/live"));
  first.ReadHeadOnly();
  Client second(rig.port());
  second.Send(GatewayRig::GetText("/v1/live"));
  second.ReadHeadOnly();
  EXPECT_EQ(rig.Get("/v1/live")->status, 503);
}

}  // namespace
}  // namespace aplus::gateway
