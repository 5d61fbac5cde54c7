// The inside of Channels. Private to libs/rpc.
#pragma once

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/generic/generic_stub.h>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/list_hook.hpp>
#include <map>
#include <memory>
#include <string>

#include "libs/rpc/breaker.h"
#include "libs/rpc/client.h"
#include "libs/rpc/credentials.h"
#include "libs/runtime/deadline_queue.h"

namespace aplus {

// A call of ours that gRPC knows of: what Stop cancels.
struct ActiveCall : boost::intrusive::list_base_hook<> {
  ActiveCall(Channels::State& channels_in);
  ~ActiveCall();
  Channels::State& channels;
  grpc::ClientContext context;
};

struct Channels::State {
  State(Queue& queue, const Config& config, const MethodTable& methods, Metrics& metrics, const Clock& clock,
        Random& random);

  Queue& queue;
  const Config& config;
  const MethodTable& methods;
  Metrics& metrics;
  const Clock& clock;
  Random& random;
  TlsIdentity tls;
  DeadlineQueue deadlines;
  bool stopping = false;
  boost::intrusive::list<ActiveCall> active;
  Event none_active;
  std::map<std::string, std::unique_ptr<Channel>, std::less<>> channels;
};

// Longer than gRPC's pause between two attempts to connect, which is a second and a fifth at most.
constexpr Duration kConnectionPatience = std::chrono::seconds(2);
// What waiting for a connection leaves of a call's time: enough to be refused instead of timing out.
constexpr Duration kTimeToBeRefused = std::chrono::milliseconds(200);

inline SteadyTime EndOfConnectionPatience(SteadyTime deadline) {
  return std::min(SteadyClock::now() + kConnectionPatience, deadline - kTimeToBeRefused);
}

struct Channel::State {
  // What a connection is used for: bulk data and long waits must not hold up calls.
  enum Use { kCalls, kTransfers, kWatches, kUses };

  State(Channels::State& owner, std::string service, std::string address);

  grpc::GenericStub& Stub(Use use);

  // A backend that starts anew is away for a moment, and gRPC tries to reach it again only now and then: who
  // calls meanwhile waits for that, until `until` at most, instead of being refused.
  Task<> AwaitConnection(Use use, SteadyTime until);

  static Use UseOf(const Method& method);

  Channels::State& owner;
  const std::string service;
  const std::string address;
  // Made on first use.
  std::shared_ptr<grpc::Channel> connections[kUses];
  std::unique_ptr<grpc::GenericStub> stubs[kUses];
  Breaker breaker;
  RetryBudget budget;
  Counter &ok, &answered, &unavailable, &timeouts, &cancelled, &refused, &retries;
};

// Fills in what travels beside the message.
void WriteMetadata(const CallOptions& options, const Channels::State& channels, grpc::ClientContext& context);

// What an attempt says about the backend. `gave`: the time that it had.
Breaker::Outcome OutcomeOf(const grpc::Status& status, bool answered_by_service, Duration gave);

// Into the metrics.
void CountAttempt(Channel::State& channel, const grpc::Status& status);

}  // namespace aplus
