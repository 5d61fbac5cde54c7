// One TCP connection to a mail server, in clear or under TLS, where every step has a time limit of its own.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "libs/base/time.h"
#include "libs/runtime/blocking.h"
#include "libs/runtime/task.h"
#include "services/notifications/smtp/reply.h"

namespace aplus::smtp {

// Why a step came to nothing.
enum class Failure : std::uint8_t {
  kConnect,    // no address, or nobody there
  kTimeout,    // the step took too long
  kClosed,     // the connection broke
  kMalformed,  // what came is no SMTP
  kTls,        // no TLS where it is required, or the certificate is not the server's
  kAuth,       // our name and password were refused, or may not be sent
  kBusy,       // 4xx
  kRefused,    // 5xx
};
std::string_view ToString(Failure failure);

template <class T>
using Outcome = tl::expected<T, Failure>;

// Io thread only. After a failure other than kBusy and kRefused it is good for nothing but destruction.
class Wire {
 public:
  Wire(Executor executor, Duration step_limit);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Looks the name up on `pool` and tries its addresses in turn, within one step limit.
  Task<Outcome<void>> Connect(BlockingPool& pool, std::string host, std::uint16_t port);
  // The handshake; `context` outlives the wire. The certificate must be valid for `host`. kTls when bytes
  // came in clear that nobody had asked for: somebody in between would have them read as the server's.
  Task<Outcome<void>> StartTls(boost::asio::ssl::context& context, std::string host);
  bool secure() const;

  // `bytes` must stay until the answer.
  Task<Outcome<void>> Write(std::string_view bytes);
  Task<Outcome<Reply>> Read();
  // Whether bytes came behind the last reply.
  bool HasRest() const;

 private:
  struct State;
  // Steps limited by the timer; the guard ends the limit.
  class Limit;
  std::shared_ptr<State> state_;
};

}  // namespace aplus::smtp
