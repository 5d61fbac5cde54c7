#include "libs/rpc/liveness.h"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string_view>

namespace aplus {
namespace liveness {

// For connecting, and again for each read of the handshake.
constexpr timeval kPatience{.tv_sec = 3, .tv_usec = 0};

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
struct FreeSession {
  void operator()(SSL* session) const { SSL_free(session); }
};

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

int Connect(const HostPort& to) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found) != 0) return -1;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, &freeaddrinfo);
  const int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof kPatience);
  if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
    close(fd);
    return -1;
  }
  return fd;
}

}  // namespace liveness

bool FreshConnectionWorks(const std::string& address, const TlsConfig& tls) {
  const std::unique_ptr<SSL_CTX, liveness::FreeContext> context(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) return false;
  bool works = SSL_CTX_use_certificate_chain_file(context.get(), tls.certificate.c_str()) == 1 &&
               SSL_CTX_use_PrivateKey_file(context.get(), tls.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
               SSL_CTX_load_verify_locations(context.get(), tls.ca.c_str(), nullptr) == 1;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  // gRPC takes no connection that does not ask for HTTP/2.
  constexpr std::array<unsigned char, 3> kHttp2 = {2, 'h', '2'};
  works = works && SSL_CTX_set_alpn_protos(context.get(), kHttp2.data(), kHttp2.size()) == 0;
  const liveness::Socket socket(works ? liveness::Connect(ParseHostPort(address)) : -1);
  works = socket.get() >= 0;
  if (works) {
    const std::unique_ptr<SSL, liveness::FreeSession> session(SSL_new(context.get()));
    works =
        session != nullptr && SSL_set_fd(session.get(), socket.get()) == 1 && SSL_connect(session.get()) == 1;
    const unsigned char* chosen = nullptr;
    unsigned int size = 0;
    if (works) SSL_get0_alpn_selected(session.get(), &chosen, &size);
    works = works && std::string_view(reinterpret_cast<const char*>(chosen), size) == "h2";
  }
  // What OpenSSL left in this thread's queue would be taken for another call's.
  ERR_clear_error();
  return works;
}

}  // namespace aplus
