// The gateway's composition root: builds everything in order, owns it, takes it down against that order.
#pragma once

#include <memory>

#include "gateway/http/edge.h"
#include "gateway/http/listener.h"
#include "gateway/http/static_files.h"
#include "gateway/http/tls_context.h"
#include "gateway/proxy/dispatcher.h"
#include "gateway/proxy/limits.h"
#include "gateway/proxy/sessions.h"
#include "gateway/transcode/route_table.h"
#include "libs/base/random.h"
#include "libs/base/time.h"
#include "libs/redis/rate_limit.h"
#include "libs/redis/redis.h"
#include "libs/rpc/client.h"
#include "libs/rpc/methods.h"
#include "libs/rpc/queue.h"
#include "libs/runtime/config.h"
#include "libs/runtime/runtime.h"
#include "libs/telemetry/admin.h"
#include "libs/telemetry/metrics.h"

namespace aplus::gateway {

class App {
 public:
  // ConfigError on anything that cannot be served: a missing key, a folder, a route that is wrong.
  explicit App(const Config& config);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Serves until asked to stop; answers the exit code.
  int Run();

 private:
  Task<bool> Start();
  Task<bool> IsLive();
  Task<> CloseRedis();
  Task<> CloseDeadlines();
  void LoadFiles();
  void AddStopSteps();

  const Config& config_;
  ConfigSection section_;
  SystemClock clock_;
  SystemRandom random_;
  Metrics metrics_;
  Runtime runtime_;
  Queue queue_;
  MethodTable methods_;
  Channels channels_;
  transcode::RouteTable routes_;
  StaticFiles files_;
  std::unique_ptr<TlsContext> tls_;
  Redis redis_;
  MetricCallbacks shown_;
  RateLimiter limiter_;
  Edge edge_;
  Cookies cookies_;
  Sessions sessions_;
  Limits limits_;
  InFlight in_flight_;
  Dispatcher dispatcher_;
  Listener listener_;
  AdminEndpoint admin_;
  bool serving_ = false;
};

}  // namespace aplus::gateway
