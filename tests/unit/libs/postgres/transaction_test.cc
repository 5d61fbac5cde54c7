// Transactions: all or nothing, whatever happens to the caller, the connection or the server meanwhile.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/libs/postgres/bench.h"

namespace aplus::transaction_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Bench;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// COMMIT of a transaction that wrote into slow_commit takes a second, which makes time for accidents.
constexpr std::string_view kSchema = R"sql(
  CREATE TABLE item (id bigint PRIMARY KEY, name text CONSTRAINT item_name_key UNIQUE, tries int NOT NULL DEFAULT 0);
  CREATE TABLE child (item_id bigint NOT NULL CONSTRAINT child_item_fkey REFERENCES item DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE slow_commit (id bigint PRIMARY KEY);
  CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
  CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON slow_commit DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION slowly();
  GRANT SELECT, INSERT, UPDATE ON item, child, slow_commit TO :app_role;
)sql";

constexpr Statement<Affected, std::int64_t, std::string> kInsert{"insert",
                                                                 "INSERT INTO item VALUES ($1, $2)"};
constexpr Statement<Affected, std::int64_t> kInsertChild{"insert_child", "INSERT INTO child VALUES ($1)"};
constexpr Statement<Affected, std::int64_t> kInsertSlow{"insert_slow", "INSERT INTO slow_commit VALUES ($1)"};
constexpr Statement<std::int64_t> kCount{"count", "SELECT count(*) FROM item"};
constexpr Statement<std::string, std::int64_t> kLock{"lock",
                                                     "SELECT name FROM item WHERE id = $1 FOR UPDATE"};
constexpr Statement<Affected, std::int64_t> kTouch{"touch",
                                                   "UPDATE item SET tries = tries + 1 WHERE id = $1"};
constexpr Statement<std::int64_t, double> kSleep{"sleep", "SELECT count(*) FROM pg_sleep($1)"};
constexpr Statement<std::int32_t> kPid{"pid", "SELECT pg_backend_pid()"};
constexpr Statement<std::string> kUser{"user", "SELECT current_setting('aplus.user_id', true)",
                                       Touches::kContents};

StatementTable All() {
  return Statements(kInsert, kInsertChild, kInsertSlow, kCount, kLock, kTouch, kSleep, kPid, kUser);
}

std::vector<std::string> Items(const Bench& bench) {
  return bench.scratch.Sql("SELECT id FROM item ORDER BY id");
}

// A transaction that nobody of ours holds open any more.
bool NothingOpen(const Bench& bench) {
  return bench.scratch
      .Sql(
          "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
          "pg_backend_pid() AND state <> 'idle'")
      .empty();
}

Task<Result<std::int64_t>> InsertTwo(Transaction& tx, std::int64_t first) {
  auto one = tx.Send(kInsert, first, "a" + std::to_string(first));
  auto two = tx.Send(kInsert, first + 1, "b" + std::to_string(first));
  CO_TRY(Affected a, co_await one.Await());
  CO_TRY(Affected b, co_await two.Await());
  co_return a.rows + b.rows;
}

TEST(Transact, CommitsWhatItsBodyDid) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    auto done = co_await at.db->Transact(at.Write(), [](Transaction& tx) { return InsertTwo(tx, 1); });
    CO_ASSERT(done.has_value());
    EXPECT_EQ(*done, 2);
    EXPECT_THAT(Items(at), ElementsAre("1", "2"));
    // A job may have no deadline at all; its statements keep to the lane's limits.
    auto written = co_await at.db->Write({.deadline = SteadyTime::max()}, kInsert, 3, "c");
    CO_ASSERT(written.has_value());
    EXPECT_EQ(written->rows, 1);
    EXPECT_EQ(at.db->figures().transactions, 2u);
    auto count = co_await at.db->QueryOne({SteadyTime::max(), {}}, kCount);
    EXPECT_TRUE(count && *count == 3);
  });
}

Task<Result<void>> InsertThenRefuse(Transaction& tx) {
  CO_TRY(Affected a, co_await tx.Run(kInsert, 1, "a"));
  EXPECT_EQ(a.rows, 1);
  co_return Fail(Reason::kImpossible);
}

Task<Result<void>> InsertThenThrow(Transaction& tx) {
  CO_TRY(Affected a, co_await tx.Run(kInsert, 1, "a"));
  EXPECT_EQ(a.rows, 1);
  throw std::runtime_error("thrown");
}

Task<Result<void>> QueueAndForget(Transaction& tx) {
  tx.Send(kInsert, 1, "a");
  tx.Send(kInsert, 2, "a");  // breaks item_name_key
  tx.Send(kInsert, 3, "c");
  co_return Result<void>{};
}

Task<Result<void>> FailAndGoOn(Transaction& tx) {
  auto first = co_await tx.Run(kInsert, 1, "a");
  auto second = co_await tx.Run(kInsert, 1, "b");
  EXPECT_FALSE(second);
  auto third = co_await tx.Run(kInsert, 2, "c");
  EXPECT_FALSE(third) << "doomed";
  if (!third) EXPECT_TRUE(IsConstraint(third.error(), "item_pkey"));
  co_return Result<void>{};  // says that all went well
}

TEST(Transact, RollsBackOnErrorExceptionAndForgottenFailure) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    auto refused = co_await at.db->Transact(at.Write(), [](Transaction& tx) { return InsertThenRefuse(tx); });
    CO_ASSERT(!refused);
    EXPECT_EQ(refused.error().reason, Reason::kImpossible);

    bool thrown = false;
    try {
      (void)co_await at.db->Transact(at.Write(), [](Transaction& tx) { return InsertThenThrow(tx); });
    } catch (const std::runtime_error&) {
      thrown = true;
    }
    EXPECT_TRUE(thrown);

    auto queued = co_await at.db->Transact(at.Write(), [](Transaction& tx) { return QueueAndForget(tx); });
    CO_ASSERT(!queued);
    EXPECT_EQ(queued.error().reason, Reason::kConflict);
    EXPECT_TRUE(IsConstraint(queued.error(), "item_name_key"));
    EXPECT_FALSE(IsConstraint(queued.error(), "item_name"));

    auto doomed = co_await at.db->Transact(at.Write(), [](Transaction& tx) { return FailAndGoOn(tx); });
    CO_ASSERT(!doomed);
    EXPECT_EQ(doomed.error().reason, Reason::kConflict);

    auto deferred = co_await at.db->Write(at.Write(), kInsertChild, 77);
    CO_ASSERT(!deferred);
    EXPECT_EQ(deferred.error().reason, Reason::kImpossible);
    EXPECT_FALSE(IsCommitUnknown(deferred.error())) << "COMMIT was answered: with a refusal";

    EXPECT_THAT(Items(at), IsEmpty());
    EXPECT_EQ(at.db->figures().connects, 8u) << "every connection went home clean";
  });
}

Task<Result<std::string>> WhoAmI(Transaction& tx) {
  CO_TRY(auto user, co_await tx.RunOne(kUser));
  co_return user.value_or("");
}

TEST(Transact, RunsInItsPrincipalsNameAndNoLonger) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    const UserId user = *UserId::Parse("00000000-0000-7000-8000-000000000001");
    TransactionOptions named = at.Write();
    named.principal.user = user;
    auto who = co_await at.db->Transact(named, [](Transaction& tx) { return WhoAmI(tx); });
    CO_ASSERT(who.has_value());
    EXPECT_EQ(*who, user.ToString());
    auto nobody = co_await at.db->Transact(at.Write(), [](Transaction& tx) { return WhoAmI(tx); });
    CO_ASSERT(!nobody);
    EXPECT_EQ(nobody.error().reason, Reason::kInternal);
    TransactionOptions system = at.Write();
    system.principal = DbPrincipal::System();
    auto none = co_await at.db->Transact(system, [](Transaction& tx) { return WhoAmI(tx); });
    CO_ASSERT(none.has_value());
    EXPECT_EQ(*none, "");
  });
}

Task<Result<void>> Nap(Transaction& tx, double naps) {
  tx.Send(kInsert, 1, "a");
  auto slept = co_await tx.Run(kSleep, naps);
  if (!slept) co_return Fail(slept.error());
  co_return Result<void>{};
}

TEST(Transact, KeepsTheDeadlineInTheMiddle) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    const SteadyTime start = SteadyClock::now();
    auto late =
        co_await at.db->Transact(at.Write(milliseconds(250)), [](Transaction& tx) { return Nap(tx, 30); });
    CO_ASSERT(!late);
    EXPECT_EQ(late.error().reason, Reason::kTimeout);
    EXPECT_LT(SteadyClock::now() - start, milliseconds(700));
    EXPECT_TRUE(co_await testing::Eventually([&] { return NothingOpen(at); }));
    EXPECT_THAT(Items(at), IsEmpty());
  });
}

Task<> NapTask(Bench& bench) {
  auto slept =
      co_await bench.db->Transact(bench.Write(seconds(30)), [](Transaction& tx) { return Nap(tx, 2.5); });
  EXPECT_TRUE(slept) << "not cancelled";
}

TEST(Transact, CancelledCallersGiveTheirConnectionBack) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    for (int round = 0; round < 10; ++round) {
      TaskScope scope(at.executor());
      for (int i = 0; i < 5; ++i) scope.Spawn("nap", NapTask(at));
      co_await Sleep(milliseconds(round * 5));
      co_await scope.Stop();
      // The statement is cancelled on the server rather than waited for.
      EXPECT_TRUE(co_await testing::Eventually([&] { return NothingOpen(at); }));
    }
    EXPECT_THAT(Items(at), IsEmpty());
    EXPECT_EQ(at.db->figures().connects, 8u) << "no connection had to be thrown away";
    auto after = co_await at.db->Write(at.Write(), kInsert, 1, "a");
    EXPECT_TRUE(after.has_value());
  });
}

struct Outcome {
  bool answered = false, committed = false;
};

Task<> InsertReporting(Bench& bench, std::int64_t id, Outcome* outcome) {
  auto done = co_await bench.db->Transact(bench.Write(seconds(10)),
                                          [id](Transaction& tx) { return InsertTwo(tx, id); });
  outcome->answered = true;
  outcome->committed = done.has_value();
}

TEST(Transact, CancelledAtEveryMomentIsAllOrNothing) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    std::int64_t id = 1;
    int committed = 0, cut = 0;
    for (int pause = 0; pause < 3000; pause += 20) {
      Outcome outcome;
      TaskScope scope(at.executor());
      scope.Spawn("insert", InsertReporting(at, id, &outcome));
      co_await Sleep(Duration(pause));
      co_await scope.Stop();
      const auto rows = at.scratch.Sql("SELECT count(*) FROM item WHERE id IN (" + std::to_string(id) + ", " +
                                       std::to_string(id + 1) + ")");
      if (outcome.answered) {
        EXPECT_TRUE(outcome.committed);
        EXPECT_THAT(rows, ElementsAre("2")) << "acknowledged after " << pause << " us";
        ++committed;
      } else {
        EXPECT_THAT(rows, ElementsAre("0")) << "cut after " << pause << " us, yet it stands";
        ++cut;
      }
      id += 2;
    }
    EXPECT_GT(committed, 0);
    EXPECT_GT(cut, 0);
    EXPECT_EQ(at.db->figures().unknown_commits, 0u);
  });
}

Task<> InsertSlowly(Bench& bench, std::int64_t id, Outcome* outcome, Error* error) {
  auto done = co_await bench.db->Write(bench.Write(seconds(10)), kInsertSlow, id);
  outcome->answered = true;
  outcome->committed = done.has_value();
  if (!done) *error = done.error();
}

bool Committing(const Bench& bench) {
  return !bench.scratch
              .Sql(
                  "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'COMMIT' "
                  "AND wait_event = 'PgSleep'")
              .empty();
}

TEST(Transact, CancellationNeverCutsBetweenCommitAndItsAnswer) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    Outcome outcome;
    Error error;
    TaskScope scope(at.executor());
    scope.Spawn("slow", InsertSlowly(at, 1, &outcome, &error));
    CO_ASSERT(co_await testing::Eventually([&] { return Committing(at); }));
    co_await scope.Stop();
    EXPECT_TRUE(outcome.answered);
    EXPECT_TRUE(outcome.committed);
    EXPECT_THAT(at.scratch.Sql("SELECT id FROM slow_commit"), ElementsAre("1"));
  });
}

TEST(Transact, SaysThatTheOutcomeIsUnknownWhenCommitsAnswerIsLost) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    Outcome outcome;
    Error error;
    TaskScope scope(at.executor());
    scope.Spawn("slow", InsertSlowly(at, 1, &outcome, &error));
    CO_ASSERT(co_await testing::Eventually([&] { return Committing(at); }));
    at.scratch.Sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
        "query = 'COMMIT'");
    co_await scope.Join();
    EXPECT_FALSE(outcome.committed);
    EXPECT_EQ(error.reason, Reason::kUnavailable);
    EXPECT_TRUE(IsCommitUnknown(error)) << error.diagnostic;
    EXPECT_EQ(at.db->figures().unknown_commits, 1u);
  });
}

TEST(Transact, ACommitThatHangsIsUnknownInTheEnd) {
  Bench bench(kSchema);
  testing::Play(
      bench, All(),
      [](Bench& at) -> Task<> {
        auto done = co_await at.db->Write(at.Write(milliseconds(400)), kInsertSlow, 1);
        CO_ASSERT(!done);
        EXPECT_TRUE(IsCommitUnknown(done.error()) || done.error().reason == Reason::kTimeout)
            << done.error().diagnostic;
      },
      [](DatabaseOptions& options) { options.commit_wait = milliseconds(200); });
}

// Where in its body a transaction stands when its connection is killed.
Task<Result<void>> KilledAt(Transaction& tx, Bench& bench, int step) {
  const auto kill = [&bench](std::int32_t pid) {
    bench.scratch.Sql("SELECT pg_terminate_backend(" + std::to_string(pid) + ", 5000)");
  };
  CO_TRY(auto pid, co_await tx.RunOne(kPid));
  if (step == 0) kill(*pid);
  tx.Send(kInsert, 1, "a");
  if (step == 1) kill(*pid);
  CO_TRY(auto count, co_await tx.RunOne(kCount));
  EXPECT_EQ(*count, 1);
  if (step == 2) kill(*pid);
  tx.Send(kInsert, 2, "b");
  if (step == 3) kill(*pid);
  co_return Result<void>{};
}

TEST(Transact, AConnectionKilledAtAnyStepCommitsNothingAndIsReplaced) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    for (int step = 0; step < 4; ++step) {
      auto done =
          co_await at.db->Transact(at.Write(), [&](Transaction& tx) { return KilledAt(tx, at, step); });
      CO_ASSERT(!done);
      EXPECT_EQ(done.error().reason, Reason::kUnavailable) << "step " << step;
      EXPECT_THAT(Items(at), IsEmpty()) << "step " << step;
      CO_ASSERT(co_await testing::Eventually([&] { return at.db->IsReady(); }));
    }
    auto after = co_await at.db->Transact(at.Write(), [&](Transaction& tx) { return KilledAt(tx, at, 4); });
    EXPECT_TRUE(after.has_value());
    EXPECT_THAT(Items(at), ElementsAre("1", "2"));
  });
}

Task<Result<void>> Cross(Transaction& tx, std::int64_t first, std::int64_t second, Event* met, int* arrived) {
  CO_TRY_VOID(co_await tx.RunOne(kLock, first));
  if (++*arrived == 2) met->Set();
  co_await met->WaitFor(seconds(1));
  CO_TRY(Affected touched, co_await tx.Run(kTouch, second));
  EXPECT_EQ(touched.rows, 1);
  co_return Result<void>{};
}

struct Crossing {
  explicit Crossing(Executor executor) : met(executor) {}
  Event met;
  int arrived = 0, good = 0, unavailable = 0;
  bool repeatable = true;
};

Task<> CrossTask(Bench& bench, std::int64_t first, std::int64_t second, Crossing* crossing) {
  TransactionOptions options = bench.Write(seconds(10));
  options.repeatable = crossing->repeatable;
  auto done = co_await bench.db->Transact(
      options, [&](Transaction& tx) { return Cross(tx, first, second, &crossing->met, &crossing->arrived); });
  if (done) ++crossing->good;
  if (!done && done.error().reason == Reason::kUnavailable) ++crossing->unavailable;
}

TEST(Transact, RepeatsADeadlockOnlyWhenTheBodyMayRunTwice) {
  Bench bench(kSchema);
  testing::Play(
      bench, All(),
      [](Bench& at) -> Task<> {
        at.scratch.Sql("INSERT INTO item VALUES (1, 'a'), (2, 'b')");
        at.scratch.Sql("ALTER DATABASE " + at.scratch.name() + " SET deadlock_timeout = '20ms'");
        for (const bool repeatable : {true, false}) {
          // New sessions learn the setting.
          at.scratch.Sql(
              "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
              "AND application_name = 'aplus'");
          CO_ASSERT(co_await testing::Eventually([&] { return !at.db->IsReady(); }));
          CO_ASSERT(co_await testing::Eventually([&] { return at.db->IsReady(); }));
          Crossing crossing(at.executor());
          crossing.repeatable = repeatable;
          TaskScope scope(at.executor());
          scope.Spawn("one", CrossTask(at, 1, 2, &crossing));
          scope.Spawn("two", CrossTask(at, 2, 1, &crossing));
          co_await scope.Join();
          EXPECT_EQ(crossing.good, repeatable ? 2 : 1);
          EXPECT_EQ(crossing.unavailable, repeatable ? 0 : 1);
        }
        EXPECT_EQ(at.db->figures().retries, 1u);
        EXPECT_THAT(at.scratch.Sql("SELECT sum(tries) FROM item"), ElementsAre("3"));
      },
      [](DatabaseOptions& options) { options.lock_timeout = seconds(2); });
}

Task<Result<void>> Touch(Transaction& tx, std::int64_t id) {
  auto touched = co_await tx.Run(kTouch, id);
  if (!touched) co_return Fail(touched.error());
  co_return Result<void>{};
}

Task<Result<void>> HoldLock(Transaction& tx, Event* held, Event* release) {
  CO_TRY_VOID(co_await tx.RunOne(kLock, 1));
  held->Set();
  co_await release->Wait();
  co_return Result<void>{};
}

Task<> HoldLockTask(Bench& bench, Event* held, Event* release) {
  auto done = co_await bench.db->Transact(bench.Write(seconds(20)),
                                          [&](Transaction& tx) { return HoldLock(tx, held, release); });
  EXPECT_TRUE(done.has_value());
}

Task<Result<std::int64_t>> SleepIn(Transaction& tx) {
  CO_TRY(auto slept, co_await tx.RunOne(kSleep, 2.9));
  co_return *slept;
}

Task<> SleepTask(Bench& bench) {
  auto slept =
      co_await bench.db->Transact(bench.Write(seconds(10)), [](Transaction& tx) { return SleepIn(tx); });
  EXPECT_TRUE(slept) << "not cancelled";
}

TEST(Transact, WaitsForLocksAndLeasesNoLongerThanItSays) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    at.scratch.Sql("INSERT INTO item VALUES (1, 'a')");
    Event held(at.executor()), release(at.executor());
    TaskScope scope(at.executor());
    scope.Spawn("holder", HoldLockTask(at, &held, &release));
    co_await held.Wait();
    auto locked = co_await at.db->Transact(at.Write(), [](Transaction& tx) { return Touch(tx, 1); });
    CO_ASSERT(!locked);
    EXPECT_EQ(locked.error().reason, Reason::kTimeout) << locked.error().diagnostic;

    // Four more hold the other leases.
    TaskScope more(at.executor());
    for (int i = 0; i < 4; ++i) more.Spawn("sleep", SleepTask(at));
    CO_ASSERT(co_await testing::Eventually([&] {
      return at.scratch
                 .Sql(
                     "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = "
                     "'PgSleep'")
                 .size() == 4;
    }));
    const SteadyTime start = SteadyClock::now();
    auto waiting = co_await at.db->Write(at.Write(), kInsert, 9, "z");
    CO_ASSERT(!waiting);
    EXPECT_EQ(waiting.error().reason, Reason::kUnavailable);
    EXPECT_TRUE(waiting.error().retry_after_seconds.has_value());
    EXPECT_GE(SteadyClock::now() - start, milliseconds(450));
    co_await more.Stop();
    release.Set();
    co_await scope.Join();
  });
}

TEST(CloseDatabase, LetsRunningTransactionsEndAndRefusesNewOnes) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    Outcome outcome;
    Error error;
    TaskScope scope(at.executor());
    scope.Spawn("slow", InsertSlowly(at, 1, &outcome, &error));
    CO_ASSERT(co_await testing::Eventually([&] { return Committing(at); }));
    co_await at.db->Close(at.In(seconds(5)));
    co_await scope.Join();
    EXPECT_TRUE(outcome.committed);
    auto refused = co_await at.db->Write(at.Write(), kInsert, 1, "a");
    CO_ASSERT(!refused);
    EXPECT_EQ(refused.error().reason, Reason::kUnavailable);
    auto unread = co_await at.db->Query(at.Read(), kCount);
    EXPECT_FALSE(unread);
  });
}

}  // namespace aplus::transaction_test
