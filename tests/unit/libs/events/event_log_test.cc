// Positions: 1, 2, 3 … without gaps, never changed, nothing lost, order of commits per row; whoever dies
// meanwhile.
#include "libs/events/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <thread>

#include "event_test_migrations.h"
#include "tests/unit/libs/events/children.h"
#include "tests/unit/libs/events/event_bench.h"

namespace aplus::event_log_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::CountAndTell;
using ::testing::ElementsAre;
using testing::EventScratch;
using ::testing::IsEmpty;

SystemClock system_clock;
SystemRandom system_random;

Task<Result<void>> Tell(Database& database, EventWriter& writer, int counter, Duration open_for = {},
                        bool fails = false) {
  return database.Transact({.deadline = SteadyClock::now() + seconds(10)},
                           [&writer, counter, open_for, fails](Transaction& tx) {
                             return CountAndTell(tx, writer, counter, open_for, fails);
                           });
}

TEST(EventLog, TellsWhatWasCommittedAndNothingElse) {
  EventScratch bench;
  testing::Play(bench, testing::EventStatements(), [](testing::Bench& at) -> Task<> {
    EventLog log("sample", *at.db, nullptr, at.executor());
    EventWriter writer(log, system_clock, system_random);
    auto refused = co_await Tell(*at.db, writer, 0, {}, true);
    EXPECT_FALSE(refused);
    auto told = co_await Tell(*at.db, writer, 0);
    EXPECT_TRUE(told);
    auto before = co_await log.Pull(0, 10, at.In(seconds(3)));
    CO_ASSERT(before.has_value());
    EXPECT_THAT(*before, IsEmpty()) << "no position yet";
    auto numbered = co_await log.NumberCommitted();
    EXPECT_EQ(numbered.value_or(-1), 1);
    auto events = co_await log.Pull(0, 10, at.In(seconds(3)));
    CO_ASSERT(events && events->size() == 1);
    EXPECT_EQ(events->front().position(), 1);
    EXPECT_EQ(events->front().kind(), "aplus.events.v1.Sample");
    EXPECT_EQ(events->front().payload(), "payload");
    EXPECT_EQ(events->front().audience().lane(), events::v1::LANE_ALL);
    EXPECT_EQ(testing::WhatWasTold(events->front()).value, 1);
    EXPECT_LT(std::abs(events->front().at().seconds() - std::time(nullptr)), 60);
  });
}

Task<> TellSlowly(Database& database, EventWriter& writer, int counter, Duration open_for) {
  auto told = co_await Tell(database, writer, counter, open_for);
  EXPECT_TRUE(told.has_value());
}

TEST(EventLog, ALateCommitIsNumberedLateAndNotPassedOver) {
  EventScratch bench;
  testing::Play(bench, testing::EventStatements(), [](testing::Bench& at) -> Task<> {
    EventLog log("sample", *at.db, nullptr, at.executor());
    EventWriter writer(log, system_clock, system_random);
    TaskScope scope(at.executor());
    scope.Spawn("late", TellSlowly(*at.db, writer, 1, milliseconds(300)));
    CO_ASSERT(co_await testing::Eventually([&] {
      return !at.scratch
                  .Sql(
                      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle "
                      "in "
                      "transaction'")
                  .empty();
    }));
    int numbered = 0;
    for (int i = 0; i < 5; ++i) {
      auto told = co_await Tell(*at.db, writer, 2);
      EXPECT_TRUE(told);
      auto round = co_await log.NumberCommitted();
      numbered += round.value_or(0);
    }
    EXPECT_EQ(numbered, 5);
    co_await scope.Join();
    auto last = co_await log.NumberCommitted();
    EXPECT_EQ(last.value_or(0), 1);
    auto events = co_await log.Pull(5, 10, at.In(seconds(3)));
    CO_ASSERT(events && events->size() == 1);
    EXPECT_EQ(testing::WhatWasTold(events->front()).counter, 1);
  });
}

TEST(EventLog, NumbersEverythingInAClusterWhoseTransactionNumbersBeganAnew) {
  EventScratch bench;
  testing::Play(bench, testing::EventStatements(), [](testing::Bench& at) -> Task<> {
    at.scratch.Sql("UPDATE event_relay SET low_xid = '99999999999'");
    EventLog log("sample", *at.db, nullptr, at.executor());
    EventWriter writer(log, system_clock, system_random);
    auto told = co_await Tell(*at.db, writer, 2);
    EXPECT_TRUE(told);
    auto numbered = co_await log.NumberCommitted();
    EXPECT_EQ(numbered.value_or(0), 1);
  });
}

TEST(EventLog, WakesThoseWhoWait) {
  EventScratch bench;
  testing::Play(bench, testing::EventStatements(), [](testing::Bench& at) -> Task<> {
    EventLog log("sample", *at.db, nullptr, at.executor());
    EventWriter writer(log, system_clock, system_random);
    log.Start();
    for (int i = 0; i < 10; ++i) {
      const SteadyTime start = SteadyClock::now();
      TaskScope scope(at.executor());
      scope.Spawn("tell", TellSlowly(*at.db, writer, 0, milliseconds(5)));
      std::size_t seen = 0;
      while (seen == 0) {
        CO_ASSERT(co_await log.WaitBeyond(i, seconds(5)));
        auto events = co_await log.Pull(i, 10, at.In(seconds(3)));
        seen = events ? events->size() : 0;
      }
      EXPECT_LT(SteadyClock::now() - start, milliseconds(900)) << "woken, not polled";
      co_await scope.Join();
    }
    co_await log.Stop();
    EXPECT_FALSE(co_await log.WaitBeyond(10, seconds(5))) << "stopped";
  });
}

// Reads all positions: they must be 1 … n, and what was seen once must stay.
struct Witness {
  std::map<std::int64_t, std::string> seen;
  void Look(const testing::ScratchDatabase& scratch) {
    std::int64_t expected = 1;
    for (const std::string& row :
         scratch.Sql("SELECT position || ' ' || event_id FROM event_position ORDER BY position")) {
      const std::int64_t position = std::stoll(row);
      const std::string id = row.substr(row.find(' ') + 1);
      ASSERT_EQ(position, expected++) << "a gap";
      const auto [at, fresh] = seen.emplace(position, id);
      if (!fresh) ASSERT_EQ(at->second, id) << "position " << position << " changed";
    }
    ASSERT_GE(expected - 1, static_cast<std::int64_t>(seen.size())) << "a position vanished";
  }
};

Task<> WriteForEver(Database& database, Executor executor, unsigned seed) {
  EventLog log("sample", database, nullptr, executor);
  EventWriter writer(log, system_clock, system_random);
  struct One {
    static Task<> Write(Database& on, EventWriter& with, unsigned number) {
      std::minstd_rand random(number);
      for (;;) {
        (void)co_await Tell(on, with, static_cast<int>(random() % 10), Duration(random() % 4000),
                            random() % 5 == 0);
      }
    }
  };
  TaskScope scope(executor);
  for (unsigned i = 0; i < 3; ++i) scope.Spawn("write", One::Write(database, writer, seed * 7 + i));
  co_await scope.Join();
}

Task<> RelayForEver(Database& database, Executor executor) {
  EventLog log("sample", database, nullptr, executor);
  for (;;) (void)co_await log.NumberCommitted();
}

TEST(EventLog, PositionsHaveNoGapUnderWritersAndRelaysKilledAtRandom) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  EventScratch bench;
  const std::string conninfo = bench.scratch.app_conninfo();
  const auto writer = [&](unsigned number) {
    return testing::Spawn([&] {
      testing::RunInChild(conninfo,
                          [number](Database& db, Executor on) { return WriteForEver(db, on, number); });
    });
  };
  const auto relay = [&] {
    return testing::Spawn([&] {
      testing::RunInChild(conninfo, [](Database& db, Executor on) { return RelayForEver(db, on); });
    });
  };
  std::vector<pid_t> writers{writer(random() % 1000), writer(random() % 1000)}, relays{relay(), relay()};
  Witness witness;
  for (int round = 0; round < 25; ++round) {
    std::this_thread::sleep_for(milliseconds(100 + random() % 250));
    auto& kind = round % 2 == 0 ? writers : relays;
    pid_t& victim = kind[random() % kind.size()];
    testing::Kill(victim);
    victim = round % 2 == 0 ? writer(random() % 1000) : relay();
    witness.Look(bench.scratch);
  }
  for (const pid_t pid : writers) testing::Kill(pid);
  for (const pid_t pid : relays) testing::Kill(pid);

  testing::Play(bench, testing::EventStatements(), [](testing::Bench& at) -> Task<> {
    // Backends of the killed roll back when they notice.
    CO_ASSERT(co_await testing::Eventually([&] {
      return at.scratch
          .Sql("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'")
          .empty();
    }));
    EventLog log("sample", *at.db, nullptr, at.executor());
    for (int more = 1; more > 0;) {
      auto round = co_await log.NumberCommitted();
      CO_ASSERT(round.has_value());
      more = *round;
    }
    std::map<int, int> last;
    std::int64_t after = 0;
    for (;;) {
      auto events = co_await log.Pull(after, 1000, at.In(seconds(5)));
      CO_ASSERT(events.has_value());
      if (events->empty()) break;
      for (const EventRecord& event : *events) {
        EXPECT_EQ(event.position(), ++after);
        const testing::Told told = testing::WhatWasTold(event);
        EXPECT_EQ(told.value, ++last[told.counter]) << "T-REL-04: order of commits per row, none missing";
      }
    }
    EXPECT_GT(after, 200);
    std::printf("%lld events\n", static_cast<long long>(after));
    EXPECT_THAT(at.scratch.Sql("SELECT sum(value) FROM counter"), ElementsAre(std::to_string(after)));
  });
  witness.Look(bench.scratch);
}

TEST(EventLog, StatementsFitTheSchemaAndUseIndexes) {
  testing::ScratchDatabase scratch(event_test_migrations);
  EXPECT_THAT(
      testing::DescribeAll(scratch, StatementTable(EventLog::Statements()).Add(Consumer::Statements())),
      IsEmpty());
}

TEST(Reaches, P28_HelperSideNeverHearsTheInstructorsLane) {
  const UserId me{UuidBytes{1}}, other{UuidBytes{2}};
  const std::vector<GroupId> mine{GroupId{UuidBytes{3}}}, none;
  events::v1::Audience audience;
  audience.add_user_ids(me.ToString());
  audience.add_group_ids(mine[0].ToString());
  audience.set_lane(events::v1::LANE_ALL);
  EXPECT_TRUE(Reaches(audience, me, none, false));
  EXPECT_TRUE(Reaches(audience, other, mine, false));
  EXPECT_FALSE(Reaches(audience, other, none, true));
  EXPECT_FALSE(Reaches(audience, UserId{}, none, true));
  audience.set_lane(events::v1::LANE_INSTRUCTORS);
  EXPECT_FALSE(Reaches(audience, me, mine, false));
  EXPECT_TRUE(Reaches(audience, me, mine, true));
  audience.set_lane(events::v1::LANE_UNSPECIFIED);
  EXPECT_FALSE(Reaches(audience, me, mine, true));
}

}  // namespace aplus::event_log_test
