// Token buckets shared by every process through Redis. While Redis is away each process counts alone, at a
// quarter of the value, so that four gateways together keep the limit (SECURITY 3.6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "libs/base/time.h"
#include "libs/redis/redis.h"
#include "libs/runtime/task.h"

namespace aplus {

// `tokens` each `per`, and at most `burst` at once (0: `tokens`). 10 an hour: {10, std::chrono::hours(1)}.
struct RateLimit {
  double tokens;
  Duration per;
  double burst = 0;
};

struct RateVerdict {
  bool allowed = true;
  Duration retry_after{};  // when refused: until one more would be allowed
};

class RateLimiter {
 public:
  // `redis` may be nullptr: local buckets at the full value. References must outlive this. `local_buckets`
  // bounds the memory of the local ones; the least recently used goes.
  RateLimiter(Redis* redis, std::string prefix, std::size_t local_buckets = 100'000);
  ~RateLimiter();
  RateLimiter(const RateLimiter&) = delete;
  RateLimiter& operator=(const RateLimiter&) = delete;

  // Takes `cost` tokens from the bucket of `key` if they are there. Never fails; at most the command timeout.
  // The key names limit and subject ("link:192.0.2.0/24"); it expires once the bucket would be full.
  Task<RateVerdict> Take(std::string_view key, RateLimit limit, double cost = 1) {
    return TakeFrom(std::string(key), limit, cost);
  }

  // Verdicts given by local buckets because Redis was away.
  std::uint64_t local_verdicts() const;

 private:
  Task<RateVerdict> TakeFrom(std::string key, RateLimit limit, double cost);
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace aplus
