#include "libs/redis/rate_limit.h"

#include <fmt/format.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <list>
#include <unordered_map>
#include <utility>

#include "libs/base/bytes.h"

namespace aplus {
namespace rate_limit {

// ARGV: tokens per microsecond, burst, cost. Answers {allowed, microseconds until it would be}. Time is
// Redis' own, so that gateways need not agree. A key of another type (somebody else's, or tampered) starts
// anew.
constexpr std::string_view kScript = R"lua(
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local rate, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local bucket = redis.pcall('HMGET', KEYS[1], 'tokens', 'at')
if bucket.err then
  redis.call('DEL', KEYS[1])
  bucket = {false, false}
end
local tokens = tonumber(bucket[1]) or burst
local at = tonumber(bucket[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = 0
if tokens >= cost then
  tokens = tokens - cost
else
  wait = math.ceil((cost - tokens) / rate)
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate / 1000) + 1000)
return {wait == 0 and 1 or 0, wait}
)lua";

std::string ScriptSha() {
  std::array<std::uint8_t, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(kScript.data()), kScript.size(), digest.data());
  return ToHex(digest);
}

struct Bucket {
  std::string key;
  double tokens;
  SteadyTime at;
};

}  // namespace rate_limit

struct RateLimiter::State {
  RateVerdict TakeLocally(const std::string& key, double rate, double burst, double cost) {
    ++local_verdicts;
    const SteadyTime now = SteadyClock::now();
    const auto known = index.find(key);
    if (known != index.end()) {
      order.splice(order.begin(), order, known->second);
    } else {
      if (order.size() >= capacity) {
        index.erase(order.back().key);
        order.pop_back();
      }
      order.push_front({key, burst, now});
      index[key] = order.begin();
    }
    rate_limit::Bucket& bucket = order.front();
    const double passed = std::chrono::duration<double, std::micro>(now - bucket.at).count();
    bucket.tokens = std::min(burst, bucket.tokens + passed * rate);
    bucket.at = now;
    if (bucket.tokens >= cost) {
      bucket.tokens -= cost;
      return {};
    }
    return {false, Duration(static_cast<std::int64_t>((cost - bucket.tokens) / rate) + 1)};
  }

  Redis* redis;
  std::string prefix;
  std::string sha = rate_limit::ScriptSha();
  std::size_t capacity;
  std::list<rate_limit::Bucket> order;  // most recently used first
  std::unordered_map<std::string, std::list<rate_limit::Bucket>::iterator> index;
  std::uint64_t local_verdicts = 0;
};

RateLimiter::RateLimiter(Redis* redis, std::string prefix, std::size_t local_buckets)
    : state_(new State{.redis = redis,
                       .prefix = std::move(prefix),
                       .capacity = std::max<std::size_t>(1, local_buckets),
                       .order = {},
                       .index = {}}) {}
RateLimiter::~RateLimiter() = default;

Task<RateVerdict> RateLimiter::TakeFrom(std::string key, RateLimit limit, double cost) {
  State& state = *state_;
  const double burst = limit.burst > 0 ? limit.burst : limit.tokens;
  const double rate = limit.tokens / static_cast<double>(limit.per.count());
  const std::string name = std::string(state.prefix).append(":").append(key);
  if (state.redis == nullptr) co_return state.TakeLocally(name, rate, burst, cost);
  if (state.redis->connected()) {
    std::vector<std::string> command{"EVALSHA",
                                     state.sha,
                                     "1",
                                     name,
                                     fmt::format("{:.17g}", rate),
                                     fmt::format("{:.17g}", burst),
                                     fmt::format("{:.17g}", cost)};
    auto reply = co_await state.redis->Command(command);
    if (!reply && reply.error().diagnostic.find("NOSCRIPT") != std::string::npos) {
      command[0] = "EVAL";
      command[1] = std::string(rate_limit::kScript);
      reply = co_await state.redis->Command(std::move(command));
    }
    if (reply && reply->list.size() == 2) {
      co_return RateVerdict{reply->list[0].integer == 1, Duration(reply->list[1].integer)};
    }
  }
  // At least one whole call, or a small limit would refuse everything.
  co_return state.TakeLocally(name, rate / 4, std::max({1.0, cost, burst / 4}), cost);
}

std::uint64_t RateLimiter::local_verdicts() const { return state_->local_verdicts; }

}  // namespace aplus
