// The client against servers that behave, and servers that do not.
#include "libs/http/client.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/buffers_iterator.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "tests/support/run_task.h"

namespace aplus {
namespace client_test {

using boost::asio::ip::tcp;

// Answers one connection with these bytes, whatever is asked, and remembers what was.
class OneAnswer {
 public:
  // `hold`: says nothing and keeps the connection until the client gives up.
  explicit OneAnswer(std::string answer, bool hold = false)
      : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}),
        answer_(std::move(answer)),
        hold_(hold),
        thread_([this] { Serve(); }) {}
  ~OneAnswer() {
    boost::system::error_code ignored;
    if (!served_) {  // nobody came: the accept is waiting still
      tcp::socket visitor(io_);
      visitor.connect({boost::asio::ip::address_v4::loopback(), port()}, ignored);
    }
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  std::string Url(std::string_view path) const { return fmt::format("http://127.0.0.1:{}{}", port_, path); }
  // After the answer.
  const std::string& request() const { return request_; }

 private:
  void Serve() {
    boost::system::error_code error;
    tcp::socket socket(io_);
    acceptor_.accept(socket, error);
    served_ = true;
    boost::asio::streambuf buffer;
    boost::asio::read_until(socket, buffer, "\r\n\r\n", error);
    request_.assign(boost::asio::buffers_begin(buffer.data()), boost::asio::buffers_end(buffer.data()));
    if (hold_) {
      char byte = 0;
      while (socket.read_some(boost::asio::buffer(&byte, 1), error) > 0) request_.push_back(byte);
      return;
    }
    boost::asio::write(socket, boost::asio::buffer(answer_), error);
    socket.shutdown(tcp::socket::shutdown_both, error);
  }

  boost::asio::io_context io_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = acceptor_.local_endpoint().port();
  std::string answer_;
  bool hold_;
  std::string request_;
  std::atomic<bool> served_ = false;
  std::thread thread_;
};

class HttpClientTest : public testing::Test {
 protected:
  Result<HttpAnswer> Ask(HttpQuestion question, HttpClientOptions options = {}) {
    Result<HttpAnswer> answer = Fail(Reason::kInternal);
    auto client = HttpClient::Make(std::move(options), pool_);
    EXPECT_TRUE(client);
    if (!client) return answer;
    RunTask(io_, Play(**client, std::move(question), answer));
    return answer;
  }

  static Task<> Play(HttpClient& client, HttpQuestion question, Result<HttpAnswer>& answer) {
    answer = co_await client.Ask(std::move(question), SteadyClock::now() + std::chrono::seconds(10));
  }

  boost::asio::io_context io_;
  BlockingPool pool_{1};
};

TEST_F(HttpClientTest, AsksAndReads) {
  OneAnswer server(
      "HTTP/1.1 200 OK\r\nContent-Type: Application/JWT ; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello");
  const auto answer = Ask({.url = server.Url("/me?x=1"), .fields = {{"Authorization", "Bearer abc"}}});
  ASSERT_TRUE(answer) << answer.error().diagnostic;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->content_type, "application/jwt");
  EXPECT_EQ(answer->body, "hello");
  EXPECT_TRUE(server.request().starts_with("GET /me?x=1 HTTP/1.1\r\n")) << server.request();
  EXPECT_NE(server.request().find(fmt::format("Host: 127.0.0.1:{}\r\n", server.port())), std::string::npos);
  EXPECT_NE(server.request().find("Authorization: Bearer abc\r\n"), std::string::npos);
}

TEST_F(HttpClientTest, SendsForms) {
  OneAnswer server("HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  const auto answer = Ask({.url = server.Url("/token"), .form = "grant_type=authorization_code&code=x"});
  ASSERT_TRUE(answer) << answer.error().diagnostic;
  EXPECT_EQ(answer->status, 400);
  EXPECT_EQ(answer->body, "abc");
  EXPECT_TRUE(server.request().starts_with("POST /token HTTP/1.1\r\n"));
  EXPECT_NE(server.request().find("Content-Type: application/x-www-form-urlencoded\r\n"), std::string::npos);
}

TEST_F(HttpClientTest, FollowsNobodyElsewhere) {
  OneAnswer server("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
  const auto answer = Ask({.url = server.Url("/")});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
}

TEST_F(HttpClientTest, NoAnswerIsUnavailable) {
  for (const std::string& answer :
       {std::string(), std::string("nonsense\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort"),
        "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + std::string(2000, 'x')}) {
    OneAnswer server(answer);
    const auto got = Ask({.url = server.Url("/")}, {.max_body = 1000});
    ASSERT_FALSE(got) << answer.substr(0, 40);
    EXPECT_EQ(got.error().reason, Reason::kUnavailable) << answer.substr(0, 40);
  }
  EXPECT_EQ(Ask({.url = "http://127.0.0.1:1/"}).error().reason, Reason::kUnavailable);
  EXPECT_EQ(Ask({.url = "https://nobody.invalid/"}).error().reason, Reason::kUnavailable);
  EXPECT_EQ(Ask({.url = "http://elsewhere.example/"}).error().reason, Reason::kInvalidArgument);
}

TEST_F(HttpClientTest, ASlowServerIsGivenUp) {
  OneAnswer server("", true);
  const SteadyTime before = SteadyClock::now();
  const auto answer = Ask({.url = server.Url("/")}, {.at_most = std::chrono::milliseconds(200)});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, Reason::kUnavailable);
  EXPECT_LT(SteadyClock::now() - before, std::chrono::seconds(5));
}

TEST_F(HttpClientTest, PlainHttpIsNoTls) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto answer = Ask({.url = fmt::format("https://127.0.0.1:{}/", server.port())});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().reason, Reason::kUnavailable);
}

TEST_F(HttpClientTest, ACaFileThatIsNoneIsSaidAtOnce) {
  EXPECT_FALSE(HttpClient::Make({.ca_file = "/nonexistent/ca.pem"}, pool_));
}

}  // namespace client_test
}  // namespace aplus
