#include "tests/unit/services/notifications/scripted_relay.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/write.hpp>

namespace aplus::testing {
namespace {

// A certificate for 127.0.0.1 that is its own authority.
std::pair<std::string, std::string> MakeCertificate() {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("relay.test"),
                             -1, -1, 0);
  X509_set_issuer_name(certificate, name);
  for (const auto& [nid, value] : {std::pair{NID_subject_alt_name, "IP:127.0.0.1"},
                                   std::pair{NID_basic_constraints, "critical,CA:TRUE"}}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(certificate, key, EVP_sha256());
  const auto pem = [](auto write) {
    BIO* bio = BIO_new(BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
  };
  std::pair<std::string, std::string> result{
      pem([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); }),
      pem([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr); })};
  X509_free(certificate);
  EVP_PKEY_free(key);
  return result;
}

}  // namespace

ScriptedRelay::ScriptedRelay(boost::asio::io_context& io, RelayScript script)
    : script_(std::move(script)),
      acceptor_(io.get_executor(), {boost::asio::ip::address_v4::loopback(), 0}),
      context_(boost::asio::ssl::context::tls_server) {
  const auto [certificate, key] = MakeCertificate();
  certificate_ = certificate;
  context_.use_certificate_chain(boost::asio::buffer(certificate));
  context_.use_private_key(boost::asio::buffer(key), boost::asio::ssl::context::pem);
}

std::uint16_t ScriptedRelay::port() const { return acceptor_.local_endpoint().port(); }

Task<> ScriptedRelay::Serve() {
  for (;;) {
    Socket socket(acceptor_.get_executor());
    boost::system::error_code error;
    co_await acceptor_.async_accept(socket, boost::asio::redirect_error(kUseTask, error));
    if (error) co_return;
    socket_.emplace(std::move(socket));
    ++connections;
    co_await Converse();
    tls_.reset();
    socket_.reset();
    buffer_.clear();
  }
}

void ScriptedRelay::Stop() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);  // the running conversation ends when its client goes
}

Task<> ScriptedRelay::Converse() {
  secured = false;
  in_content_ = false;
  if (!co_await Say(script_.greeting)) co_return;
  std::string message;
  for (;;) {
    const std::optional<std::string> line = co_await Line();
    if (!line) co_return;
    if (in_content_) {
      content_ += line->size() + 2;
      if (script_.break_in_content && content_ > *script_.break_in_content) co_return;
      if (*line != ".") {
        message.append(line->starts_with('.') ? line->substr(1) : *line).append("\r\n");
        continue;
      }
      in_content_ = false;
      messages.push_back(message);
      if (!co_await Say(NextAnswer("."))) co_return;
      continue;
    }
    lines.push_back(*line);
    std::string verb = line->substr(0, line->find(' '));
    if (verb == "EHLO" && secured) verb = "EHLO2";
    const std::string answer = NextAnswer(verb);
    if (!co_await Say(answer)) co_return;
    if (verb == "QUIT") co_return;
    if (verb == "DATA" && answer.starts_with("354")) {
      in_content_ = true;
      content_ = 0;
      message.clear();
    }
    if (verb == "STARTTLS" && answer.starts_with("220")) {
      boost::system::error_code error;
      tls_.emplace(*socket_, context_);
      co_await tls_->async_handshake(boost::asio::ssl::stream_base::server,
                                     boost::asio::redirect_error(kUseTask, error));
      if (error) co_return;
      secured = true;
    }
  }
}

std::string ScriptedRelay::NextAnswer(const std::string& verb) {
  auto& given = script_.answers[verb];
  if (given.empty()) return "500 what?\r\n";
  std::string answer = given.front();
  if (given.size() > 1) given.erase(given.begin());
  return answer;
}

Task<std::optional<std::string>> ScriptedRelay::Line() {
  for (;;) {
    const std::size_t end = buffer_.find("\r\n");
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      co_return line;
    }
    char bytes[1024];
    boost::system::error_code error;
    std::size_t count = 0;
    if (tls_) {
      count = co_await tls_->async_read_some(boost::asio::buffer(bytes),
                                             boost::asio::redirect_error(kUseTask, error));
    } else {
      count = co_await socket_->async_read_some(boost::asio::buffer(bytes),
                                                boost::asio::redirect_error(kUseTask, error));
    }
    if (error) co_return std::nullopt;
    buffer_.append(bytes, count);
  }
}

Task<bool> ScriptedRelay::Say(std::string text) {
  if (text == kHangUp) co_return false;
  boost::system::error_code error;
  if (text == kSilence) {
    // Until the client gives up.
    char byte = 0;
    co_await boost::asio::async_read(*socket_, boost::asio::buffer(&byte, 1),
                                     boost::asio::redirect_error(kUseTask, error));
    co_return false;
  }
  const std::size_t piece = script_.slow_bytes ? 1 : text.size();
  for (std::size_t at = 0; at < text.size() && !error; at += piece) {
    const auto buffer = boost::asio::buffer(text.data() + at, std::min(piece, text.size() - at));
    if (tls_) {
      co_await boost::asio::async_write(*tls_, buffer, boost::asio::redirect_error(kUseTask, error));
    } else {
      co_await boost::asio::async_write(*socket_, buffer, boost::asio::redirect_error(kUseTask, error));
    }
  }
  co_return !error;
}

}  // namespace aplus::testing
