// The shared read lane: what one caller does must not touch his neighbours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/libs/postgres/bench.h"

namespace aplus::read_lane_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Bench;

constexpr std::string_view kSchema = R"sql(
  CREATE TABLE number (n bigint PRIMARY KEY);
  INSERT INTO number SELECT generate_series(1, 1000);
  GRANT SELECT, INSERT ON number TO :app_role;
  CREATE FUNCTION aplus_user_id() RETURNS uuid LANGUAGE sql STABLE
    RETURN NULLIF(current_setting('aplus.user_id', true), '')::uuid;
  CREATE TABLE secret (owner uuid PRIMARY KEY, body text NOT NULL);
  INSERT INTO secret SELECT ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, i::text
    FROM generate_series(1, 200) AS i;
  ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
  ALTER TABLE secret FORCE ROW LEVEL SECURITY;
  CREATE POLICY own ON secret USING (owner = aplus_user_id());
  GRANT SELECT ON secret TO :app_role;
)sql";

constexpr Statement<std::int64_t, std::int64_t> kFind{"find", "SELECT n FROM number WHERE n = $1"};
constexpr Statement<std::int64_t, std::int64_t> kDivide{"divide", "SELECT 1000 / $1"};
constexpr Statement<std::int64_t, double> kSleep{"sleep", "SELECT count(*) FROM pg_sleep($1)"};
constexpr Statement<std::int64_t, std::int64_t> kInsert{"insert",
                                                        "INSERT INTO number VALUES ($1) RETURNING n"};
constexpr Statement<std::string> kSecrets{"secrets", "SELECT body FROM secret", Touches::kContents};
constexpr Statement<std::string> kUnmarked{"unmarked", "SELECT body FROM secret"};
constexpr Statement<std::string> kPid{"pid", "SELECT pg_backend_pid()::text"};
constexpr Statement<std::string> kTimeout{"timeout", "SELECT current_setting('statement_timeout')"};

StatementTable All() {
  return Statements(kFind, kDivide, kSleep, kInsert, kSecrets, kUnmarked, kPid, kTimeout);
}

UserId User(int number) {
  const std::string digits = std::to_string(number);
  return *UserId::Parse("00000000-0000-7000-8000-" + std::string(12 - digits.size(), '0') + digits);
}

Task<> ReadNumber(Bench& bench, std::int64_t number, int* good) {
  auto rows = co_await bench.db->Query(bench.Read(), kFind, number);
  if (rows && rows->size() == 1 && rows->front() == number) ++*good;
  if (!rows) ADD_FAILURE() << rows.error().diagnostic;
}

Task<> DivideBy(Bench& bench, std::int64_t divisor, int* refused) {
  auto rows = co_await bench.db->Query(bench.Read(), kDivide, divisor);
  if (rows) EXPECT_EQ(rows->front(), 1000 / divisor);
  if (!rows && rows.error().reason == Reason::kInvalidArgument) ++*refused;
}

Task<> ReadSecret(Bench& bench, int user, int* good) {
  auto rows = co_await bench.db->Query({bench.In(seconds(3)), {.user = User(user)}}, kSecrets);
  CO_ASSERT(rows.has_value());
  if (rows->size() == 1 && rows->front() == std::to_string(user)) ++*good;
}

TEST(ReadLane, ReadsOfOneTurnShareOneSync) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    TaskScope scope(at.executor());
    int good = 0;
    for (int i = 1; i <= 60; ++i) scope.Spawn("read", ReadNumber(at, i, &good));
    co_await scope.Join();
    EXPECT_EQ(good, 60);
    EXPECT_EQ(at.db->figures().read_batches, 1u);
  });
}

TEST(ReadLane, AnErrorInThePipelineDoesNotTouchItsNeighbours) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    TaskScope scope(at.executor());
    int good = 0, refused = 0;
    for (int i = 0; i < 300; ++i) {
      // Every third divides by zero, some of the others too.
      if (i % 3 == 0) {
        scope.Spawn("divide", DivideBy(at, i % 2, &refused));
      } else {
        scope.Spawn("read", ReadNumber(at, i, &good));
      }
    }
    co_await scope.Join();
    EXPECT_EQ(good, 200);
    EXPECT_EQ(refused, 50);
    EXPECT_GT(at.db->figures().rerun_alone, 0u);
    EXPECT_EQ(at.db->figures().reads_in_flight, 0);
  });
}

TEST(ReadLane, EachReadRunsInItsOwnName) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    TaskScope scope(at.executor());
    int good = 0, refused = 0;
    for (int i = 1; i <= 200; ++i) {
      scope.Spawn("secret", ReadSecret(at, i, &good));
      if (i % 10 == 0) scope.Spawn("divide", DivideBy(at, 0, &refused));
    }
    co_await scope.Join();
    EXPECT_EQ(good, 200);
    EXPECT_EQ(refused, 20);
    // A principal ends with its unit: nobody's rows without one, and contents are not even asked for.
    auto without = co_await at.db->Query(at.Read(), kSecrets);
    CO_ASSERT(!without);
    EXPECT_EQ(without.error().reason, Reason::kInternal);
    auto unmarked = co_await at.db->Query(at.Read(), kUnmarked);
    CO_ASSERT(unmarked.has_value());
    EXPECT_THAT(*unmarked, ::testing::IsEmpty());
  });
}

TEST(ReadLane, RefusesToWrite) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    auto rows = co_await at.db->Query(at.Read(), kInsert, 5000);
    EXPECT_FALSE(rows);
    EXPECT_THAT(at.scratch.Sql("SELECT n FROM number WHERE n = 5000"), ::testing::IsEmpty());
  });
}

TEST(ReadLane, KeepsTheDeadline) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    const SteadyTime start = SteadyClock::now();
    auto slow = co_await at.db->Query(at.Read(milliseconds(200)), kSleep, 30.0);
    CO_ASSERT(!slow);
    EXPECT_EQ(slow.error().reason, Reason::kTimeout);
    EXPECT_LT(SteadyClock::now() - start, milliseconds(600));
    auto late = co_await at.db->Query({SteadyClock::now() - seconds(1), {}}, kFind, 1);
    CO_ASSERT(!late);
    EXPECT_EQ(late.error().reason, Reason::kTimeout);
    auto limit = co_await at.db->QueryOne(at.Read(milliseconds(900)), kTimeout);
    CO_ASSERT(limit && *limit);
    EXPECT_THAT(**limit, ::testing::EndsWith("ms"));
    auto normal = co_await at.db->QueryOne(at.Read(seconds(10)), kTimeout);
    CO_ASSERT(normal && *normal);
    EXPECT_EQ(**normal, "3s") << "the limit before ended with its unit";
  });
}

TEST(ReadLane, SurvivesConnectionsKilledUnderIt) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    for (int round = 0; round < 8; ++round) {
      TaskScope scope(at.executor());
      int good = 0;
      for (int i = 1; i <= 100; ++i) {
        scope.Spawn("read", ReadNumber(at, i, &good));
        if (i % 25 == 0) co_await YieldToOthers();
      }
      at.scratch.Sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
          "AND application_name = 'aplus'");
      co_await scope.Join();
      EXPECT_EQ(good, 100) << "round " << round;
      CO_ASSERT(co_await testing::Eventually([&] { return at.db->IsReady(); }));
    }
    EXPECT_GT(at.db->figures().connects, 8u);
  });
}

TEST(ReadLane, CancelledReadsLeaveNothingUndone) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    for (int pause = 0; pause < 60; ++pause) {
      TaskScope cancelled(at.executor()), kept(at.executor());
      int ignored = 0, good = 0;
      for (int i = 1; i <= 20; ++i) {
        cancelled.Spawn("read", ReadNumber(at, i, &ignored));
        kept.Spawn("read", ReadNumber(at, i, &good));
      }
      // Before, while and after they are sent.
      co_await Sleep(Duration(pause * 50));
      co_await cancelled.Stop();
      co_await kept.Join();
      EXPECT_EQ(good, 20);
    }
    CO_ASSERT(co_await testing::Eventually([&] { return at.db->figures().reads_in_flight == 0; }));
  });
}

TEST(ReadLane, BoundsWhatIsInFlightAndWhatWaits) {
  Bench bench(kSchema);
  testing::Play(
      bench, All(),
      [](Bench& at) -> Task<> {
        TaskScope scope(at.executor());
        int good = 0;
        for (int i = 1; i <= 14; ++i) scope.Spawn("read", ReadNumber(at, i, &good));
        co_await YieldToOthers();
        co_await YieldToOthers();
        EXPECT_LE(at.db->figures().reads_in_flight, 4);
        co_await scope.Join();
        EXPECT_EQ(good, 14);
        struct One {
          static Task<> Read(Bench& on, int* refused) {
            auto rows = co_await on.db->Query(on.Read(), kFind, 1);
            if (!rows && rows.error().reason == Reason::kUnavailable) ++*refused;
          }
        };
        int refused = 0;
        for (int i = 0; i < 50; ++i) scope.Spawn("read", One::Read(at, &refused));
        co_await scope.Join();
        EXPECT_EQ(refused, 30);
      },
      [](DatabaseOptions& options) {
        options.max_in_flight = 4;
        options.max_waiting = 20;
      });
}

}  // namespace aplus::read_lane_test
