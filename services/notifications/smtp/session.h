// An SMTP client (RFC 5321) of our own, because exactness about one moment is the point: until the first byte
// of the final dot leaves, a message is certainly not the server's; from then until its answer nobody knows;
// after it everybody does. Messages are 7-bit (quoted-printable), so no extension but STARTTLS and AUTH is
// needed.
#pragma once

#include <boost/asio/ssl.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libs/base/secret.h"
#include "services/notifications/smtp/wire.h"

namespace aplus::smtp {

enum class Tls : std::uint8_t {
  kNone,           // in clear: development on loopback
  kOpportunistic,  // when the server offers it
  kRequired,       // production: otherwise nothing leaves
};

struct Relay {
  std::string host;
  std::uint16_t port = 25;
  Tls tls = Tls::kRequired;
  std::string ca_file;  // PEM; empty: the system's authorities
  std::string user;     // empty: no AUTH
  SecretString password;
  std::string hello_name = "localhost";  // what we call ourselves
  Duration step_limit = std::chrono::seconds(30);
};

// Where a conversation failed, so that the caller knows whose fault it is.
enum class Step : std::uint8_t {
  kOpen,       // connect, greeting, EHLO, STARTTLS, AUTH: the relay's or our configuration's
  kSender,     // MAIL FROM: likewise
  kRecipient,  // RCPT TO: this address
  kData,       // DATA, or the text before its final dot: this message, certainly not delivered
  kDot,        // the final dot
};
std::string_view ToString(Step step);

struct Problem {
  Step step = Step::kOpen;
  Failure failure = Failure::kClosed;
  int code = 0;  // of the reply, if there was one

  // The final dot may have left and no clear answer came: perhaps the server has the message.
  bool Ambiguous() const {
    return step == Step::kDot && failure != Failure::kBusy && failure != Failure::kRefused;
  }
  // Says something about the connection or the relay rather than about this mail.
  bool OfRelay() const {
    return step == Step::kOpen || step == Step::kSender ||
           (failure != Failure::kBusy && failure != Failure::kRefused);
  }
};

template <class T = void>
using Sent = tl::expected<T, Problem>;

// Io thread only. One mail after the other:
//   Recipient → Content → Dot    (any failure but kBusy and kRefused ends the session)
class Session {
 public:
  // Connects, greets, secures, logs in. `context` and `relay` outlive the session.
  static Task<Sent<std::unique_ptr<Session>>> Open(Executor executor, BlockingPool& pool, const Relay& relay,
                                                   boost::asio::ssl::context& context);
  explicit Session(Executor executor, const Relay& relay);

  // MAIL FROM and RCPT TO. Both must be plain addresses (IsPlainAddress); anything else is refused without
  // asking the server. After a refusal the session is reset and ready for the next.
  Task<Sent<>> Recipient(std::string from, std::string to);
  // DATA and the message, dot-stuffed, without its final dot. `message` has CRLF line ends and must stay
  // until the answer; the copy made on the way is wiped.
  Task<Sent<>> Content(std::string_view message);
  // The final dot. The reply's code is 2xx when the server took the message.
  Task<Sent<int>> Dot();
  // Says good bye and does not wait for the answer.
  Task<> Quit();

  // Whether another mail may be sent on it.
  bool usable() const { return usable_; }

 private:
  Task<Sent<>> Hello();
  Task<Sent<>> Login();
  // Which yes the question has: 2xx, or 3xx where more is to follow.
  enum class Want : std::uint8_t { kDone, kMore };
  Task<Sent<Reply>> Say(Step step, std::string line, Want want = Want::kDone);
  Task<Sent<Reply>> Listen(Step step, Want want = Want::kDone);
  // Say, without the texts of the reply.
  Task<Sent<>> Expect(Step step, std::string line, Want want = Want::kDone);
  Task<> Reset();
  bool Offers(std::string_view keyword, std::string_view parameter = {}) const;

  const Relay& relay_;
  Wire wire_;
  Reply greeting_;  // of EHLO: what the server can do
  bool usable_ = true;
};

// Lines that begin with a dot get a second one (RFC 5321 section 4.5.2); ends with CRLF. Exposed for its
// test.
std::string DotStuff(std::string_view message);

// TLS 1.2 or later, certificates checked against `ca_file` or the system's authorities. Throws
// boost::system::system_error when the file cannot be read.
boost::asio::ssl::context MakeTlsContext(const std::string& ca_file);

}  // namespace aplus::smtp
