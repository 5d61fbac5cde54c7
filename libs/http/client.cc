#include "libs/http/client.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include "libs/http/url.h"
#include "libs/runtime/deadline_queue.h"

namespace aplus {
namespace http_client {

namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using boost::asio::ip::tcp;
using Socket = boost::asio::basic_stream_socket<tcp, Executor>;
using TlsStream = ssl::stream<Socket&>;
using Request = http::request<http::string_body>;
using Parser = http::response_parser<http::string_body>;
constexpr auto kTuple = boost::asio::as_tuple(kUseTask);
constexpr std::uint32_t kMaxHead = 16 * 1024;
constexpr std::size_t kBuffer = 16 * 1024;

// Cuts the connection off when the time is over: whatever waits on it fails.
class Limit final : public DeadlineEntry {
 public:
  explicit Limit(Socket& socket) : socket_(socket) {}

 private:
  void OnDeadline() override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  Socket& socket_;
};

tl::unexpected<Error> Nothing(std::string_view step, const boost::system::error_code& error) {
  return Fail(Reason::kUnavailable, std::string(step) + ": " + error.message());
}

std::vector<tcp::endpoint> LookUp(const std::string& host, std::uint16_t port) {
  boost::asio::io_context io;
  tcp::resolver resolver(io);
  boost::system::error_code error;
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : resolver.resolve(host, std::to_string(port), error))
    endpoints.push_back(entry.endpoint());
  return endpoints;
}

Request Compose(const HttpQuestion& question, const HttpUrl& url) {
  Request request(question.form.empty() ? http::verb::get : http::verb::post, url.target, 11);
  request.set(http::field::host, url.authority);
  request.set(http::field::user_agent, "aplus");
  request.set(http::field::connection, "close");
  for (const auto& [name, value] : question.fields) request.set(name, value);
  if (!question.form.empty()) {
    request.set(http::field::content_type, "application/x-www-form-urlencoded");
    request.body() = question.form;
  }
  request.prepare_payload();
  return request;
}

HttpAnswer Read(Parser& parser) {
  const auto& message = parser.get();
  HttpAnswer answer{.status = static_cast<int>(message.result_int()), .content_type = {}, .body = {}};
  const auto type = message[http::field::content_type];
  answer.content_type.assign(type.data(), std::min(type.find(';'), type.size()));
  while (answer.content_type.ends_with(' ')) answer.content_type.pop_back();
  for (char& c : answer.content_type) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  answer.body = std::move(parser.get().body());
  return answer;
}

template <class Stream>
Task<Result<HttpAnswer>> Exchange(Stream& stream, Request request, std::size_t max_body) {
  const auto [writing, written] = co_await http::async_write(stream, request, kTuple);
  if (writing) co_return Nothing("writing", writing);
  Parser parser;
  parser.header_limit(kMaxHead);
  parser.body_limit(max_body);
  boost::beast::flat_buffer buffer;
  buffer.reserve(kBuffer);
  const auto [reading, bytes] = co_await http::async_read(stream, buffer, parser, kTuple);
  if (reading) co_return Nothing("reading", reading);
  co_return Read(parser);
}

}  // namespace http_client

struct HttpClient::State {
  State(HttpClientOptions own_options, BlockingPool& own_pool)
      : options(std::move(own_options)), pool(own_pool), tls(boost::asio::ssl::context::tls_client) {}

  HttpClientOptions options;
  BlockingPool& pool;
  boost::asio::ssl::context tls;
};

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::~HttpClient() = default;

Result<std::unique_ptr<HttpClient>> HttpClient::Make(HttpClientOptions options, BlockingPool& pool) {
  auto state = std::make_unique<State>(std::move(options), pool);
  SSL_CTX_set_min_proto_version(state->tls.native_handle(), TLS1_2_VERSION);
  state->tls.set_verify_mode(boost::asio::ssl::verify_peer);
  boost::system::error_code error;
  if (state->options.ca_file.empty()) {
    state->tls.set_default_verify_paths(error);
  } else {
    state->tls.load_verify_file(state->options.ca_file, error);
  }
  if (error)
    return Fail(Reason::kInvalidArgument, "CA file " + state->options.ca_file + ": " + error.message());
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(state)));
}

Task<Result<HttpAnswer>> HttpClient::Ask(HttpQuestion question, SteadyTime deadline) {
  using namespace http_client;
  CO_TRY(const HttpUrl url, HttpUrl::Parse(question.url));
  const std::vector<tcp::endpoint> endpoints =
      co_await state_->pool.Run([&url] { return LookUp(url.host, url.port); });
  if (endpoints.empty()) co_return Fail(Reason::kUnavailable, "looking up: no address");
  const Executor executor = co_await boost::asio::this_coro::executor;
  Socket socket(executor);
  DeadlineQueue deadlines(executor);
  Limit limit(socket);
  deadlines.Set(limit, std::min(deadline, SteadyClock::now() + state_->options.at_most));
  const auto [connecting, endpoint] = co_await boost::asio::async_connect(socket, endpoints, kTuple);
  if (connecting) co_return Nothing("connecting", connecting);
  Request request = Compose(question, url);
  if (!url.tls) co_return co_await Exchange(socket, std::move(request), state_->options.max_body);

  TlsStream tls(socket, state_->tls);
  if (SSL_set_tlsext_host_name(tls.native_handle(), url.host.c_str()) != 1) {
    co_return Fail(Reason::kUnavailable, "TLS: the host's name");
  }
  tls.set_verify_callback(ssl::host_name_verification(url.host));
  const auto [shaking] = co_await tls.async_handshake(ssl::stream_base::client, kTuple);
  if (shaking) co_return Nothing("TLS", shaking);
  // No farewell: the answer says how long it is, and the connection is not used again.
  co_return co_await Exchange(tls, std::move(request), state_->options.max_body);
}

}  // namespace aplus
