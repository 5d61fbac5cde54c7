#include "libs/telemetry/admin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "tests/support/run_task.h"

namespace aplus {
namespace {

using boost::asio::ip::tcp;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using Socket = boost::asio::basic_stream_socket<tcp, Executor>;

Task<bool> Answer(bool good) {
  co_await YieldToOthers();
  co_return good;
}

// Sends bytes and reads until the other side closes.
Task<std::string> Exchange(std::uint16_t port, std::string bytes) {
  Socket socket(co_await boost::asio::this_coro::executor);
  co_await socket.async_connect({boost::asio::ip::address_v4::loopback(), port}, kUseTask);
  co_await boost::asio::async_write(socket, boost::asio::buffer(bytes), boost::asio::as_tuple(kUseTask));
  std::string answer;
  co_await boost::asio::async_read(socket, boost::asio::dynamic_buffer(answer),
                                   boost::asio::as_tuple(kUseTask));
  co_return answer;
}

struct Scenario {
  static Task<> Pages(Executor executor) {
    Metrics metrics;
    metrics.GetCounter("aplus_x_total", "X.").Add(7);
    bool ready = false, live = true;
    AdminEndpoint admin(executor, metrics, {[&] { return ready; }, [&] { return Answer(live); }});
    EXPECT_TRUE(admin.Listen("127.0.0.1:0"));
    const auto port = admin.port();
    EXPECT_THAT(co_await Exchange(port, "GET /ready HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
    ready = true;
    EXPECT_THAT(co_await Exchange(port, "GET /ready HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(co_await Exchange(port, "GET /live HTTP/1.1\r\nHost: x\r\n\r\n"),
                StartsWith("HTTP/1.1 200 "));
    live = false;
    EXPECT_THAT(co_await Exchange(port, "GET /live HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 503 "));
    EXPECT_THAT(co_await Exchange(port, "GET /metrics HTTP/1.1\r\n\r\n"), HasSubstr("\naplus_x_total 7\n"));
    EXPECT_THAT(co_await Exchange(port, "GET /other HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(co_await Exchange(port, "POST /ready HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(co_await Exchange(port, "GET /ready HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_THAT(co_await Exchange(port, "nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 "));
    EXPECT_EQ(co_await Exchange(port, "GET /ready HTTP/1.1\r\nX: " + std::string(8000, 'a')), "");
    co_await admin.Stop();
  }

  static Task<> SilentClients(Executor executor) {
    Metrics metrics;
    AdminEndpoint admin(executor, metrics, {[] { return true; }, [] { return Answer(true); }});
    EXPECT_TRUE(admin.Listen("127.0.0.1:0"));
    std::vector<Socket> silent;
    for (int i = 0; i < 70; ++i) {
      silent.emplace_back(executor);
      co_await silent.back().async_connect({boost::asio::ip::address_v4::loopback(), admin.port()}, kUseTask);
    }
    // 64 sit there, the others were closed: one leaves, one more gets in.
    silent.erase(silent.begin());
    std::string answer;
    for (int i = 0; i < 50 && answer.empty(); ++i) {
      answer = co_await Exchange(admin.port(), "GET /ready HTTP/1.1\r\n\r\n");
    }
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
    // Stopping does not wait for the silent ones.
    co_await admin.Stop();
  }

  static Task<> BadAddresses(Executor executor) {
    Metrics metrics;
    for (const char* bad : {"", "nonsense", "127.0.0.1", "host.invalid:80", "203.0.113.7:80"}) {
      AdminEndpoint admin(executor, metrics, {});
      auto result = admin.Listen(bad);
      EXPECT_FALSE(result) << bad;
      if (!result) EXPECT_THAT(result.error().diagnostic, HasSubstr("admin")) << bad;
      co_await admin.Stop();
    }
  }
};

TEST(AdminEndpoint, AnswersItsThreePagesAndRefusesTheRest) {
  boost::asio::io_context io{1};
  RunTask(io, Scenario::Pages(io.get_executor()));
}

TEST(AdminEndpoint, SilentClientsDoNotKeepItBusyNorFromStopping) {
  boost::asio::io_context io{1};
  RunTask(io, Scenario::SilentClients(io.get_executor()), std::chrono::seconds(4));
}

TEST(AdminEndpoint, SaysWhyItCannotListen) {
  boost::asio::io_context io{1};
  RunTask(io, Scenario::BadAddresses(io.get_executor()));
}

}  // namespace
}  // namespace aplus
