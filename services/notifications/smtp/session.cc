#include "services/notifications/smtp/session.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cctype>

#include "services/notifications/domain/encoding.h"

namespace aplus::smtp {
namespace session {

constexpr std::string_view kEnd = "\r\n";

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return std::toupper(static_cast<unsigned char>(x)) == std::toupper(static_cast<unsigned char>(y));
         });
}

std::string Base64(std::string_view bytes) {
  std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

}  // namespace session

std::string_view ToString(Step step) {
  switch (step) {
    case Step::kOpen:
      return "open";
    case Step::kSender:
      return "sender";
    case Step::kRecipient:
      return "recipient";
    case Step::kData:
      return "data";
    case Step::kDot:
      return "dot";
  }
  return "unknown";
}

std::string DotStuff(std::string_view message) {
  std::string out;
  out.reserve(message.size() + 16);
  bool at_line_start = true;
  for (const char c : message) {
    if (at_line_start && c == '.') out.push_back('.');
    out.push_back(c);
    at_line_start = c == '\n';
  }
  if (!out.ends_with(session::kEnd)) out.append(session::kEnd);
  return out;
}

boost::asio::ssl::context MakeTlsContext(const std::string& ca_file) {
  boost::asio::ssl::context context(boost::asio::ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
  context.set_verify_mode(boost::asio::ssl::verify_peer);
  if (ca_file.empty()) {
    context.set_default_verify_paths();
  } else {
    context.load_verify_file(ca_file);
  }
  return context;
}

Session::Session(Executor executor, const Relay& relay) : relay_(relay), wire_(executor, relay.step_limit) {}

Task<Sent<std::unique_ptr<Session>>> Session::Open(Executor executor, BlockingPool& pool, const Relay& relay,
                                                   boost::asio::ssl::context& context) {
  auto session = std::make_unique<Session>(executor, relay);
  auto connected = co_await session->wire_.Connect(pool, relay.host, relay.port);
  if (!connected) co_return tl::unexpected(Problem{Step::kOpen, connected.error(), 0});
  auto greeting = co_await session->Listen(Step::kOpen);
  if (!greeting) co_return tl::unexpected(greeting.error());
  if (auto hello = co_await session->Hello(); !hello) co_return tl::unexpected(hello.error());

  const bool wanted = relay.tls != Tls::kNone;
  if (wanted && session->Offers("STARTTLS")) {
    if (auto ready = co_await session->Expect(Step::kOpen, "STARTTLS"); !ready) {
      co_return tl::unexpected(Problem{Step::kOpen, Failure::kTls, ready.error().code});
    }
    auto secured = co_await session->wire_.StartTls(context, relay.host);
    if (!secured) co_return tl::unexpected(Problem{Step::kOpen, secured.error(), 0});
    // What was said in clear is forgotten (RFC 3207 section 4.2).
    if (auto hello = co_await session->Hello(); !hello) co_return tl::unexpected(hello.error());
  } else if (relay.tls == Tls::kRequired) {
    co_await session->Quit();
    co_return tl::unexpected(Problem{Step::kOpen, Failure::kTls, 0});
  }
  if (!relay.user.empty()) {
    if (auto login = co_await session->Login(); !login) co_return tl::unexpected(login.error());
  }
  co_return session;
}

Task<Sent<>> Session::Hello() {
  auto reply = co_await Say(Step::kOpen, "EHLO " + relay_.hello_name);
  if (!reply) co_return tl::unexpected(reply.error());
  greeting_ = *std::move(reply);
  co_return Sent<>();
}

Task<Sent<>> Session::Login() {
  const auto refused = [](int code) { return tl::unexpected(Problem{Step::kOpen, Failure::kAuth, code}); };
  // A password in clear would be everybody's.
  if (!wire_.secure() && relay_.tls != Tls::kNone) co_return refused(0);
  Sent<> outcome;
  if (Offers("AUTH", "PLAIN")) {
    std::string plain;
    plain.append(1, '\0').append(relay_.user).append(1, '\0').append(relay_.password.Reveal());
    outcome = co_await Expect(Step::kOpen, "AUTH PLAIN " + session::Base64(plain));
    Wipe(plain);
  } else if (Offers("AUTH", "LOGIN")) {
    outcome = co_await Expect(Step::kOpen, "AUTH LOGIN", Want::kMore);
    if (outcome) outcome = co_await Expect(Step::kOpen, session::Base64(relay_.user), Want::kMore);
    if (outcome) outcome = co_await Expect(Step::kOpen, session::Base64(relay_.password.Reveal()));
  } else {
    co_return refused(0);
  }
  if (!outcome && outcome.error().failure == Failure::kRefused) co_return refused(outcome.error().code);
  co_return outcome;
}

bool Session::Offers(std::string_view keyword, std::string_view parameter) const {
  // The first line is the server's name.
  for (std::size_t i = 1; i < greeting_.lines.size(); ++i) {
    std::string_view line = greeting_.lines[i];
    bool first = true;
    while (!line.empty()) {
      // "AUTH=PLAIN" is how some old servers write it.
      const std::size_t end = line.find_first_of(first ? " =" : " ");
      const std::string_view word = line.substr(0, end);
      if (first && !session::EqualsIgnoringCase(word, keyword)) break;
      if (first && parameter.empty()) return true;
      if (!first && session::EqualsIgnoringCase(word, parameter)) return true;
      first = false;
      if (end == std::string_view::npos) break;
      line.remove_prefix(end + 1);
    }
  }
  return false;
}

Task<Sent<>> Session::Recipient(std::string from, std::string to) {
  if (!notifications::IsPlainAddress(from))
    co_return tl::unexpected(Problem{Step::kSender, Failure::kRefused, 0});
  if (!notifications::IsPlainAddress(to))
    co_return tl::unexpected(Problem{Step::kRecipient, Failure::kRefused, 0});
  if (auto sender = co_await Expect(Step::kSender, "MAIL FROM:<" + from + ">"); !sender) {
    co_await Reset();
    co_return sender;
  }
  if (auto recipient = co_await Expect(Step::kRecipient, "RCPT TO:<" + to + ">"); !recipient) {
    co_await Reset();
    co_return recipient;
  }
  co_return Sent<>();
}

Task<Sent<>> Session::Content(std::string_view message) {
  if (auto ready = co_await Expect(Step::kData, "DATA", Want::kMore); !ready) {
    co_await Reset();
    co_return ready;
  }
  std::string stuffed = DotStuff(message);
  auto written = co_await wire_.Write(stuffed);
  Wipe(stuffed);
  if (!written) {
    usable_ = false;
    co_return tl::unexpected(Problem{Step::kData, written.error(), 0});
  }
  co_return Sent<>();
}

Task<Sent<int>> Session::Dot() {
  auto reply = co_await Say(Step::kDot, ".");
  if (!reply) co_return tl::unexpected(reply.error());
  co_return reply->code;
}

Task<> Session::Reset() {
  if (!usable_) co_return;
  if (auto reset = co_await Expect(Step::kSender, "RSET"); !reset) usable_ = false;
}

Task<> Session::Quit() {
  if (!usable_) co_return;
  usable_ = false;
  // The answer is of no interest, and the server's to give or not: written, then the connection closes.
  static constexpr std::string_view kQuit = "QUIT\r\n";
  co_await wire_.Write(kQuit);
}

Task<Sent<>> Session::Expect(Step step, std::string line, Want want) {
  auto reply = co_await Say(step, std::move(line), want);
  if (!reply) co_return tl::unexpected(reply.error());
  co_return Sent<>();
}

Task<Sent<Reply>> Session::Say(Step step, std::string line, Want want) {
  line.append(session::kEnd);
  auto written = co_await wire_.Write(line);
  Wipe(line);  // AUTH lines hold the password
  if (!written) {
    usable_ = false;
    co_return tl::unexpected(Problem{step, written.error(), 0});
  }
  co_return co_await Listen(step, want);
}

Task<Sent<Reply>> Session::Listen(Step step, Want want) {
  auto reply = co_await wire_.Read();
  if (!reply) {
    usable_ = false;
    co_return tl::unexpected(Problem{step, reply.error(), 0});
  }
  // 421 announces the end of the connection; bytes that nobody asked for end it from our side.
  const bool out_of_step = wire_.HasRest();
  if (reply->code == 421 || out_of_step) usable_ = false;
  if (reply->Transient()) co_return tl::unexpected(Problem{step, Failure::kBusy, reply->code});
  if (reply->Permanent()) co_return tl::unexpected(Problem{step, Failure::kRefused, reply->code});
  const bool yes = want == Want::kMore ? reply->code >= 300 : reply->code < 300;
  if (!yes || (out_of_step && step != Step::kDot)) {
    usable_ = false;
    co_return tl::unexpected(Problem{step, Failure::kMalformed, reply->code});
  }
  co_return *std::move(reply);
}

}  // namespace aplus::smtp
