#include "libs/redis/redis.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/system/system_error.hpp>
#include <set>
#include <utility>

#include "libs/redis/link.h"

namespace aplus {

namespace asio = boost::asio;

RedisOptions RedisOptions::From(const RedisConfig& config) {
  RedisOptions options;
  options.host = config.host;
  options.port = config.port;
  options.user = config.user;
  options.password = config.password.Copy();
  return options;
}

struct Redis::State {
  State(RedisOptions with, Executor on, BlockingPool& lookups)
      : options(std::move(with)), executor(on), pool(lookups), pinging(on) {}

  // A subscription says nothing when all is quiet; a Redis that stands still says nothing either.
  void Ping(const std::shared_ptr<State>& self) {
    pinging.expires_after(std::chrono::seconds(1));
    pinging.async_wait([weak = std::weak_ptr<State>(self)](boost::system::error_code ec) {
      const auto state = weak.lock();
      if (ec || !state || !state->subscriptions) return;
      if (state->subscriptions->up()) {
        if (SteadyClock::now() - state->subscriptions->last_heard() > std::chrono::seconds(3)) {
          state->subscriptions->Fail("does not answer a ping");
        } else {
          state->subscriptions->Send({"PING"}, nullptr);
        }
      }
      state->Ping(state);
    });
  }

  const RedisOptions options;
  Executor executor;
  BlockingPool& pool;
  RedisFigures figures, subscriber_figures;
  std::shared_ptr<redis::Link> commands, subscriptions;
  std::set<std::string> channels;
  Timer pinging;
};

Redis::Redis(RedisOptions options, Executor executor, BlockingPool& pool)
    : state_(std::make_shared<State>(std::move(options), executor, pool)) {
  state_->commands =
      std::make_shared<redis::Link>(state_->options, state_->figures, executor, pool, redis::LinkHooks{});
  state_->commands->Start();
}

Redis::~Redis() { Close(); }

void Redis::Close() {
  StopSubscriber();
  state_->commands->Stop();
}

Task<Result<RedisReply>> Redis::Command(std::vector<std::string> arguments) {
  const std::shared_ptr<State> state = state_;
  auto call = std::make_shared<redis::Call>(state->executor);
  call->timer.expires_after(state->options.command_timeout);
  state->commands->Send(arguments, call);
  while (!call->answer) {
    boost::system::error_code ec;
    co_await call->timer.async_wait(asio::redirect_error(kUseTask, ec));
    if (call->answer) break;
    if (ec) throw boost::system::system_error(ec);
    state->commands->OnTimeout();
    co_return Fail(Reason::kTimeout, "redis: no answer in time");
  }
  co_return *std::move(call->answer);
}

void Redis::Post(std::vector<std::string> arguments) { state_->commands->Send(arguments, nullptr); }

bool Redis::connected() const { return state_->commands->up(); }

RedisFigures Redis::figures() const {
  RedisFigures figures = state_->figures;
  figures.connected = connected();
  return figures;
}

void Redis::StartSubscriber(Subscriber subscriber) {
  redis::LinkHooks hooks;
  hooks.on_up = [weak = std::weak_ptr<State>(state_), on_connected = subscriber.on_connected] {
    const auto state = weak.lock();
    if (!state) return;
    for (const std::string& channel : state->channels)
      state->subscriptions->Send({"SUBSCRIBE", channel}, nullptr);
    if (on_connected) on_connected();
  };
  hooks.on_push = [on_message = std::move(subscriber.on_message)](const RedisReply& push) {
    if (push.list.size() == 3 && push.list[0].text == "message")
      on_message(push.list[1].text, push.list[2].text);
  };
  state_->subscriptions = std::make_shared<redis::Link>(state_->options, state_->subscriber_figures,
                                                        state_->executor, state_->pool, std::move(hooks));
  state_->subscriptions->Start();
  state_->Ping(state_);
}

void Redis::StopSubscriber() {
  if (!state_->subscriptions) return;
  state_->pinging.cancel();
  state_->subscriptions->Stop();
  state_->subscriptions.reset();
}

void Redis::SubscribeChannel(const std::string& channel) {
  if (!state_->channels.insert(channel).second) return;
  if (subscriber_connected()) state_->subscriptions->Send({"SUBSCRIBE", channel}, nullptr);
}

void Redis::UnsubscribeChannel(const std::string& channel) {
  if (state_->channels.erase(channel) == 0) return;
  if (subscriber_connected()) state_->subscriptions->Send({"UNSUBSCRIBE", channel}, nullptr);
}

bool Redis::subscriber_connected() const { return state_->subscriptions && state_->subscriptions->up(); }

}  // namespace aplus
