// Serves methods: one generic gRPC service for all of them, one coroutine per call.
//
//   Server server(runtime, options, metrics, verifier, clock, random);
//   server.Add(rpc, "aplus.requests.v1.Requests.CreateRequest", &RequestsRpc::CreateRequest);
//   TRY_VOID(server.Start());
//
// Handlers are members of the object given to Add (which must outlive the server) and have one of three
// shapes:
//   Task<Result<Response>> Unary(Call& call, const Request& request);
//   Task<Result<void>>     Watch(Call& call, const Request& request, ServerStream<Response>& out);
//   Task<Result<Response>> Upload(Call& call, ClientStream<Request>& in);
// They see no gRPC type and throw nothing on purpose; an exception becomes kInternal, is logged and counted.
//
// Before a handler: trace and request id → deadline → certificate allow-list → identity token → kind of
// caller → field rules → idempotency key. After it: only reasons that the method declares leave; metrics;
// access line.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "libs/base/random.h"
#include "libs/base/result.h"
#include "libs/base/time.h"
#include "libs/identity/token.h"
#include "libs/rpc/call.h"
#include "libs/rpc/handler.h"
#include "libs/rpc/methods.h"
#include "libs/rpc/queue.h"
#include "libs/rpc/stream.h"
#include "libs/runtime/config.h"
#include "libs/runtime/runtime.h"
#include "libs/telemetry/metrics.h"

namespace aplus {

struct ServerOptions {
  std::string service;      // own name: "requests"
  std::string environment;  // of the SPIFFE names
  std::string listen;       // "host:port"; port 0: any free one
  TlsConfig tls;
  // Calls that run at once; beyond, kUnavailable at once, with Retry-After.
  std::size_t max_running = 1'000;
  // RequestCalls armed at a time.
  std::size_t accept_slots = 32;
};

class Server {
 public:
  // `verifier`: absent in processes that take no identity tokens (every token is then refused). `runtime`,
  // `metrics`, `clock` and `random` outlive the server.
  Server(Runtime& runtime, ServerOptions options, Metrics& metrics,
         std::optional<IdentityTokenVerifier> verifier, const Clock& clock, Random& random);
  // Must have been stopped, and its queue too.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The process's completion queue, for the clients.
  Queue& queue();

  // Registers a handler. Problems are kept for Start.
  template <class Object, class Request, class Response>
  void Add(Object& object, std::string_view name,
           Task<Result<Response>> (Object::*handler)(Call&, const Request&)) {
    AddHandler(name, MakeUnaryHandler(object, handler));
  }
  template <class Object, class Request, class Response>
  void Add(Object& object, std::string_view name,
           Task<Result<void>> (Object::*handler)(Call&, const Request&, ServerStream<Response>&)) {
    AddHandler(name, MakeServerStreamHandler(object, handler));
  }
  template <class Object, class Request, class Response>
  void Add(Object& object, std::string_view name,
           Task<Result<Response>> (Object::*handler)(Call&, ClientStream<Request>&)) {
    AddHandler(name, MakeClientStreamHandler(object, handler));
  }

  // Compiles the rules, checks that every method of every service touched is registered exactly once with the
  // right types, then listens. Error kInternal whose diagnostic names everything that is wrong.
  Result<void> Start();
  // The port bound; after Start.
  int port() const;
  // After Start.
  const MethodTable& methods() const;

  // Refuses new calls, lets the running ones finish (endless streams are ended at once), cancels what is left
  // after `finish_limit`, and returns when nothing is. Not cancellable. Idempotent.
  Task<> Stop(Duration finish_limit);

  // Calls that run now.
  std::size_t running() const;

  class Impl;

 private:
  void AddHandler(std::string_view name, std::unique_ptr<Handler> handler);

  std::unique_ptr<Impl> impl_;
};

}  // namespace aplus
