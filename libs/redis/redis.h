// One connection to Redis: hiredis' reader and formatter on an Asio socket. Redis is never the only place of
// a fact, so everything here gives up quickly and says so: connecting takes at most 50 ms, a command 20 ms,
// and after a failure nothing is tried for one second (the breaker) while every command answers kUnavailable
// at once. Reconnects by itself. Io thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"
#include "libs/base/secret.h"
#include "libs/runtime/blocking.h"
#include "libs/runtime/config.h"
#include "libs/runtime/task.h"

namespace aplus {

struct RedisOptions {
  static RedisOptions From(const RedisConfig& config);

  std::string host;
  std::uint16_t port = 6379;
  std::string user;       // empty: the default user
  SecretString password;  // empty: no AUTH
  std::chrono::milliseconds connect_timeout{50};
  std::chrono::milliseconds command_timeout{20};
  std::chrono::milliseconds breaker{1000};
};

// What Redis answered; errors are never in here but in the Result.
struct RedisReply {
  enum class Kind : std::uint8_t { kNil, kInteger, kText, kList };
  Kind kind = Kind::kNil;
  std::int64_t integer = 0;
  std::string text;  // bulk and status strings
  std::vector<RedisReply> list;
};

struct RedisFigures {
  std::uint64_t commands = 0;
  std::uint64_t refused = 0;  // at once, while there is no connection
  std::uint64_t timeouts = 0;
  std::uint64_t connects = 0;
  std::uint64_t failures = 0;  // connections lost or not made
  bool connected = false;
};

class Redis {
 public:
  // Begins to connect. `pool` looks up the host's name; it must outlive this.
  Redis(RedisOptions options, Executor executor, BlockingPool& pool);
  // Close.
  ~Redis();
  Redis(const Redis&) = delete;
  Redis& operator=(const Redis&) = delete;

  // The command and its arguments, binary safe: Command({"SET", key, value, "PX", "1000"}).
  //   kUnavailable: no connection, breaker open, connection lost (the command may have run)
  //   kTimeout: no answer in time (likewise)      kInternal: Redis refused it; the diagnostic says how
  Task<Result<RedisReply>> Command(std::vector<std::string> arguments);
  // The same without waiting for the answer.
  void Post(std::vector<std::string> arguments);

  // Lets go of both connections for good; whatever still waits, and every later command, is answered with
  // kUnavailable. A process that stops must do this: reconnecting would keep its io loop running. Idempotent.
  void Close();

  bool connected() const;
  RedisFigures figures() const;

  // For Doorbell: a connection of its own for subscriptions, once. `on_message` gets what arrives on the
  // channels, `on_connected` runs after each connect, when anything may have been missed.
  struct Subscriber {
    std::function<void(std::string_view channel, std::string_view message)> on_message;
    std::function<void()> on_connected;
  };
  void StartSubscriber(Subscriber subscriber);
  void StopSubscriber();
  // Takes effect at once when connected, and after each reconnect.
  void SubscribeChannel(const std::string& channel);
  void UnsubscribeChannel(const std::string& channel);
  bool subscriber_connected() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace aplus
