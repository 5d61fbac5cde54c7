// Redis gone, frozen, emptied, slow: everything works on, slower (T-REL-06).
#include "libs/redis/redis.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "libs/redis/doorbell.h"
#include "libs/redis/rate_limit.h"
#include "libs/runtime/task_scope.h"
#include "tests/support/run_task.h"
#include "tests/unit/libs/redis/private_redis.h"

#define CO_ASSERT(condition)                   \
  if (!(condition)) {                          \
    ADD_FAILURE() << "not so: " << #condition; \
    co_return;                                 \
  }

namespace aplus::redis_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::PrivateRedis;

struct Bench {
  explicit Bench(std::vector<std::string> arguments = {}) : server(std::move(arguments)) {}
  Executor executor() { return io.get_executor(); }
  PrivateRedis server;
  boost::asio::io_context io{1};
  BlockingPool pool{1};
};

Task<bool> Eventually(std::function<bool()> condition, Duration limit = seconds(10)) {
  const SteadyTime until = SteadyClock::now() + limit;
  while (!condition()) {
    if (SteadyClock::now() > until) co_return false;
    co_await Sleep(milliseconds(1));
  }
  co_return true;
}

Task<bool> Connected(Redis& redis) {
  return Eventually([&redis] { return redis.connected(); });
}

Task<> Echo(Redis& redis, int number, int* good) {
  const std::string text = std::to_string(number) + std::string("\r\n\0", 3);
  auto reply = co_await redis.Command({"ECHO", text});
  if (reply && reply->text == text) ++*good;
}

TEST(Redis, AnswersEachCallerHisOwn) {
  Bench bench;
  RunTask(bench.io, [](Bench& at) -> Task<> {
    Redis redis(at.server.options(), at.executor(), at.pool);
    CO_ASSERT(co_await Connected(redis));
    TaskScope scope(at.executor());
    int good = 0;
    for (int i = 0; i < 500; ++i) scope.Spawn("echo", Echo(redis, i, &good));
    co_await scope.Join();
    EXPECT_EQ(good, 500);

    auto list = co_await redis.Command({"EVAL", "return {1, {'a', false}, 'b'}", "0"});
    CO_ASSERT(list.has_value());
    CO_ASSERT(list->list.size() == 3);
    EXPECT_EQ(list->list[0].integer, 1);
    EXPECT_EQ(list->list[1].list[1].kind, RedisReply::Kind::kNil);
    EXPECT_EQ(list->list[2].text, "b");

    auto wrong = co_await redis.Command({"NO-SUCH-COMMAND"});
    CO_ASSERT(!wrong);
    EXPECT_EQ(wrong.error().reason, Reason::kInternal);
    EXPECT_TRUE(redis.connected());
  }(bench));
}

TEST(Redis, ALateAnswerGoesToNobodyElse) {
  Bench bench;
  RunTask(bench.io, [](Bench& at) -> Task<> {
    RedisOptions options = at.server.options();
    options.command_timeout = milliseconds(60);
    Redis redis(std::move(options), at.executor(), at.pool);
    CO_ASSERT(co_await Connected(redis));
    for (int i = 0; i < 3; ++i) {
      const SteadyTime start = SteadyClock::now();
      auto slow = co_await redis.Command({"DEBUG", "SLEEP", "0.1"});
      CO_ASSERT(!slow);
      EXPECT_EQ(slow.error().reason, Reason::kTimeout);
      EXPECT_LT(SteadyClock::now() - start, milliseconds(95));
      int good = 0;
      while (good == 0) co_await Echo(redis, i, &good);
      EXPECT_EQ(good, 1);
    }
  }(bench));
}

TEST(Redis, T_REL_06_KilledRefusesAtOnceAndComesBack) {
  Bench bench;
  RunTask(bench.io, [](Bench& at) -> Task<> {
    Redis redis(at.server.options(), at.executor(), at.pool);
    for (int round = 0; round < 3; ++round) {
      CO_ASSERT(co_await Connected(redis));
      TaskScope scope(at.executor());
      int good = 0;
      for (int i = 0; i < 50; ++i) scope.Spawn("echo", Echo(redis, i, &good));
      if (round == 1) co_await YieldToOthers();
      if (round == 2) co_await Sleep(Duration(300));
      at.server.Kill();
      co_await scope.Join();
      CO_ASSERT(co_await Eventually([&] { return !redis.connected(); }));
      const std::uint64_t failures = redis.figures().failures;
      const SteadyTime start = SteadyClock::now();
      for (int i = 0; i < 100; ++i) {
        auto refused = co_await redis.Command({"PING"});
        CO_ASSERT(!refused);
        EXPECT_EQ(refused.error().reason, Reason::kUnavailable);
      }
      EXPECT_LT(SteadyClock::now() - start, milliseconds(150)) << "refused without trying";
      EXPECT_LE(redis.figures().failures, failures + 1) << "the breaker rests";
      at.server.Start();
    }
    CO_ASSERT(co_await Connected(redis));
  }(bench));
}

TEST(Redis, T_REL_06_FrozenCostsAFewTimeoutsThenNothing) {
  Bench bench;
  RunTask(bench.io, [](Bench& at) -> Task<> {
    Redis redis(at.server.options(), at.executor(), at.pool);
    CO_ASSERT(co_await Connected(redis));
    at.server.Freeze();
    const SteadyTime start = SteadyClock::now();
    int timeouts = 0;
    for (int i = 0; i < 20; ++i) {
      auto reply = co_await redis.Command({"PING"});
      CO_ASSERT(!reply);
      if (reply.error().reason == Reason::kTimeout) ++timeouts;
    }
    EXPECT_EQ(timeouts, 3);
    EXPECT_LT(SteadyClock::now() - start, milliseconds(1500));
    at.server.Thaw();
    CO_ASSERT(co_await Connected(redis));
    auto reply = co_await redis.Command({"PING"});
    EXPECT_TRUE(reply.has_value());
  }(bench));
}

TEST(Redis, LogsInAndSaysWhenItMayNot) {
  Bench bench({"--requirepass", "right"});
  RunTask(bench.io, [](Bench& at) -> Task<> {
    RedisOptions good = at.server.options();
    good.password = SecretString(std::string("right"));
    Redis redis(std::move(good), at.executor(), at.pool);
    CO_ASSERT(co_await Connected(redis));
    RedisOptions bad = at.server.options();
    bad.host = "localhost";
    bad.password = SecretString(std::string("wrong"));
    Redis refused(std::move(bad), at.executor(), at.pool);
    CO_ASSERT(co_await Eventually([&] { return refused.figures().failures > 0; }));
    EXPECT_FALSE(refused.connected());
  }(bench));
}

TEST(Redis, CallersMayBeCancelled) {
  Bench bench;
  RunTask(bench.io, [](Bench& at) -> Task<> {
    Redis redis(at.server.options(), at.executor(), at.pool);
    CO_ASSERT(co_await Connected(redis));
    for (int round = 0; round < 30; ++round) {
      TaskScope cancelled(at.executor()), kept(at.executor());
      int ignored = 0, good = 0;
      for (int i = 0; i < 10; ++i) {
        cancelled.Spawn("echo", Echo(redis, i, &ignored));
        kept.Spawn("echo", Echo(redis, 1000 + i, &good));
      }
      co_await Sleep(Duration(round * 10));
      co_await cancelled.Stop();
      co_await kept.Join();
      EXPECT_EQ(good, 10);
    }
  }(bench));
}

TEST(Doorbell, RingsHereAndElsewhereAndPollsWithoutRedis) {
  Bench bench;
  RunTask(bench.io, [](Bench& at) -> Task<> {
    Redis one(at.server.options(), at.executor(), at.pool), two(at.server.options(), at.executor(), at.pool);
    Doorbell here(one, at.executor(), milliseconds(50)), there(two, at.executor(), milliseconds(50));
    std::vector<std::string> heard_here, heard_there;
    auto ear = here.Listen("auth", [&](std::string_view message) { heard_here.emplace_back(message); });
    {
      auto other = there.Listen("auth", [&](std::string_view message) { heard_there.emplace_back(message); });
      auto deaf = there.Listen("requests", [&](std::string_view message) {
        if (!message.empty()) ADD_FAILURE() << "another channel's ring";
      });
      CO_ASSERT(
          co_await Eventually([&] { return one.subscriber_connected() && two.subscriber_connected(); }));
      // A ring may get lost before the subscription stands; then it is rung again.
      const auto heard = [&](const std::string& message) {
        here.Ring("auth", message);
        return std::find(heard_there.begin(), heard_there.end(), message) != heard_there.end();
      };
      CO_ASSERT(co_await Eventually([&] { return heard("first"); }));
      // Everything rung so far has arrived once what was rung last has.
      here.Ring("auth", "last");
      CO_ASSERT(co_await Eventually([&] { return heard_there.back() == "last"; }));
      heard_here.clear();
      heard_there.clear();
      here.Ring("auth", "42");
      CO_ASSERT(co_await Eventually([&] { return !heard_there.empty(); }));
      EXPECT_THAT(heard_there, ::testing::ElementsAre("42"));
      EXPECT_THAT(heard_here, ::testing::ElementsAre("42")) << "once, not again from Redis";

      at.server.Kill();
      heard_there.clear();
      CO_ASSERT(co_await Eventually([&] { return heard_there.size() > 3; }));
      here.Ring("auth", "43");
      EXPECT_EQ(heard_here.back(), "43") << "at once in this process";
      at.server.Start();
      CO_ASSERT(co_await Eventually([&] { return one.connected() && two.subscriber_connected(); }));
      heard_there.clear();
      EXPECT_TRUE(co_await Eventually([&] { return heard("44"); })) << "subscribed again after the reconnect";
    }
    // A listener that ends itself while it is rung.
    Doorbell::Listener self;
    int rings = 0;
    self = here.Listen("auth", [&](std::string_view) {
      ++rings;
      self = Doorbell::Listener();
    });
    here.Ring("auth");
    here.Ring("auth");
    EXPECT_EQ(rings, 1);
  }(bench));
}

TEST(RateLimiter, CountsAcrossProcessesAndRefills) {
  Bench bench;
  RunTask(bench.io, [](Bench& at) -> Task<> {
    Redis one(at.server.options(), at.executor(), at.pool), two(at.server.options(), at.executor(), at.pool);
    CO_ASSERT(co_await Connected(one));
    CO_ASSERT(co_await Connected(two));
    RateLimiter here(&one, "limit"), there(&two, "limit");
    const RateLimit limit{.tokens = 10, .per = seconds(3600), .burst = 6};
    int allowed = 0;
    for (int i = 0; i < 10; ++i) {
      RateVerdict verdict = co_await (i % 2 == 0 ? here : there).Take("a", limit);
      allowed += verdict.allowed ? 1 : 0;
      if (!verdict.allowed) {
        EXPECT_GT(verdict.retry_after, seconds(300));
        EXPECT_LE(verdict.retry_after, seconds(360));
      }
    }
    EXPECT_EQ(allowed, 6);
    RateVerdict other = co_await here.Take("b", limit, 6);
    EXPECT_TRUE(other.allowed);

    const RateLimit fast{.tokens = 100, .per = seconds(1), .burst = 1};
    RateVerdict first = co_await here.Take("c", fast);
    EXPECT_TRUE(first.allowed);
    bool again = co_await Eventually([] { return true; });
    RateVerdict second = co_await here.Take("c", fast);
    if (!second.allowed) {
      co_await Sleep(second.retry_after);
      RateVerdict third = co_await here.Take("c", fast);
      again = third.allowed;
    }
    EXPECT_TRUE(again);
    EXPECT_EQ(here.local_verdicts() + there.local_verdicts(), 0u);

    // T-REL-06: emptied, a key of the wrong type.
    auto flushed = co_await one.Command({"FLUSHALL"});
    EXPECT_TRUE(flushed.has_value());
    RateVerdict anew = co_await here.Take("a", limit);
    EXPECT_TRUE(anew.allowed);
    auto wrong = co_await one.Command({"SET", "limit:w", "text"});
    EXPECT_TRUE(wrong.has_value());
    RateVerdict typed = co_await here.Take("w", limit);
    EXPECT_TRUE(typed.allowed);
    EXPECT_EQ(here.local_verdicts(), 0u);
    auto ttl = co_await one.Command({"PTTL", "limit:a"});
    CO_ASSERT(ttl.has_value());
    EXPECT_GT(ttl->integer, 0) << "buckets do not stay for ever";
  }(bench));
}

TEST(RateLimiter, T_REL_06_WithoutRedisAQuarterEach) {
  Bench bench;
  RunTask(bench.io, [](Bench& at) -> Task<> {
    Redis redis(at.server.options(), at.executor(), at.pool);
    RateLimiter limiter(&redis, "limit", 100);
    CO_ASSERT(co_await Connected(redis));
    auto full = co_await redis.Command({"CONFIG", "SET", "maxmemory", "1"});
    CO_ASSERT(full.has_value());
    const RateLimit limit{.tokens = 40, .per = seconds(3600)};
    int allowed = 0;
    for (int i = 0; i < 20; ++i) {
      if (i == 5) at.server.Kill();
      RateVerdict verdict = co_await limiter.Take("a", limit);
      allowed += verdict.allowed ? 1 : 0;
    }
    EXPECT_EQ(allowed, 10);
    EXPECT_EQ(limiter.local_verdicts(), 20u);
    const RateLimit single{.tokens = 2, .per = seconds(3600)};
    RateVerdict one = co_await limiter.Take("small", single);
    EXPECT_TRUE(one.allowed) << "a quarter of little is still one";
    RateVerdict more = co_await limiter.Take("small", single);
    EXPECT_FALSE(more.allowed);
    // Memory is bounded: the least recently used goes.
    for (int i = 0; i < 300; ++i) (void)co_await limiter.Take(std::to_string(i), limit);
    RateVerdict forgotten = co_await limiter.Take("small", single);
    EXPECT_TRUE(forgotten.allowed);
  }(bench));
}

}  // namespace aplus::redis_test
