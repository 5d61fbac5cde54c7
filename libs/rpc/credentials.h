// mTLS between services (SECURITY 2.3): certificates re-read from their files every 30 seconds, clients
// without a certificate refused in the handshake, and a peer is who its one URI name says:
// spiffe://aplus/<environment>/<service>.
#pragma once

#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libs/base/result.h"
#include "libs/runtime/config.h"

namespace aplus {

// The service of a SPIFFE URI of our environment; nullopt for anything else.
std::optional<std::string> ServiceFromUri(std::string_view uri, std::string_view environment);

// What both sides check of a certificate beside its chain: exactly one URI name, of our environment, not a
// CA's certificate. Answers the service. Error kUnauthenticated with a diagnostic.
Result<std::string> CheckPeerCertificate(std::span<const std::string> uris, std::string_view leaf_pem,
                                         std::string_view environment);

// Whether the files can be used: they exist, belong together, the authority's certificate is one, and nobody
// but the owner can read the key (T-CFG-01). gRPC itself would listen all the same and refuse every
// handshake. Error kInternal with a diagnostic.
Result<void> CheckTlsFiles(const TlsConfig& tls);

// A process's own certificate. One thread of gRPC's watches the files while it lives.
class TlsIdentity {
 public:
  TlsIdentity(const TlsConfig& tls, std::string environment);
  ~TlsIdentity();

  // Accepts any service of the environment; what each may call is the methods' business.
  std::shared_ptr<grpc::ServerCredentials> Server() const;
  // Accepts only `service` on the other side.
  std::shared_ptr<grpc::ChannelCredentials> Client(std::string_view service) const;

 private:
  std::string environment_;
  std::shared_ptr<grpc::experimental::CertificateProviderInterface> provider_;
};

}  // namespace aplus
