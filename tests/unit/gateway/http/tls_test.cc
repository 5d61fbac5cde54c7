// The public port over TLS: what is chosen, what is refused, what a silent client costs.
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include "gateway/http/tls_context.h"
#include "tests/support/certificates.h"
#include "tests/unit/gateway/http/http_server.h"

namespace aplus::gateway {
namespace {

namespace asio = boost::asio;
using test::HttpServer;

class TlsTest : public ::testing::Test {
 protected:
  TlsContext Load() {
    const TlsConfig files = authority_.IssueFor("gateway");
    auto context = TlsContext::Load(files.certificate, files.key);
    EXPECT_TRUE(context);
    return *std::move(context);
  }

  // What a client of these versions gets for one request; nullopt when the handshake fails.
  static std::optional<std::string> Ask(std::uint16_t port, int least, int most,
                                        std::string* protocol = nullptr) {
    asio::io_context io;
    asio::ssl::context context(asio::ssl::context::tls_client);
    SSL_CTX* native = context.native_handle();
    SSL_CTX_set_security_level(native, 0);
    SSL_CTX_set_min_proto_version(native, least);
    SSL_CTX_set_max_proto_version(native, most);
    const std::uint8_t offered[] = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX_set_alpn_protos(native, offered, sizeof offered);
    asio::ssl::stream<asio::ip::tcp::socket> stream(io, context);
    stream.next_layer().connect({asio::ip::address_v4::loopback(), port});
    boost::system::error_code error;
    stream.handshake(asio::ssl::stream_base::client, error);
    if (error) return std::nullopt;
    if (protocol != nullptr) {
      const std::uint8_t* chosen = nullptr;
      unsigned int size = 0;
      SSL_get0_alpn_selected(stream.native_handle(), &chosen, &size);
      protocol->assign(reinterpret_cast<const char*>(chosen), size);
    }
    const std::string request =
        "POST /echo HTTP/1.1\r\nHost: aplus.test\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    asio::write(stream, asio::buffer(request), error);
    std::string answer;
    asio::read(stream, asio::dynamic_buffer(answer), error);
    // The end is told, not just reached: a cut answer cannot pass for a whole one.
    EXPECT_EQ(error, asio::error::eof);
    return answer;
  }

  TestAuthority authority_;
};

TEST_F(TlsTest, T_EDGE_11_ModernVersionsOnly) {
  TlsContext tls = Load();
  HttpServer server({}, {}, &tls);
  std::string protocol;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto answer = Ask(server.port(), version, version, &protocol);
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->starts_with("HTTP/1.1 200 OK\r\n"));
    EXPECT_TRUE(answer->ends_with("\r\n\r\nhello"));
    EXPECT_EQ(protocol, "http/1.1");
  }
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) EXPECT_FALSE(Ask(server.port(), version, version));
}

TEST_F(TlsTest, PlainTextAndSilenceAreLetGo) {
  TlsContext tls = Load();
  EdgeLimits limits;
  limits.handshake = std::chrono::milliseconds(200);
  HttpServer server(limits, {}, &tls);
  test::Client plain(server.port());
  plain.Send("GET / HTTP/1.1\r\nHost: aplus.test\r\n\r\n");
  EXPECT_FALSE(plain.ReadAnswer());
  test::Client silent(server.port());
  EXPECT_FALSE(silent.ReadAnswer());
  EXPECT_EQ(server.handled(), 0);
  EXPECT_TRUE(Ask(server.port(), TLS1_3_VERSION, TLS1_3_VERSION));
}

TEST_F(TlsTest, FilesThatDoNotFitAreRefusedAtStart) {
  const TlsConfig one = authority_.IssueFor("gateway");
  const TlsConfig other = authority_.IssueFor("auth");
  EXPECT_FALSE(TlsContext::Load(one.certificate, other.key));
  EXPECT_FALSE(TlsContext::Load("/nothing", one.key));
  EXPECT_FALSE(TlsContext::Load(one.key, one.key));
}

}  // namespace
}  // namespace aplus::gateway
