#include "libs/redis/doorbell.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "libs/base/bytes.h"
#include "libs/base/random.h"

namespace aplus {
namespace doorbell {

constexpr std::string_view kPrefix = "aplus:bell:";

std::string WireChannel(std::string_view channel) { return std::string(kPrefix).append(channel); }

// Tells our own rings, which rang here already, from those of others.
std::string NewSender() {
  std::array<std::uint8_t, 8> bytes{};
  SystemRandom().Fill(bytes);
  return ToHex(bytes);
}

}  // namespace doorbell

struct Doorbell::State {
  struct Ear {
    std::string channel;
    std::function<void(std::string_view)> ring;
  };

  State(Redis& with, Executor executor, std::chrono::milliseconds every)
      : redis(with), sender(doorbell::NewSender()), poll(every), timer(executor) {}

  // A listener may end itself or another one while it is rung.
  void Deliver(std::string_view channel, std::string_view message) {
    std::vector<std::uint64_t> ids;
    for (const auto& [id, ear] : ears) {
      if (channel.empty() || ear.channel == channel) ids.push_back(id);
    }
    for (const std::uint64_t id : ids) {
      const auto ear = ears.find(id);
      if (ear == ears.end()) continue;
      const auto ring = ear->second.ring;
      ring(message);
    }
  }

  void OnMessage(std::string_view channel, std::string_view message) {
    if (!channel.starts_with(doorbell::kPrefix) || message.starts_with(sender)) return;
    const std::size_t colon = message.find(':');
    if (colon == std::string_view::npos) return;
    Deliver(channel.substr(doorbell::kPrefix.size()), message.substr(colon + 1));
  }

  void Poll(const std::shared_ptr<State>& self) {
    timer.expires_after(poll);
    timer.async_wait([weak = std::weak_ptr<State>(self)](boost::system::error_code ec) {
      const auto state = weak.lock();
      if (ec || !state) return;
      if (!state->redis.subscriber_connected()) state->Deliver("", "");
      state->Poll(state);
    });
  }

  Redis& redis;
  const std::string sender;
  const std::chrono::milliseconds poll;
  Timer timer;
  std::map<std::uint64_t, Ear> ears;
  std::uint64_t next_id = 1;
};

Doorbell::Doorbell(Redis& redis, Executor executor, std::chrono::milliseconds poll)
    : state_(std::make_shared<State>(redis, executor, poll)) {
  std::weak_ptr<State> weak = state_;
  redis.StartSubscriber({.on_message =
                             [weak](std::string_view channel, std::string_view message) {
                               if (const auto state = weak.lock()) state->OnMessage(channel, message);
                             },
                         .on_connected =
                             [weak] {
                               if (const auto state = weak.lock()) state->Deliver("", "");
                             }});
  state_->Poll(state_);
}

Doorbell::~Doorbell() {
  state_->timer.cancel();
  state_->redis.StopSubscriber();
}

void Doorbell::Ring(std::string_view channel, std::string_view message) {
  state_->redis.Post(
      {"PUBLISH", doorbell::WireChannel(channel), std::string(state_->sender).append(":").append(message)});
  const std::shared_ptr<State> alive = state_;
  alive->Deliver(channel, message);
}

Doorbell::Listener Doorbell::Listen(std::string channel, std::function<void(std::string_view)> ring) {
  state_->redis.SubscribeChannel(doorbell::WireChannel(channel));
  const std::uint64_t id = state_->next_id++;
  state_->ears[id] = {std::move(channel), std::move(ring)};
  return Listener(this, id);
}

Doorbell::Listener::Listener(Listener&& other) noexcept
    : bell_(std::exchange(other.bell_, nullptr)), id_(other.id_) {}

Doorbell::Listener& Doorbell::Listener::operator=(Listener&& other) noexcept {
  std::swap(bell_, other.bell_);
  std::swap(id_, other.id_);
  return *this;
}

Doorbell::Listener::~Listener() {
  if (bell_ == nullptr) return;
  State& state = *bell_->state_;
  const auto ear = state.ears.find(id_);
  const std::string channel = ear->second.channel;
  state.ears.erase(ear);
  for (const auto& [id, other] : state.ears) {
    if (other.channel == channel) return;
  }
  state.redis.UnsubscribeChannel(doorbell::WireChannel(channel));
}

}  // namespace aplus
