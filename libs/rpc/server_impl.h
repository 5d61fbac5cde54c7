// The inside of Server: what its calls share. Private to libs/rpc.
#pragma once

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <array>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <memory>
#include <string>
#include <vector>

#include "libs/rpc/identity_cache.h"
#include "libs/rpc/server.h"
#include "libs/runtime/deadline_queue.h"

namespace aplus {

class ServerCall;  // NOLINT(cppcoreguidelines-virtual-class-destructor): final where it is defined
// Base of ServerCall: its place in the list of running calls.
using RunningHook = boost::intrusive::list_base_hook<boost::intrusive::tag<struct RunningTag>>;

// What is counted per method.
struct MethodMetrics {
  Histogram* duration = nullptr;
  // By reason; made when first needed. The last is success.
  std::array<Counter*, static_cast<std::size_t>(Reason::kCount_) + 1> answers{};
};

// A method with its handler.
struct Endpoint {
  const Method* method = nullptr;
  std::unique_ptr<Handler> handler;
  MethodMetrics metrics;
};

class Server::Impl {
 public:
  Impl(Runtime& runtime, ServerOptions options, Metrics& metrics,
       std::optional<IdentityTokenVerifier> verifier, const Clock& clock, Random& random);
  ~Impl();

  void AddHandler(std::string_view name, std::unique_ptr<Handler> handler);
  Result<void> Start();
  Task<> Stop(Duration finish_limit);

  // ---- for calls ----
  // Arms one more RequestCall.
  void Accept();
  // A RequestCall has come back. `ok`: with a call.
  void OnAccepted(ServerCall& call, bool ok);
  // The last reference to a call has gone.
  void OnReleased();
  Endpoint* Find(std::string_view path);
  void Count(Endpoint& endpoint, std::optional<Reason> reason, Duration took);

  Runtime& runtime;
  const ServerOptions options;
  Metrics& metrics;
  std::optional<IdentityCache> identities;
  const Clock& clock;
  Random& random;
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  // Destroyed after the server that uses it.
  std::unique_ptr<Queue> queue;
  std::unique_ptr<grpc::Server> server;
  DeadlineQueue deadlines;
  MethodTable methods;
  int port = 0;
  bool stopping = false;
  // Calls whose coroutine runs.
  boost::intrusive::list<ServerCall, boost::intrusive::base_hook<RunningHook>> running;
  Counter& escaped;
  Counter& undeclared;
  Counter& refused_busy;

 private:
  struct Registered {
    std::string name;
    std::unique_ptr<Handler> handler;
  };
  std::vector<std::string> CheckRegistrations();

  std::vector<Registered> registered_;
  std::vector<Endpoint> endpoints_;  // by Method::index
  // ServerCall objects alive, armed ones included.
  std::size_t alive_ = 0;
  Event none_alive_;
  Gauge& running_gauge_;
};

}  // namespace aplus
