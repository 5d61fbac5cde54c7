// The whole gateway but its main function, in front of real backends over mTLS, in one process.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "gateway/http/listener.h"
#include "gateway/proxy/dispatcher.h"
#include "libs/rpc/client.h"
#include "tests/support/certificates.h"
#include "tests/unit/gateway/http/http_server.h"
#include "tests/unit/gateway/proxy/backend.h"

namespace aplus::gateway::test {

inline constexpr std::string_view kAlice = "alice-session";
inline constexpr std::string_view kAliceId = "0190f0f0-0000-7000-8000-000000000001";

struct GatewayOptions {
  EdgeLimits limits;
  InFlight::Bounds bounds;
  std::string settings = "{\"rate_percent\": 100000}";
  bool with_backend = true;  // false: nobody listens where the backend should be
};

class GatewayRig {
 public:
  explicit GatewayRig(GatewayOptions options = {});
  ~GatewayRig();

  std::uint16_t port() const { return port_; }
  // Runs `work` on the io thread and waits for it.
  template <class Work>
  void OnIoThread(Work work) {
    std::promise<void> done;
    boost::asio::post(runtime->io(), [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }
  template <class Condition>
  void WaitFor(Condition condition, const char* what) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << what;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  void RequestStop() { runtime->RequestStop(); }

  // One request on a connection of its own, as a page of ours would send it.
  std::optional<Client::Answer> Get(std::string_view target, std::string_view fields = "");
  std::optional<Client::Answer> Post(std::string_view target, std::string_view json,
                                     std::string_view fields = "");
  static std::string GetText(std::string_view target, std::string_view fields = "");
  static std::string PostText(std::string_view target, std::string_view body, std::string_view fields = "");

  TestAuthority authority;
  SystemClock clock;
  SystemRandom random;
  Metrics metrics;
  std::unique_ptr<Runtime> runtime;
  std::unique_ptr<IdentityTokenIssuer> issuer;
  std::unique_ptr<AuthBackend> auth;
  std::unique_ptr<ThingsBackend> things;

 private:
  Task<bool> Start();

  GatewayOptions options_;
  std::unique_ptr<Server> auth_server_;
  std::unique_ptr<Server> things_server_;
  std::unique_ptr<Config> config_;
  MethodTable methods_;
  std::unique_ptr<Channels> channels_;
  std::unique_ptr<transcode::RouteTable> routes_;
  StaticFiles files_;
  std::unique_ptr<Edge> edge_;
  std::unique_ptr<Cookies> cookies_;
  std::unique_ptr<Sessions> sessions_;
  std::unique_ptr<RateLimiter> limiter_;
  std::unique_ptr<Limits> limits_;
  std::unique_ptr<InFlight> in_flight_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<Listener> listener_;
  std::promise<void> started_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace aplus::gateway::test
