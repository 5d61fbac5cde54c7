#include "libs/rpc/server.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>
#include <grpc/grpc.h>

#include <algorithm>
#include <set>

#include "libs/rpc/credentials.h"
#include "libs/rpc/server_call.h"
#include "libs/rpc/server_impl.h"
#include "libs/rpc/windows.h"
#include "libs/runtime/task_scope.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace server {

// SECURITY 2.3. Only holders of one of our certificates ever get to send HTTP/2, but they may have bugs.
void Limit(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8 * 1024);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 10'000);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 2);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 300'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, 5 * 60'000);
  // Certificates live a day: connections end before, running transfers may finish.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 10 * 60'000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 15 * 60'000);
  // Notices a peer that vanished without a word.
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kStreamWindow);
  // Two processes on one port by mistake would share the calls.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

// How long clients have to close their connections once nothing runs on them.
constexpr Duration kHangUp = std::chrono::milliseconds(20);

Task<> Shutdown(Runtime& runtime, grpc::Server& server, Duration finish_limit) {
  const auto limit = std::chrono::system_clock::now() + finish_limit;
  // Cut short, it would leave its thread in a server that is about to be destroyed.
  co_await Uncancellable(runtime.blocking().Run([&server, limit] { server.Shutdown(limit); }));
}

}  // namespace server

Server::Impl::Impl(Runtime& runtime_in, ServerOptions options_in, Metrics& metrics_in,
                   std::optional<IdentityTokenVerifier> verifier, const Clock& clock_in, Random& random_in)
    : runtime(runtime_in),
      options(std::move(options_in)),
      metrics(metrics_in),
      clock(clock_in),
      random(random_in),
      deadlines(runtime.executor()),
      escaped(metrics.GetCounter("aplus_rpc_exceptions_total", "Exceptions that escaped from handlers.")),
      undeclared(metrics.GetCounter("aplus_rpc_undeclared_reasons_total",
                                    "Answers with a reason that the method does not declare.")),
      refused_busy(metrics.GetCounter("aplus_rpc_refused_busy_total", "Calls refused because too many ran.")),
      none_alive_(runtime.executor()),
      running_gauge_(metrics.GetGauge("aplus_rpc_running", "Calls being served.")) {
  if (verifier) identities.emplace(*std::move(verifier));
  server::Limit(builder);
  builder.RegisterAsyncGenericService(&service);
  queue = std::make_unique<Queue>(runtime.executor(), builder.AddCompletionQueue());
}

Server::Impl::~Impl() = default;

void Server::Impl::AddHandler(std::string_view name, std::unique_ptr<Handler> handler) {
  registered_.push_back({std::string(name), std::move(handler)});
}

std::vector<std::string> Server::Impl::CheckRegistrations() {
  std::vector<std::string> problems;
  endpoints_.resize(methods.size());
  for (const auto& method : methods) endpoints_[method->index].method = method.get();
  for (Registered& entry : registered_) {
    const Method* method = methods.FindByName(entry.name);
    if (method == nullptr) {
      problems.push_back(entry.name + " is registered and does not exist");
      continue;
    }
    Endpoint& endpoint = endpoints_[method->index];
    if (endpoint.handler != nullptr) problems.push_back(entry.name + " is registered twice");
    if (entry.handler->kind() != method->kind)
      problems.push_back(entry.name + " has a handler of another shape");
    if (entry.handler->request_type() != method->descriptor->input_type() ||
        entry.handler->response_type() != method->descriptor->output_type()) {
      problems.push_back(entry.name + " has a handler of other message types");
    }
    endpoint.handler = std::move(entry.handler);
  }
  for (Endpoint& endpoint : endpoints_) {
    if (endpoint.handler == nullptr) problems.push_back(endpoint.method->name + " is not registered");
  }
  registered_.clear();
  return problems;
}

Result<void> Server::Impl::Start() {
  std::set<std::string> services;
  for (const Registered& entry : registered_) services.insert(entry.name.substr(0, entry.name.rfind('.')));
  const std::vector<std::string> names(services.begin(), services.end());
  TRY(methods, MethodTable::Compile(*google::protobuf::DescriptorPool::generated_pool(), names));
  const std::vector<std::string> problems = CheckRegistrations();
  if (!problems.empty()) return Fail(Reason::kInternal, fmt::format("{}", fmt::join(problems, "\n")));
  for (Endpoint& endpoint : endpoints_) {
    endpoint.metrics.duration = &metrics.GetHistogram("aplus_rpc_duration_seconds", "Time to answer calls.",
                                                      LatencyBuckets(), {{"method", endpoint.method->path}});
  }

  TRY_VOID(CheckTlsFiles(options.tls));
  TlsIdentity tls(options.tls, options.environment);
  builder.AddListeningPort(options.listen, tls.Server(), &port);
  server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    return Fail(Reason::kUnavailable, "cannot listen on " + options.listen);
  }
  for (std::size_t i = 0; i < options.accept_slots; ++i) Accept();
  log::Info("listening", {{log::kAddress, options.listen}, {log::kCount, methods.size()}});
  return {};
}

void Server::Impl::Accept() {
  ++alive_;
  none_alive_.Reset();
  // Owns itself: see server_call.h.
  (new ServerCall(*this))->Arm();
}

void Server::Impl::OnAccepted(ServerCall& call, bool ok) {
  if (!ok) {
    delete &call;  // the server stops
    return;
  }
  // Before anything else, so that the next call need not wait for this one.
  Accept();
  const bool busy = running.size() >= options.max_running;
  call.Begin(busy);
  running_gauge_.Set(static_cast<std::int64_t>(running.size()));
}

void Server::Impl::OnReleased() {
  running_gauge_.Set(static_cast<std::int64_t>(running.size()));
  if (--alive_ == 0) none_alive_.Set();
}

Endpoint* Server::Impl::Find(std::string_view path) {
  const Method* method = methods.Find(path);
  return method == nullptr ? nullptr : &endpoints_[method->index];
}

void Server::Impl::Count(Endpoint& endpoint, std::optional<Reason> reason, Duration took) {
  endpoint.metrics.duration->Observe(took.count());
  Counter*& counter = endpoint.metrics.answers[static_cast<std::size_t>(reason.value_or(Reason::kCount_))];
  if (counter == nullptr) {
    counter = &metrics.GetCounter(
        "aplus_rpc_calls_total", "Calls answered, by reason.",
        {{"method", endpoint.method->path}, {"reason", reason ? std::string(Describe(*reason).code) : "ok"}});
  }
  counter->Add();
}

Task<> Server::Impl::Stop(Duration finish_limit) {
  if (server == nullptr || stopping) {
    if (alive_ > 0) co_await Uncancellable(none_alive_.Wait());
    co_return;
  }
  stopping = true;
  for (ServerCall& call : running) {
    if (call.IsEndless()) call.Cancel(Reason::kUnavailable);
  }
  // GOAWAY now, and everything still armed comes back. gRPC cancels what runs beyond the limit: that reaches
  // the handlers through their done tags, here on the io thread. Shutdown itself only returns when every
  // connection is gone, hence on a thread where it may block.
  TaskScope shutdown(runtime.executor());
  shutdown.Spawn("grpc shutdown", server::Shutdown(runtime, *server, finish_limit));
  if (alive_ > 0) co_await Uncancellable(none_alive_.Wait());
  // No call is left, but a client that looks at an idle channel only every five seconds (gRPC 1.51's backup
  // poller) would hold its connection, and us, that long. A moment for those who have read the GOAWAY to hang
  // up themselves, then the rest is closed.
  co_await Uncancellable(Sleep(server::kHangUp));
  grpc_server_cancel_all_calls(server->c_server());
  co_await shutdown.Join();
  deadlines.Close();
}

Server::Server(Runtime& runtime, ServerOptions options, Metrics& metrics,
               std::optional<IdentityTokenVerifier> verifier, const Clock& clock, Random& random)
    : impl_(
          std::make_unique<Impl>(runtime, std::move(options), metrics, std::move(verifier), clock, random)) {}

Server::~Server() = default;

Queue& Server::queue() { return *impl_->queue; }
void Server::AddHandler(std::string_view name, std::unique_ptr<Handler> handler) {
  impl_->AddHandler(name, std::move(handler));
}
Result<void> Server::Start() { return impl_->Start(); }
int Server::port() const { return impl_->port; }
const MethodTable& Server::methods() const { return impl_->methods; }
Task<> Server::Stop(Duration finish_limit) { return impl_->Stop(finish_limit); }
std::size_t Server::running() const { return impl_->running.size(); }

}  // namespace aplus
