// "There is something new": wakes those that would otherwise look once a second. A ring may get lost and says
// nothing certain; whoever hears it looks in PostgreSQL. While Redis is away, and after each reconnect, every
// listener is rung once a second, so polling is the worst case and never an error.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "libs/redis/redis.h"
#include "libs/runtime/task.h"

namespace aplus {

class Doorbell {
 public:
  // `redis` must outlive this.
  Doorbell(Redis& redis, Executor executor, std::chrono::milliseconds poll = std::chrono::seconds(1));
  ~Doorbell();
  Doorbell(const Doorbell&) = delete;
  Doorbell& operator=(const Doorbell&) = delete;

  // Rings everywhere, this process included; does not wait. The message is short and no personal data: an id.
  void Ring(std::string_view channel, std::string_view message = {});

  // Ends the listening when destroyed; must not outlive the doorbell.
  class Listener {
   public:
    Listener() = default;
    Listener(Listener&& other) noexcept;
    Listener& operator=(Listener&& other) noexcept;
    ~Listener();

   private:
    friend class Doorbell;
    Listener(Doorbell* bell, std::uint64_t id) : bell_(bell), id_(id) {}
    Doorbell* bell_ = nullptr;
    std::uint64_t id_ = 0;
  };

  // Calls `ring` on the io thread with each message, or with an empty one when something may have been
  // missed. It must not throw nor wait; it may destroy its own Listener.
  [[nodiscard]] Listener Listen(std::string channel, std::function<void(std::string_view message)> ring);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace aplus
