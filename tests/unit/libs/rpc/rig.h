// A whole process in a test: runtime, certificates, server with the Echo methods, and clients of several
// names that call it over real TLS on loopback.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "tests/support/certificates.h"
#include "tests/support/identity_key.h"
#include "tests/unit/libs/rpc/echo.h"

namespace aplus {

inline constexpr char kEcho[] = "aplus.test.v1.Echo.";

class Rig {
 public:
  explicit Rig(std::size_t max_running = 1'000);
  ~Rig();

  // Runs `scenario` while the server serves, then stops everything in the order of a real process. Fails the
  // test when that takes longer than a minute.
  void Run(Task<> (*scenario)(Rig& rig));

  // A client with the certificate of `service`, made on first use.
  Channel& As(const std::string& service);
  // One with any certificate, against any address.
  Channels& With(const TlsConfig& tls, const std::string& address);
  std::string address() const { return "127.0.0.1:" + std::to_string(server->port()); }

  // A token that the server accepts.
  std::string Token(Principal principal = {});
  static Principal Somebody();

  // Unary call of an Echo method as the gateway.
  Task<Result<test::v1::EchoResponse>> Call(std::string method, std::string mode = "",
                                            CallOptions options = {});

  // Value of a metric's line, such as `aplus_rpc_running`; -1 when absent.
  double Metric(const std::string& line) const;

  // Everything logged since this Rig was made.
  std::string Log() const;

  TestAuthority authority;
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  std::unique_ptr<Runtime> runtime;
  std::unique_ptr<IdentityTokenIssuer> issuer;
  std::unique_ptr<Server> server;
  std::unique_ptr<EchoRpc> echo;
  MethodTable methods;

 private:
  Task<bool> Start();
  Task<> Scenario();
  Task<> StopClients();

  struct Client {
    std::unique_ptr<Config> config;
    std::unique_ptr<Channels> channels;
  };
  std::map<std::string, Client> clients_;
  std::vector<Client> others_;
  Task<> (*scenario_)(Rig& rig) = nullptr;
};

}  // namespace aplus
