// Who gets through the handshake, and as whom (T-REL-14, T-EDGE-11).
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libs/rpc/credentials.h"
#include "libs/rpc/liveness.h"
#include "tests/unit/libs/rpc/rig.h"

namespace aplus {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::v1::EchoRequest;
using test::v1::EchoResponse;

TEST(ServiceFromUri, OnlyNamesOfOurEnvironment) {
  EXPECT_EQ(ServiceFromUri("spiffe://aplus/test/requests", "test"), "requests");
  for (const char* bad :
       {"", "spiffe://aplus/prod/requests", "spiffe://other/test/requests", "spiffe://aplus/test/",
        "spiffe://aplus/test/a/b", "spiffe://aplus/test/Requests", "https://aplus/test/requests",
        "spiffe://aplus/test/requests ", "spiffe://aplus/tes/t/requests", "spiffe://aplus/test/requests?x",
        "SPIFFE://aplus/test/requests"}) {
    EXPECT_FALSE(ServiceFromUri(bad, "test")) << bad;
  }
}

Task<Reason> TryWith(Rig* rig, TlsConfig tls) {
  EchoRequest request;
  request.set_text("x");
  auto answer =
      co_await rig->With(tls, rig->address())
          .Get("echo")
          .Call<EchoResponse>("aplus.test.v1.Echo.Public", request, CallOptions::Within(seconds(1)));
  co_return answer ? Reason::kCount_ : answer.error().reason;
}

struct Certificates {
  static Task<> Clients(Rig& rig) {
    const std::string good = "spiffe://aplus/test/gateway";
    EXPECT_EQ(co_await TryWith(&rig, rig.authority.Issue("good", {.uris = {good}})), Reason::kCount_);

    const auto refused = [&](const char* what, LeafOptions options) -> std::pair<std::string, TlsConfig> {
      return {what, rig.authority.Issue(what, options)};
    };
    std::vector<std::pair<std::string, TlsConfig>> bad = {
        refused("no-name", {}),
        refused("two-names", {.uris = {good, "spiffe://aplus/test/files"}}),
        refused("same-name-twice", {.uris = {good, good}}),
        refused("other-environment", {.uris = {"spiffe://aplus/prod/gateway"}}),
        refused("other-scheme", {.uris = {"https://aplus/test/gateway"}}),
        refused("authority", {.uris = {good}, .is_authority = true}),
        refused("expired", {.uris = {good}, .valid_from = -hours(2), .valid_until = -hours(1)}),
        refused("not-yet-valid", {.uris = {good}, .valid_from = hours(1), .valid_until = hours(2)}),
    };
    TestAuthority stranger;
    TlsConfig foreign = stranger.IssueFor("gateway");
    foreign.ca = (rig.authority.folder() / "ca.pem").string();
    bad.emplace_back("foreign-authority", foreign);
    for (const auto& [what, tls] : bad) {
      EXPECT_EQ(co_await TryWith(&rig, tls), Reason::kUnavailable) << what;
    }
    EXPECT_EQ(rig.echo->handled, 1) << "nothing of it reached a handler";
    EXPECT_EQ(co_await TryWith(&rig, rig.authority.Issue("good", {.uris = {good}})), Reason::kCount_);
  }

  // A client accepts only the service that it means to call.
  static Task<> Servers(Rig& rig) {
    const TlsConfig tls = rig.authority.IssueFor("gateway");
    auto config = Config::Parse(R"({"service": "gateway", "environment": "test", "listen": "127.0.0.1:0",
        "admin_listen": "127.0.0.1:0", "tls": {"ca": ")" +
                                    tls.ca + R"(", "certificate": ")" + tls.certificate + R"(", "key": ")" +
                                    tls.key + R"("}, "services": {"files": ")" + rig.address() +
                                    R"(", "echo": ")" + rig.address() + R"("}})",
                                "test");
    Channels channels(rig.server->queue(), config, rig.methods, rig.metrics, rig.clock, rig.random);
    EchoRequest request;
    request.set_text("x");
    auto wrong = co_await channels.Get("files").Call<EchoResponse>("aplus.test.v1.Echo.Public", request,
                                                                   CallOptions::Within(seconds(1)));
    EXPECT_FALSE(wrong);
    if (!wrong) EXPECT_EQ(wrong.error().reason, Reason::kUnavailable);
    auto right = co_await channels.Get("echo").Call<EchoResponse>("aplus.test.v1.Echo.Public", request,
                                                                  CallOptions::Within(seconds(1)));
    EXPECT_TRUE(right);
    EXPECT_THROW(channels.Get("nobody"), ConfigError);
    co_await channels.Stop();
  }

  // Without a certificate, without TLS, or with nothing to say: none of them holds anything up.
  static Task<> Strangers(Rig& rig) {
    std::vector<int> sockets;
    for (const char* bytes :
         {"", "GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x16\x03\x01"}) {
      const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in to{};
      to.sin_family = AF_INET;
      to.sin_port = htons(static_cast<std::uint16_t>(rig.server->port()));
      to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
      EXPECT_GE(::send(fd, bytes, std::strlen(bytes), MSG_NOSIGNAL), 0);
      sockets.push_back(fd);
    }
    EXPECT_TRUE(co_await rig.Call("Public"));
    for (int fd : sockets) ::close(fd);
  }

  static Task<> Live(Rig& rig) {
    const TlsConfig tls = rig.authority.IssueFor("echo");
    const std::string address = rig.address();
    BlockingPool& pool = rig.runtime->blocking();
    EXPECT_TRUE(co_await pool.Run([&] { return FreshConnectionWorks(address, tls); }));
    EXPECT_FALSE(co_await pool.Run([&] { return FreshConnectionWorks("127.0.0.1:1", tls); }));
    TestAuthority stranger;
    const TlsConfig foreign = stranger.IssueFor("echo");
    EXPECT_FALSE(co_await pool.Run([&] { return FreshConnectionWorks(address, foreign); }));
  }
};

TEST(Certificates, T_REL_14_OnlyOurServicesGetThrough) { Rig().Run(Certificates::Clients); }
TEST(Certificates, T_REL_14_ClientsKnowWhomTheyCall) { Rig().Run(Certificates::Servers); }
TEST(Certificates, T_EDGE_11_StrangersHoldNothingUp) { Rig().Run(Certificates::Strangers); }
TEST(Certificates, LivenessMakesAFreshConnection) { Rig().Run(Certificates::Live); }

}  // namespace
}  // namespace aplus
