#include "libs/rpc/client.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/support/channel_arguments.h>

#include "libs/identity/token.h"
#include "libs/rpc/client_impl.h"
#include "libs/rpc/error_status.h"
#include "libs/rpc/metadata.h"
#include "libs/rpc/windows.h"
#include "libs/telemetry/log.h"

namespace aplus {
namespace client {

constexpr Duration kHopReserve = std::chrono::milliseconds(50);
constexpr Duration kLeastTime = std::chrono::milliseconds(100);
constexpr int kAttempts = 3;
constexpr Duration kBackoffBase = std::chrono::milliseconds(50);
constexpr Duration kBackoffCap = std::chrono::seconds(1);
constexpr std::int32_t kRetryAfterSeconds = 1;
constexpr Duration kConnectionPoll = std::chrono::milliseconds(20);
// A timeout says something about the backend only if it had a fair chance.
constexpr Duration kFairTime = std::chrono::seconds(1);

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 8 * 1024);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 1'000);
  // No longer after a long absence than after a short one: whoever waits for a backend that is back waits for
  // one attempt (kConnectionPatience), and a connection a second from each client is nothing.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_DNS_MIN_TIME_BETWEEN_RESOLUTIONS_MS, 5'000);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kStreamWindow);
  // Every use has its own connections.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Internal traffic never takes the way out.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  // Above the servers' least interval of 300 s. A finite interval also makes gRPC set TCP_USER_TIMEOUT to the
  // timeout: a connection whose data nobody acknowledges is given up after five seconds.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 330'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5'000);
  // Behind a headless service each replica gets its share.
  arguments.SetLoadBalancingPolicyName("round_robin");
  return arguments;
}

// Full jitter: between nothing and the bound, which doubles with each attempt.
Duration Backoff(int attempt, Random& random) {
  Duration bound = kBackoffBase;
  for (int i = 1; i < attempt; ++i) bound *= 2;
  bound = std::min(bound, kBackoffCap);
  std::uint32_t number = 0;
  random.Fill({reinterpret_cast<std::uint8_t*>(&number), sizeof number});
  return Duration(number % static_cast<std::uint32_t>(bound.count() + 1));
}

tl::unexpected<Error> Unavailable(std::string diagnostic) {
  auto failure = Fail(Reason::kUnavailable, std::move(diagnostic));
  failure.value().retry_after_seconds = kRetryAfterSeconds;
  return failure;
}

Counter& CallCounter(Metrics& metrics, const std::string& service, std::string_view outcome) {
  return metrics.GetCounter("aplus_rpc_client_calls_total", "Attempts to call other services, by outcome.",
                            {{"service", service}, {"outcome", std::string(outcome)}});
}

}  // namespace client

// ---- options ----

CallOptions CallOptions::For(const struct Call& call) {
  CallOptions options;
  if (call.deadline != SteadyTime::max()) options.deadline = call.deadline - client::kHopReserve;
  if (call.has_principal()) options.token = call.principal().token;
  options.request_id = call.request_id;
  options.trace = call.trace;
  options.client_address = call.client_address;
  options.user_agent = call.user_agent;
  return options;
}

CallOptions CallOptions::Within(Duration limit) {
  CallOptions options;
  options.deadline = SteadyClock::now() + limit;
  return options;
}

void WriteMetadata(const CallOptions& options, const Channels::State& channels,
                   grpc::ClientContext& context) {
  const auto add = [&context](const char* name, const std::string& value) {
    if (!value.empty()) context.AddMetadata(name, value);
  };
  // gRPC ends the process over a value that is no printable ASCII.
  add(metadata::kIdentity, ToMetadataText(options.token, kIdentityTokenMaxBytes));
  add(metadata::kRequestId, IsRequestId(options.request_id)
                                ? options.request_id
                                : FormatUuid(NewUuid(channels.clock, channels.random)));
  add(metadata::kTraceparent,
      options.trace ? options.trace->ToTraceparent() : TraceContext::New(channels.random).ToTraceparent());
  add(metadata::kClientAddress, ToMetadataText(options.client_address, 64));
  add(metadata::kClientAgent, ToMetadataText(options.user_agent, 200));
  if (options.idempotency_key) add(metadata::kIdempotencyKey, options.idempotency_key->ToString());
  if (options.if_match) add(metadata::kIfMatch, std::to_string(*options.if_match));
}

Breaker::Outcome OutcomeOf(const grpc::Status& status, bool answered_by_service, Duration gave) {
  switch (status.error_code()) {
    case grpc::StatusCode::UNAVAILABLE:
      return Breaker::Outcome::kFailure;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return gave >= client::kFairTime ? Breaker::Outcome::kTimeout : Breaker::Outcome::kNothing;
    case grpc::StatusCode::CANCELLED:
      return answered_by_service ? Breaker::Outcome::kSuccess : Breaker::Outcome::kNothing;
    default:
      return Breaker::Outcome::kSuccess;
  }
}

void CountAttempt(Channel::State& channel, const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
      return channel.ok.Add();
    case grpc::StatusCode::UNAVAILABLE:
      return channel.unavailable.Add();
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return channel.timeouts.Add();
    case grpc::StatusCode::CANCELLED:
      return channel.cancelled.Add();
    default:
      return channel.answered.Add();
  }
}

// ---- channels ----

ActiveCall::ActiveCall(Channels::State& channels_in) : channels(channels_in) {
  channels.active.push_back(*this);
  channels.none_active.Reset();
}

ActiveCall::~ActiveCall() {
  channels.active.erase(channels.active.iterator_to(*this));
  if (channels.active.empty()) channels.none_active.Set();
}

Channels::State::State(Queue& queue_in, const Config& config_in, const MethodTable& methods_in,
                       Metrics& metrics_in, const Clock& clock_in, Random& random_in)
    : queue(queue_in),
      config(config_in),
      methods(methods_in),
      metrics(metrics_in),
      clock(clock_in),
      random(random_in),
      tls(config.tls(), config.environment()),
      deadlines(queue.executor()),
      none_active(queue.executor()) {}

Channels::Channels(Queue& queue, const Config& config, const MethodTable& methods, Metrics& metrics,
                   const Clock& clock, Random& random)
    : state_(std::make_unique<State>(queue, config, methods, metrics, clock, random)) {}

Channels::~Channels() = default;

Channel& Channels::Get(std::string_view service) {
  if (auto found = state_->channels.find(service); found != state_->channels.end()) return *found->second;
  auto state =
      std::make_unique<Channel::State>(*state_, std::string(service), state_->config.ServiceAddress(service));
  auto channel = std::unique_ptr<Channel>(new Channel(std::move(state)));
  return *state_->channels.emplace(std::string(service), std::move(channel)).first->second;
}

Task<> Channels::Stop() {
  state_->stopping = true;
  for (ActiveCall& call : state_->active) call.context.TryCancel();
  if (!state_->active.empty()) co_await Uncancellable(state_->none_active.Wait());
  state_->deadlines.Close();
}

// ---- one channel ----

Channel::State::State(Channels::State& owner_in, std::string service_in, std::string address_in)
    : owner(owner_in),
      service(std::move(service_in)),
      address(std::move(address_in)),
      ok(client::CallCounter(owner.metrics, service, "ok")),
      answered(client::CallCounter(owner.metrics, service, "refused")),
      unavailable(client::CallCounter(owner.metrics, service, "unavailable")),
      timeouts(client::CallCounter(owner.metrics, service, "timeout")),
      cancelled(client::CallCounter(owner.metrics, service, "cancelled")),
      refused(client::CallCounter(owner.metrics, service, "breaker_open")),
      retries(owner.metrics.GetCounter("aplus_rpc_client_retries_total", "Calls tried again.",
                                       {{"service", service}})) {}

grpc::GenericStub& Channel::State::Stub(Use use) {
  if (!stubs[use]) {
    connections[use] =
        grpc::CreateCustomChannel("dns:///" + address, owner.tls.Client(service), client::Arguments());
    stubs[use] = std::make_unique<grpc::GenericStub>(connections[use]);
  }
  return *stubs[use];
}

Task<> Channel::State::AwaitConnection(Use use, SteadyTime until) {
  // A backend that keeps failing is not waited for.
  if (!connections[use] || breaker.IsOpen(SteadyClock::now())) co_return;
  while (connections[use]->GetState(true) == GRPC_CHANNEL_TRANSIENT_FAILURE && SteadyClock::now() < until &&
         !owner.stopping) {
    co_await Sleep(client::kConnectionPoll);
  }
}

Channel::State::Use Channel::State::UseOf(const Method& method) {
  if (method.kind == StreamKind::kUnary) return kCalls;
  if (method.kind == StreamKind::kClientStream || method.rule.transfer() == api::v1::TRANSFER_DOWNLOAD) {
    return kTransfers;
  }
  return kWatches;
}

Channel::Channel(std::unique_ptr<State> state) : state_(std::move(state)) {}
Channel::~Channel() = default;

const std::string& Channel::service() const { return state_->service; }
bool Channel::breaker_open() const { return state_->breaker.IsOpen(SteadyClock::now()); }
const Method* Channel::FindMethod(std::string_view name) const {
  return state_->owner.methods.FindByName(name);
}

Task<Result<grpc::ByteBuffer>> Channel::CallRaw(const Method* method, grpc::ByteBuffer request,
                                                CallOptions options) {
  State& channel = *state_;
  if (method == nullptr) co_return Fail(Reason::kInternal, "call of an unknown method of " + channel.service);
  const SteadyTime deadline = std::min(options.deadline, SteadyClock::now() + method->deadline);
  const bool repeatable = method->IsRepeatable(options.idempotency_key.has_value());
  channel.budget.OnCall();
  const SteadyTime patience = EndOfConnectionPatience(deadline);
  for (int attempt = 1;; ++attempt) {
    co_await channel.AwaitConnection(State::kCalls, patience);
    const SteadyTime began = SteadyClock::now();
    if (channel.owner.stopping) co_return client::Unavailable("stopping");
    const auto left = std::chrono::duration_cast<Duration>(deadline - began);
    if (left < client::kLeastTime)
      co_return Fail(Reason::kTimeout, "too little time left for " + method->name);
    if (!channel.breaker.Allow(began)) {
      channel.refused.Add();
      co_return client::Unavailable(channel.service + " fails: breaker open");
    }

    grpc::Status status;
    grpc::ByteBuffer response;
    {
      ActiveCall active(channel.owner);
      active.context.set_deadline(std::chrono::system_clock::now() + left);
      WriteMetadata(options, channel.owner, active.context);
      auto reader = channel.Stub(State::kCalls)
                        .PrepareUnaryCall(&active.context, method->path, request, channel.owner.queue.get());
      QueueOperation answer(channel.owner.queue);
      struct RecordAlways {
        State& channel;
        grpc::Status& status;
        bool done = false;
        ~RecordAlways() {
          if (!done) channel.breaker.Record(Breaker::Outcome::kNothing, SteadyClock::now());
        }
      } record{channel, status};
      co_await answer.Await(
          [&](void* tag) {
            reader->StartCall();
            reader->Finish(&response, &status, tag);
          },
          [&] { active.context.TryCancel(); });
      record.done = true;
    }
    const bool by_service = !status.ok() && HasErrorInfo(status);
    channel.breaker.Record(OutcomeOf(status, by_service, left), SteadyClock::now());
    CountAttempt(channel, status);
    if (status.ok()) co_return response;

    Error error = ToError(status);
    if (!by_service) error.diagnostic = method->name + ": " + error.diagnostic;
    // Only what never got an answer, or none that a service made: whoever answered has done the retrying that
    // there is to do below him.
    const Duration pause = client::Backoff(attempt, channel.owner.random);
    const bool again = repeatable && attempt < client::kAttempts && !by_service &&
                       status.error_code() == grpc::StatusCode::UNAVAILABLE &&
                       SteadyClock::now() + pause + client::kLeastTime < deadline &&
                       channel.budget.TakeRetry();
    if (!again) {
      if (error.reason == Reason::kUnavailable && !error.retry_after_seconds) {
        error.retry_after_seconds = client::kRetryAfterSeconds;
      }
      co_return Fail(std::move(error));
    }
    channel.retries.Add();
    co_await Sleep(pause);
  }
}

}  // namespace aplus
