// A mail server that does what a test tells it, on the test's own io_context.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/runtime/task.h"

namespace aplus::testing {

// A reply as text, or one of these.
inline constexpr const char* kHangUp = "(hang up)";
inline constexpr const char* kSilence = "(silence)";

struct RelayScript {
  std::string greeting = "220 relay.test ESMTP\r\n";
  // By the verb that it answers; "." is the final dot, "EHLO2" the EHLO under TLS. Each verb's answers are
  // given in order, the last one again and again.
  std::map<std::string, std::vector<std::string>> answers{
      {"EHLO", {"250 relay.test\r\n"}}, {"EHLO2", {"250 relay.test\r\n"}}, {"MAIL", {"250 ok\r\n"}},
      {"RCPT", {"250 ok\r\n"}},         {"DATA", {"354 go on\r\n"}},       {".", {"250 queued\r\n"}},
      {"RSET", {"250 ok\r\n"}},         {"STARTTLS", {"220 go\r\n"}},      {"AUTH", {"235 welcome\r\n"}},
      {"QUIT", {"221 bye\r\n"}}};
  // After so many bytes of content the connection breaks; the dot never arrives.
  std::optional<std::size_t> break_in_content;
  // Answers arrive one byte at a time.
  bool slow_bytes = false;

  RelayScript& Answer(const std::string& verb, std::vector<std::string> given) {
    answers[verb] = std::move(given);
    return *this;
  }
};

class ScriptedRelay {
 public:
  ScriptedRelay(boost::asio::io_context& io, RelayScript script);
  std::uint16_t port() const;
  // Accepts and serves connections one after the other until Stop.
  Task<> Serve();
  void Stop();

  // What clients said, and the messages that ended with a dot (dot-stuffing undone).
  std::vector<std::string> lines;
  std::vector<std::string> messages;
  int connections = 0;
  bool secured = false;
  // PEM of the certificate that it shows, for 127.0.0.1 only.
  const std::string& authority() const { return certificate_; }

 private:
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
  using TlsStream = boost::asio::ssl::stream<Socket&>;
  Task<> Converse();
  // nullopt: the connection is gone.
  Task<std::optional<std::string>> Line();
  // False: the script ended the connection.
  Task<bool> Say(std::string text);
  std::string NextAnswer(const std::string& verb);

  RelayScript script_;
  boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor> acceptor_;
  boost::asio::ssl::context context_;
  std::string certificate_;
  std::optional<Socket> socket_;
  std::optional<TlsStream> tls_;
  std::string buffer_;
  std::size_t content_ = 0;
  bool in_content_ = false;
};

}  // namespace aplus::testing
