// Consumers: every event exactly once in effect, whoever dies between effect and acknowledgement.
#include "libs/events/consumer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <stdexcept>
#include <thread>

#include "tests/unit/libs/events/children.h"
#include "tests/unit/libs/events/event_bench.h"

namespace aplus::consumer_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Bench;
using ::testing::ElementsAre;
using testing::EventScratch;
using ::testing::IsEmpty;
using testing::NoteEffect;

SystemClock system_clock;
SystemRandom system_random;

// Events 1 … count, numbered.
Task<bool> Fill(Database& database, EventLog& log, int count) {
  EventWriter writer(log, system_clock, system_random);
  for (int i = 0; i < count; ++i) {
    auto told = co_await database.Transact(
        {.deadline = SteadyClock::now() + seconds(5)},
        [&](Transaction& tx) { return testing::CountAndTell(tx, writer, 0, {}, false); });
    if (!told) co_return false;
  }
  auto numbered = co_await log.NumberCommitted();
  co_return numbered.value_or(0) == count;
}

ConsumerOptions Options() {
  ConsumerOptions options;
  options.name = "effects";
  options.batch = 10;
  options.retry_min = milliseconds(1);
  options.retry_max = milliseconds(5);
  options.poll = milliseconds(50);
  return options;
}

Task<Result<void>> Note(Transaction& tx, const EventRecord& event) {
  return NoteEffect(tx, event.position());
}

std::string Effects(const Bench& bench) {
  return bench.scratch.Sql("SELECT count(*) || ' of ' || count(DISTINCT position) FROM effect").front();
}

TEST(Consumer, HandlesEachEventOnceAndRebuildsFromTheStart) {
  EventScratch bench;
  testing::Play(bench, testing::EventStatements(), [](Bench& at) -> Task<> {
    EventLog log("sample", *at.db, nullptr, at.executor());
    CO_ASSERT(co_await Fill(*at.db, log, 35));
    Consumer consumer(Options(), LocalEvents("sample", log), Note, *at.db, nullptr, at.executor());
    int passed = 0;
    for (int round = 0; round < 6; ++round) {
      auto step = co_await consumer.RunOnce();
      CO_ASSERT(step.has_value());
      passed += *step;
    }
    EXPECT_EQ(passed, 35);
    EXPECT_EQ(Effects(at), "35 of 35");
    EXPECT_EQ(consumer.figures().position, 35);
    EXPECT_EQ(consumer.figures().handled, 35u);

    struct Rebuild {
      static Task<Result<void>> Begin(Transaction& tx, Consumer& of) {
        of.Restart(tx);
        co_return Result<void>{};
      }
    };
    EXPECT_TRUE(
        co_await at.db->Transact(at.Write(), [&](Transaction& tx) { return Rebuild::Begin(tx, consumer); }));
    consumer.Start();
    EXPECT_TRUE(co_await testing::Eventually([&] { return Effects(at) == "70 of 35"; }));
    co_await consumer.Stop();
  });
}

TEST(Consumer, ReplicasShareTheWorkAndNeverDoItTwice) {
  EventScratch bench;
  testing::Play(bench, testing::EventStatements(), [](Bench& at) -> Task<> {
    EventLog log("sample", *at.db, nullptr, at.executor());
    CO_ASSERT(co_await Fill(*at.db, log, 120));
    std::vector<std::unique_ptr<Consumer>> replicas;
    for (int i = 0; i < 3; ++i) {
      replicas.push_back(std::make_unique<Consumer>(Options(), LocalEvents("sample", log), Note, *at.db,
                                                    nullptr, at.executor()));
      replicas.back()->Start();
    }
    EXPECT_TRUE(co_await testing::Eventually([&] { return Effects(at) == "120 of 120"; }));
    for (auto& replica : replicas) co_await replica->Stop();
    EXPECT_EQ(Effects(at), "120 of 120");
  });
}

bool poisonous = true;

Task<Result<void>> NoteUnlessPoison(Transaction& tx, const EventRecord& event) {
  CO_TRY_VOID(co_await NoteEffect(tx, event.position()));
  if (poisonous && event.position() == 5) co_return Fail(Reason::kInternal, "poison");
  if (poisonous && event.position() == 6) throw std::runtime_error("thrown");
  co_return Result<void>{};
}

TEST(Consumer, ParksPoisonAfterTenTriesAndGoesOn) {
  poisonous = true;
  EventScratch bench;
  testing::Play(bench, testing::EventStatements(), [](Bench& at) -> Task<> {
    EventLog log("sample", *at.db, nullptr, at.executor());
    CO_ASSERT(co_await Fill(*at.db, log, 20));
    Consumer consumer(Options(), LocalEvents("sample", log), NoteUnlessPoison, *at.db, nullptr,
                      at.executor());
    std::vector<std::int64_t> alarms;
    consumer.OnParked([&](std::int64_t position, const Error&) { alarms.push_back(position); });
    consumer.Start();
    EXPECT_TRUE(co_await testing::Eventually([&] { return Effects(at) == "18 of 18"; }));
    co_await consumer.Stop();
    EXPECT_THAT(alarms, ElementsAre(5, 6));
    EXPECT_EQ(consumer.figures().parked, 2u);
    EXPECT_THAT(at.scratch.Sql("SELECT position || ' ' || tries FROM event_parked ORDER BY 1"),
                ElementsAre("5 10", "6 10"));

    auto still = co_await consumer.RetryParked(5);
    EXPECT_FALSE(still);
    EXPECT_THAT(at.scratch.Sql("SELECT position FROM event_parked ORDER BY 1"), ElementsAre("5", "6"))
        << "stays parked";
    poisonous = false;
    int noted = 0;
    auto handled = co_await consumer.RetryParked(5, [&noted](Transaction&) { ++noted; });
    EXPECT_EQ(noted, 1);
    EXPECT_TRUE(handled.has_value());
    auto unknown = co_await consumer.RetryParked(5);
    EXPECT_FALSE(unknown);
    EXPECT_EQ(Effects(at), "19 of 19");
  });
}

int down_for = 0;

Task<Result<void>> NoteUnlessDown(Transaction& tx, const EventRecord& event) {
  CO_TRY_VOID(co_await NoteEffect(tx, event.position()));
  if (down_for-- > 0) co_return Fail(Reason::kUnavailable, "another service is down");
  co_return Result<void>{};
}

TEST(Consumer, WhatIsDownIsNoFaultOfTheEvent) {
  down_for = 40;
  EventScratch bench;
  testing::Play(bench, testing::EventStatements(), [](Bench& at) -> Task<> {
    EventLog log("sample", *at.db, nullptr, at.executor());
    CO_ASSERT(co_await Fill(*at.db, log, 12));
    Consumer consumer(Options(), LocalEvents("sample", log), NoteUnlessDown, *at.db, nullptr, at.executor());
    consumer.Start();
    EXPECT_TRUE(co_await testing::Eventually([&] { return Effects(at) == "12 of 12"; }));
    co_await consumer.Stop();
    EXPECT_EQ(consumer.figures().parked, 0u);
  });
}

TEST(Consumer, StoppedAtAnyMomentItLosesAndRepeatsNothing) {
  EventScratch bench;
  testing::Play(bench, testing::EventStatements(), [](Bench& at) -> Task<> {
    EventLog log("sample", *at.db, nullptr, at.executor());
    CO_ASSERT(co_await Fill(*at.db, log, 200));
    for (int round = 0; round < 60 && Effects(at) != "200 of 200"; ++round) {
      Consumer consumer(Options(), LocalEvents("sample", log), Note, *at.db, nullptr, at.executor());
      consumer.Start();
      co_await Sleep(Duration(1000 + round * 700));
      co_await consumer.Stop();
    }
    Consumer last(Options(), LocalEvents("sample", log), Note, *at.db, nullptr, at.executor());
    last.Start();
    EXPECT_TRUE(co_await testing::Eventually([&] { return Effects(at) == "200 of 200"; }));
    co_await last.Stop();
  });
}

Task<> ConsumeForEver(Database& database, Executor executor, Consumer::Handler handler) {
  EventLog log("sample", database, nullptr, executor);
  Consumer consumer(Options(), LocalEvents("sample", log), std::move(handler), database, nullptr, executor);
  for (;;) {
    auto passed = co_await consumer.RunOnce();
    if (!passed || *passed == 0) co_await Sleep(milliseconds(1));
  }
}

// Slow enough to be killed between its effect and the commit that acknowledges it.
Task<Result<void>> NoteSlowly(Transaction& tx, const EventRecord& event) {
  CO_TRY_VOID(co_await NoteEffect(tx, event.position()));
  co_await Sleep(Duration(500));
  co_return Result<void>{};
}

TEST(Consumer, KilledBetweenEffectAndAcknowledgementItIsStillExactlyOnce) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::minstd_rand random(seed);
  EventScratch bench;
  testing::Play(bench, testing::EventStatements(), [](Bench& at) -> Task<> {
    EventLog log("sample", *at.db, nullptr, at.executor());
    CO_ASSERT(co_await Fill(*at.db, log, 1000));
  });
  const std::string conninfo = bench.scratch.app_conninfo();
  int kills = 0;
  const SteadyTime until = SteadyClock::now() + seconds(60);
  while (Effects(bench) != "1000 of 1000" && SteadyClock::now() < until) {
    const pid_t pid = testing::Spawn([&] {
      testing::RunInChild(conninfo,
                          [](Database& db, Executor on) { return ConsumeForEver(db, on, NoteSlowly); });
    });
    std::this_thread::sleep_for(milliseconds(150 + random() % 400));
    testing::Kill(pid);
    ++kills;
  }
  std::printf("%d kills\n", kills);
  EXPECT_GT(kills, 2);
  EXPECT_EQ(Effects(bench), "1000 of 1000");
}

Task<Result<void>> DieOfTheThird(Transaction& tx, const EventRecord& event) {
  CO_TRY_VOID(co_await NoteEffect(tx, event.position()));
  if (event.position() == 3) _exit(9);
  co_return Result<void>{};
}

TEST(Consumer, AnEventThatKillsTheProcessIsParkedToo) {
  EventScratch bench;
  testing::Play(bench, testing::EventStatements(), [](Bench& at) -> Task<> {
    EventLog log("sample", *at.db, nullptr, at.executor());
    CO_ASSERT(co_await Fill(*at.db, log, 6));
  });
  const std::string conninfo = bench.scratch.app_conninfo();
  int deaths = 0;
  for (; deaths < 15 && Effects(bench) != "5 of 5"; ++deaths) {
    const pid_t pid = testing::Spawn([&] {
      testing::RunInChild(conninfo,
                          [](Database& db, Executor on) { return ConsumeForEver(db, on, DieOfTheThird); });
    });
    // Until it dies, or has handled all the others.
    int status = 0;
    while (waitpid(pid, &status, WNOHANG) == 0 && Effects(bench) != "5 of 5")
      std::this_thread::sleep_for(milliseconds(20));
    testing::Kill(pid);
  }
  EXPECT_EQ(Effects(bench), "5 of 5");
  EXPECT_EQ(deaths, 11) << "ten deaths, then it is parked";
  EXPECT_THAT(bench.scratch.Sql("SELECT position || ' ' || tries FROM event_parked"), ElementsAre("3 10"));
}

}  // namespace aplus::consumer_test
