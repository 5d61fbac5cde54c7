// "The same call twice is one effect" (P25, T-REL-18).
#include "libs/postgres/idempotency.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_migrations.h"
#include "tests/unit/libs/postgres/bench.h"

namespace aplus::idempotency_test {

using std::chrono::seconds;
using testing::Bench;
using ::testing::ElementsAre;

constexpr Statement<Affected, std::int32_t> kEffect{"effect", "INSERT INTO effect (id) VALUES ($1)"};

StatementTable All() { return Statements(kEffect).Add(Idempotency::Statements()); }

struct IdempotencyBench : Bench {
  IdempotencyBench() : Bench(sample_migrations) {
    scratch.Sql("CREATE TABLE effect (id integer); GRANT ALL ON effect TO " + scratch.app_role());
  }
};

IdempotentCall CallOf(std::uint8_t key, std::uint8_t body = 1) {
  return {UserId{UuidBytes{1}}, IdempotencyKey{UuidBytes{key}}, "aplus.v1.Create", {body}};
}

// The effect, once; answers what the caller gets: fresh or replayed.
Task<Result<std::string>> Create(Transaction& tx, IdempotentCall call, Event* go_on) {
  CO_TRY(auto replay, co_await Idempotency::Begin(tx, call));
  if (replay) co_return "again " + std::string(AsText(*replay));
  if (go_on != nullptr) co_await go_on->Wait();
  tx.Send(kEffect, static_cast<std::int32_t>(call.key.bytes[0]));
  Idempotency::Finish(tx, call, AsBytes("answer"), UuidBytes{7});
  co_return "answer";
}

Task<Result<std::string>> CreateIn(Bench& bench, IdempotentCall call, Event* go_on = nullptr) {
  return bench.db->Transact(bench.Write(seconds(5)),
                            [call, go_on](Transaction& tx) { return Create(tx, call, go_on); });
}

Task<> CreateTask(Bench& bench, IdempotentCall call, int* fresh, int* again, int* running) {
  for (;;) {
    auto answer = co_await bench.db->Transact(bench.Write(seconds(5)),
                                              [&](Transaction& tx) { return Create(tx, call, nullptr); });
    if (answer) {
      ++(*answer == "answer" ? *fresh : *again);
      co_return;
    }
    if (answer.error().reason != Reason::kKeyRunning && answer.error().reason != Reason::kUnavailable) {
      ADD_FAILURE() << answer.error().diagnostic;
    }
    ++*running;
  }
}

TEST(Idempotency, T_REL_18_FirstTimeReplayAndOtherBody) {
  IdempotencyBench bench;
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    auto first = co_await CreateIn(at, CallOf(1));
    EXPECT_EQ(first.value_or(""), "answer");
    for (int i = 0; i < 4; ++i) {
      auto again = co_await CreateIn(at, CallOf(1));
      EXPECT_EQ(again.value_or(""), "again answer");
    }
    auto other = co_await CreateIn(at, CallOf(1, 2));
    CO_ASSERT(!other);
    EXPECT_EQ(other.error().reason, Reason::kKeyReused);
    IdempotentCall method = CallOf(1);
    method.method = "aplus.v1.Other";
    auto elsewhere = co_await CreateIn(at, method);
    CO_ASSERT(!elsewhere);
    EXPECT_EQ(elsewhere.error().reason, Reason::kKeyReused);
    IdempotentCall user = CallOf(1);
    user.user = UserId{UuidBytes{2}};
    auto neighbour = co_await CreateIn(at, user);
    EXPECT_EQ(neighbour.value_or(""), "answer") << "keys belong to their user";
    EXPECT_THAT(at.scratch.Sql("SELECT count(*) FROM effect"), ElementsAre("2"));
  });
}

TEST(Idempotency, P25_TheSameKeyInParallelHasOneEffect) {
  IdempotencyBench bench;
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    int fresh = 0, again = 0, running = 0;
    for (std::uint8_t key = 1; key <= 30; ++key) {
      TaskScope scope(at.executor());
      for (int i = 0; i < 5; ++i)
        scope.Spawn("create", CreateTask(at, CallOf(key), &fresh, &again, &running));
      co_await scope.Join();
    }
    EXPECT_EQ(fresh, 30);
    EXPECT_EQ(again, 120);
    EXPECT_THAT(at.scratch.Sql("SELECT count(*) FROM effect"), ElementsAre("30"));
  });
}

Task<> HoldTask(Bench& bench, Event* go_on, bool* committed) {
  auto answer = co_await bench.db->Transact(bench.Write(seconds(5)),
                                            [&](Transaction& tx) { return Create(tx, CallOf(1), go_on); });
  *committed = answer.has_value();
}

TEST(Idempotency, ASecondCallDoesNotWaitForTheFirst) {
  IdempotencyBench bench;
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    Event go_on(at.executor());
    bool committed = false;
    TaskScope scope(at.executor());
    scope.Spawn("first", HoldTask(at, &go_on, &committed));
    CO_ASSERT(co_await testing::Eventually([&] {
      return !at.scratch
                  .Sql(
                      "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = "
                      "'advisory' "
                      "AND a.datname = current_database()")
                  .empty();
    }));
    const SteadyTime start = SteadyClock::now();
    auto second = co_await CreateIn(at, CallOf(1));
    CO_ASSERT(!second);
    EXPECT_EQ(second.error().reason, Reason::kKeyRunning);
    EXPECT_EQ(second.error().retry_after_seconds, 1);
    EXPECT_LT(SteadyClock::now() - start, std::chrono::milliseconds(300));
    go_on.Set();
    co_await scope.Join();
    EXPECT_TRUE(committed);
    auto third = co_await CreateIn(at, CallOf(1));
    EXPECT_EQ(third.value_or(""), "again answer");
  });
}

TEST(Idempotency, RecordsEndAfterADayAndWithTheirSubject) {
  IdempotencyBench bench;
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    for (std::uint8_t key = 1; key <= 3; ++key) EXPECT_TRUE(co_await CreateIn(at, CallOf(key)));
    at.scratch.Sql(
        "UPDATE idempotency_record SET created_at = created_at - interval '25 hours' WHERE key::text LIKE "
        "'01%' "
        "OR key::text LIKE '02%'");
    auto taken_over = co_await CreateIn(at, CallOf(1, 9));
    EXPECT_EQ(taken_over.value_or(""), "answer") << "a day later the key is free, swept or not";
    auto swept = co_await Idempotency::Sweep(*at.db);
    EXPECT_EQ(swept.value_or(-1), 1);
    struct Forget {
      static Task<Result<void>> All(Transaction& tx) {
        Idempotency::Forget(tx, UuidBytes{7});
        co_return Result<void>{};
      }
    };
    EXPECT_TRUE(co_await at.db->Transact(at.Write(), [](Transaction& tx) { return Forget::All(tx); }));
    EXPECT_THAT(at.scratch.Sql("SELECT count(*) FROM idempotency_record"), ElementsAre("0"));
  });
}

TEST(Idempotency, StatementsFitTheSchemaAndUseIndexes) {
  testing::ScratchDatabase scratch(sample_migrations);
  EXPECT_THAT(testing::DescribeAll(scratch, Idempotency::Statements()), ::testing::IsEmpty());
}

}  // namespace aplus::idempotency_test
