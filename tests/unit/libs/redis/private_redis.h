// A Redis of the test's own, to be killed, frozen and emptied at will.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "libs/redis/redis.h"

namespace aplus::testing {

class PrivateRedis {
 public:
  // `arguments` for redis-server beside port and persistence.
  explicit PrivateRedis(std::vector<std::string> arguments = {});
  ~PrivateRedis();
  PrivateRedis(const PrivateRedis&) = delete;
  PrivateRedis& operator=(const PrivateRedis&) = delete;

  // On the same port each time; returns when it takes connections.
  void Start();
  void Kill();
  void Freeze();
  void Thaw();

  // Patient enough for a sanitizer build on a busy machine.
  RedisOptions options() const;

 private:
  std::vector<std::string> arguments_;
  std::uint16_t port_ = 0;
  pid_t pid_ = 0;
};

}  // namespace aplus::testing
