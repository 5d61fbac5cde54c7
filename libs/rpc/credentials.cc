#include "libs/rpc/credentials.h"

#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_certificate_verifier.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "libs/runtime/secret_file.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace credentials {

using grpc::experimental::CertificateVerifier;
using grpc::experimental::ExternalCertificateVerifier;
using grpc::experimental::FileWatcherCertificateProvider;
using grpc::experimental::TlsCustomVerificationCheckRequest;

// How soon a renewed certificate is used (SECURITY 2.3).
constexpr unsigned kRefreshSeconds = 30;

bool IsName(std::string_view text) {
  if (text.empty() || text.size() > 63) return false;
  for (char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  }
  return true;
}

// True when the certificate may not sign others.
bool IsLeaf(std::string_view pem) {
  std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                BIO_free);
  if (!bio) return false;
  std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free);
  return certificate && X509_check_ca(certificate.get()) == 0;
}

// Runs after the chain has been verified, in a thread of gRPC's.
class Verifier final : public ExternalCertificateVerifier {
 public:
  // `service`: the only one to accept; empty: any of the environment.
  Verifier(std::string environment, std::string service)
      : environment_(std::move(environment)), service_(std::move(service)) {}

  bool Verify(TlsCustomVerificationCheckRequest* request, std::function<void(grpc::Status)>,
              grpc::Status* sync_status) override {
    std::vector<std::string> uris;
    for (const grpc::string_ref& uri : request->uri_names()) uris.emplace_back(uri.data(), uri.size());
    const grpc::string_ref pem = request->peer_cert();
    auto peer = CheckPeerCertificate(uris, {pem.data(), pem.size()}, environment_);
    if (peer && !service_.empty() && *peer != service_) {
      peer = Fail(Reason::kUnauthenticated, "the certificate is that of another service");
    }
    if (peer) {
      *sync_status = grpc::Status::OK;
    } else {
      log::Warn("certificate refused", {{log::kDetail, peer.error().diagnostic}, {log::kPeer, service_}});
      *sync_status = grpc::Status(grpc::StatusCode::UNAUTHENTICATED, peer.error().diagnostic);
    }
    return true;
  }
  void Cancel(TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::string environment_;
  const std::string service_;
};

std::shared_ptr<CertificateVerifier> MakeVerifier(std::string_view environment, std::string_view service) {
  return ExternalCertificateVerifier::Create<Verifier>(std::string(environment), std::string(service));
}

}  // namespace credentials

std::optional<std::string> ServiceFromUri(std::string_view uri, std::string_view environment) {
  const std::string prefix = "spiffe://aplus/" + std::string(environment) + "/";
  if (!uri.starts_with(prefix)) return std::nullopt;
  const std::string_view service = uri.substr(prefix.size());
  if (!credentials::IsName(service)) return std::nullopt;
  return std::string(service);
}

Result<std::string> CheckPeerCertificate(std::span<const std::string> uris, std::string_view leaf_pem,
                                         std::string_view environment) {
  if (uris.size() != 1)
    return Fail(Reason::kUnauthenticated, "the certificate must have exactly one URI name");
  auto service = ServiceFromUri(uris.front(), environment);
  if (!service)
    return Fail(Reason::kUnauthenticated, "the certificate's URI names no service of this environment");
  if (!credentials::IsLeaf(leaf_pem))
    return Fail(Reason::kUnauthenticated, "the certificate is an authority's");
  return *std::move(service);
}

Result<void> CheckTlsFiles(const TlsConfig& tls) {
  const auto refuse = [](const std::string& file, std::string_view what) {
    ERR_clear_error();
    return Fail(Reason::kInternal, file + " " + std::string(what));
  };
  try {
    ReadSecretFile(tls.key);
  } catch (const ConfigError& error) {
    return Fail(Reason::kInternal, error.what());
  }
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_method()), SSL_CTX_free);
  if (context == nullptr) return refuse("OpenSSL", "cannot be used");
  if (SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate.c_str()) != 1) {
    return refuse(tls.certificate, "is no certificate in PEM");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), tls.key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return refuse(tls.key, "is no private key in PEM, or not that of " + tls.certificate);
  }
  if (SSL_CTX_load_verify_locations(context.get(), tls.ca.c_str(), nullptr) != 1) {
    return refuse(tls.ca, "is no certificate in PEM");
  }
  return {};
}

TlsIdentity::TlsIdentity(const TlsConfig& tls, std::string environment)
    : environment_(std::move(environment)),
      provider_(std::make_shared<credentials::FileWatcherCertificateProvider>(
          tls.key, tls.certificate, tls.ca, credentials::kRefreshSeconds)) {}

TlsIdentity::~TlsIdentity() = default;

std::shared_ptr<grpc::ServerCredentials> TlsIdentity::Server() const {
  grpc::experimental::TlsServerCredentialsOptions options(provider_);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  options.set_certificate_verifier(credentials::MakeVerifier(environment_, ""));
  return grpc::experimental::TlsServerCredentials(options);
}

std::shared_ptr<grpc::ChannelCredentials> TlsIdentity::Client(std::string_view service) const {
  grpc::experimental::TlsChannelCredentialsOptions options;
  options.set_certificate_provider(provider_);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  // The name that counts is the SPIFFE one, checked by our verifier, not the host's.
  options.set_check_call_host(false);
  options.set_verify_server_certs(true);
  options.set_certificate_verifier(credentials::MakeVerifier(environment_, service));
  return grpc::experimental::TlsCredentials(options);
}

}  // namespace aplus
