#include "gateway/http/tls_context.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include "libs/telemetry/log.h"

namespace aplus::gateway {
namespace tls_context {

constexpr auto kLookEvery = std::chrono::seconds(30);
// "http/1.1", as ALPN writes it.
constexpr std::uint8_t kProtocols[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

int ChooseProtocol(SSL*, const std::uint8_t** out, std::uint8_t* size, const std::uint8_t* offered,
                   unsigned int offered_size, void*) {
  std::uint8_t* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, kProtocols, sizeof kProtocols, offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Result<std::shared_ptr<boost::asio::ssl::context>> Make(const std::string& chain, const std::string& key) {
  namespace ssl = boost::asio::ssl;
  auto context = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* native = context->native_handle();
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(native,
                          "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
                          "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
                          "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305");
  SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                  SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_alpn_select_cb(native, ChooseProtocol, nullptr);
  boost::system::error_code error;
  context->use_certificate_chain_file(chain, error);
  if (error) return Fail(Reason::kInvalidArgument, fmt::format("certificate {}: {}", chain, error.message()));
  context->use_private_key_file(key, ssl::context::pem, error);
  if (error) return Fail(Reason::kInvalidArgument, fmt::format("key {}: {}", key, error.message()));
  return context;
}

std::filesystem::file_time_type Changed(const std::string& chain, const std::string& key) {
  std::error_code ignored;
  return std::max(std::filesystem::last_write_time(chain, ignored),
                  std::filesystem::last_write_time(key, ignored));
}

}  // namespace tls_context

TlsContext::TlsContext(std::string chain_file, std::string key_file)
    : chain_file_(std::move(chain_file)), key_file_(std::move(key_file)), looked_(SteadyClock::now()) {}

Result<TlsContext> TlsContext::Load(std::string chain_file, std::string key_file) {
  TlsContext tls(std::move(chain_file), std::move(key_file));
  tls.loaded_ = tls_context::Changed(tls.chain_file_, tls.key_file_);
  TRY(tls.context_, tls_context::Make(tls.chain_file_, tls.key_file_));
  return tls;
}

std::shared_ptr<boost::asio::ssl::context> TlsContext::Current() {
  const SteadyTime now = SteadyClock::now();
  if (now - looked_ < tls_context::kLookEvery) return context_;
  looked_ = now;
  const auto changed = tls_context::Changed(chain_file_, key_file_);
  if (changed == loaded_) return context_;
  loaded_ = changed;
  auto renewed = tls_context::Make(chain_file_, key_file_);
  if (renewed) {
    context_ = *std::move(renewed);
    log::Info("certificate renewed");
  } else {
    log::Error("certificate not usable, the old one stays", {{log::kDetail, renewed.error().diagnostic}});
  }
  return context_;
}

}  // namespace aplus::gateway
