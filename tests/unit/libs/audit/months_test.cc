// The trail's months: made ahead by a job on which no write depends, moved into, emptied and dropped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "audit_test_migrations.h"
#include "libs/audit/verify/database_reader.h"
#include "tests/unit/libs/audit/audit_bench.h"

namespace aplus::audit_months_test {

using std::chrono::milliseconds;
using testing::AuditScratch;
using testing::Bench;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::RecordOne;

std::vector<Checkpoint> shipped;

SealerOptions Sealing() {
  SealerOptions options = testing::SealingInto(&shipped);
  options.months_ahead = 2;
  return options;
}

std::vector<std::string> Problems(const Bench& bench) {
  PGconn* conn = PQconnectdb(bench.scratch.superuser_conninfo().c_str());
  auto report = audit::VerifyDatabase(
      conn, std::string(testing::kChain),
      audit::ChainVerifier(std::string(testing::kChain), testing::TestKeys(), shipped), 0);
  PQfinish(conn);
  if (!report) return {report.error().diagnostic};
  return report->problems;
}

// The tables in which the lines lie.
std::vector<std::string> Places(const Bench& bench) {
  return bench.scratch.Sql("SELECT DISTINCT tableoid::regclass::text FROM audit_entry ORDER BY 1");
}

std::vector<std::string> Months(const Bench& bench) {
  return bench.scratch.Sql(
      "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_entry'::regclass "
      "AND inhrelid <> 'audit_entry_rest'::regclass ORDER BY 1");
}

std::string MonthName(const Bench& bench, const std::string& interval) {
  return bench.scratch
      .Sql("SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC' + interval '" + interval +
           "', '\"audit_entry_\"YYYYMM')")
      .front();
}

void DropMonths(const Bench& bench) {
  for (const std::string& month : Months(bench)) bench.scratch.Sql("DROP TABLE " + month);
}

Task<bool> Record(Bench* at, int number) {
  auto recorded =
      co_await at->db->Transact(at->Write(), [number](Transaction& tx) { return RecordOne(tx, number); });
  co_return recorded.has_value();
}

TEST(AuditMonths, AreMadeAheadAndLinesFallIntoTheirs) {
  AuditScratch bench;
  shipped.clear();
  EXPECT_EQ(Months(bench).size(), 4u) << "this month and three more, by the migration";
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    EXPECT_TRUE(co_await Record(&at, 1));
    EXPECT_THAT(Places(at), ElementsAre(MonthName(at, "0 days")));
    SealerOptions options = Sealing();
    options.months_ahead = 6;
    AuditSealer sealer(options, *at.db, at.executor());
    auto made = co_await sealer.KeepMonths();
    EXPECT_EQ(made.value_or(-1), 3);
    auto again = co_await sealer.KeepMonths();
    EXPECT_EQ(again.value_or(-1), 0);
    EXPECT_EQ(Months(at).size(), 7u);
  });
}

TEST(AuditMonths, AWriteNeverFailsBecauseTheJobDidNotRun) {
  AuditScratch bench;
  shipped.clear();
  DropMonths(bench);
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    AuditSealer sealer(Sealing(), *at.db, at.executor());
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(co_await Record(&at, i));
    EXPECT_THAT(Places(at), ElementsAre("audit_entry_rest"));
    // Sealed where they lie, and still the same chain once they have moved.
    auto sealed = co_await sealer.SealCommitted();
    EXPECT_EQ(sealed.value_or(-1), 10);
    auto made = co_await sealer.KeepMonths();
    EXPECT_EQ(made.value_or(-1), 3);
    EXPECT_THAT(Places(at), ElementsAre(MonthName(at, "0 days")));
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(co_await Record(&at, i));
    sealed = co_await sealer.SealCommitted();
    EXPECT_EQ(sealed.value_or(-1), 10);
    EXPECT_TRUE((co_await sealer.WriteCheckpoint(true)).value_or(false));
    EXPECT_THAT(Problems(at), IsEmpty());
    EXPECT_THAT(at.scratch.Sql("SELECT count(*) FROM audit_entry"), ElementsAre("20"));
  });
}

struct Writing {
  static Task<> Go(Bench* at, int writer, bool* going, int* written, int* failed) {
    for (int i = 0; *going; ++i) {
      if (co_await Record(at, writer * 1000 + i)) {
        ++*written;
      } else {
        ++*failed;
      }
    }
  }
};

// Two replicas make months again and again under writers; nobody fails and nothing is lost.
TEST(AuditMonths, AreMadeUnderWritersByTwoAtOnce) {
  AuditScratch bench;
  shipped.clear();
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    bool going = true;
    int written = 0, failed = 0, made = 0;
    TaskScope writers(at.executor());
    for (int i = 0; i < 3; ++i) writers.Spawn("writer", Writing::Go(&at, i, &going, &written, &failed));
    struct Keep {
      static Task<> Months(AuditSealer* sealer, int* made) {
        const auto result = co_await sealer->KeepMonths();
        EXPECT_TRUE(result) << (result ? "" : result.error().diagnostic);
        *made += result.value_or(0);
      }
    };
    for (int round = 4; round < 9; ++round) {
      // The writers' clock is a month further than the job has prepared for.
      const std::string ahead = std::to_string(round) + " months";
      co_await at.pool.Run([&at, ahead] {
        at.scratch.Sql("ALTER TABLE audit_entry ALTER COLUMN at SET DEFAULT clock_timestamp() + interval '" +
                       ahead + "'");
      });
      const int before = written;
      CO_ASSERT(co_await testing::Eventually([&] { return written > before + 20; }));
      EXPECT_THAT(Places(at), ::testing::Contains("audit_entry_rest"));
      SealerOptions options = Sealing();
      options.months_ahead = round;
      AuditSealer one(options, *at.db, at.executor()), two(options, *at.db, at.executor());
      TaskScope makers(at.executor());
      makers.Spawn("one", Keep::Months(&one, &made));
      makers.Spawn("two", Keep::Months(&two, &made));
      co_await makers.Join();
      EXPECT_THAT(Places(at), ::testing::Contains(MonthName(at, ahead)));
      EXPECT_THAT(Places(at), ::testing::Not(::testing::Contains("audit_entry_rest")));
      EXPECT_TRUE(co_await one.SealCommitted());
    }
    going = false;
    co_await writers.Join();
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(made, 5) << "once a round";
    EXPECT_THAT(at.scratch.Sql("SELECT count(*) FROM audit_entry"), ElementsAre(std::to_string(written)));
    AuditSealer one(Sealing(), *at.db, at.executor());
    while ((co_await one.SealCommitted()).value_or(0) > 0) {
    }
    EXPECT_THAT(Problems(at), IsEmpty());
  });
}

TEST(AuditMonths, P53_EmptiedMonthsAreDroppedAndFilledOnesStay) {
  AuditScratch bench;
  shipped.clear();
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    const auto make = [&](const std::string& ago) {
      at.scratch.Sql(
          "SELECT audit_make_month(date_trunc('month', clock_timestamp() AT TIME ZONE 'UTC' - interval '" +
          ago + "')::date)");
    };
    const auto write_as_of = [&](const std::string& ago) {
      at.scratch.Sql("ALTER TABLE audit_entry ALTER COLUMN at SET DEFAULT clock_timestamp() - interval '" +
                     ago + "'");
    };
    make("15 months");
    make("14 months");
    make("11 months");
    write_as_of("14 months");
    CO_ASSERT(co_await testing::FillTrail(*at.db, at.executor(), 20, 10, &shipped));
    write_as_of("11 months");
    CO_ASSERT(co_await testing::FillTrail(*at.db, at.executor(), 20, 10, &shipped));
    write_as_of("0 days");
    AuditSealer sealer(Sealing(), *at.db, at.executor());
    {
      const auto kept = co_await sealer.KeepMonths();
      EXPECT_TRUE(kept) << (kept ? "" : kept.error().diagnostic);
    }
    const std::string old = MonthName(at, "-14 months"), young = MonthName(at, "-11 months");
    EXPECT_THAT(Months(at), ::testing::Not(::testing::Contains(MonthName(at, "-15 months")))) << "was empty";
    EXPECT_THAT(Months(at), ::testing::IsSupersetOf({old, young})) << "a month with lines stays";
    auto gone = co_await sealer.ForgetOld();
    EXPECT_EQ(gone.value_or(-1), 20);
    {
      const auto kept = co_await sealer.KeepMonths();
      EXPECT_TRUE(kept) << (kept ? "" : kept.error().diagnostic);
    }
    EXPECT_THAT(Months(at), ::testing::Not(::testing::Contains(old)));
    EXPECT_THAT(Months(at), ::testing::Contains(young));
    EXPECT_THAT(Problems(at), IsEmpty());
  });
}

// Whoever holds a lock on the trail for long costs the job a round, and writers nothing.
TEST(AuditMonths, TheJobGivesWay) {
  AuditScratch bench;
  shipped.clear();
  DropMonths(bench);
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    EXPECT_TRUE(co_await Record(&at, 1));
    AuditSealer sealer(Sealing(), *at.db, at.executor());
    TaskScope reader(at.executor());
    reader.Spawn("reader", at.pool.Run([&at] {
      at.scratch.Sql("BEGIN; SELECT count(*) FROM audit_entry; SELECT pg_sleep(4); COMMIT");
    }));
    CO_ASSERT(co_await testing::Eventually([&] {
      return !at.scratch
                  .Sql(
                      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = "
                      "'PgSleep'")
                  .empty();
    }));
    const SteadyTime began = SteadyClock::now();
    auto refused = co_await sealer.KeepMonths();
    EXPECT_FALSE(refused);
    EXPECT_LT(SteadyClock::now() - began, milliseconds(3500));
    EXPECT_TRUE(co_await Record(&at, 2));
    co_await reader.Join();
    auto made = co_await sealer.KeepMonths();
    EXPECT_EQ(made.value_or(-1), 3);
    EXPECT_THAT(at.scratch.Sql("SELECT count(*) FROM " + MonthName(at, "0 days")), ElementsAre("2"));
  });
}

TEST(AuditMonths, TheAppRoleReachesNoMonthByItsName) {
  AuditScratch bench;
  std::vector<std::string> tables = Months(bench);
  tables.push_back("audit_entry_rest");
  for (const std::string& table : tables) {
    for (const std::string right : {"SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"}) {
      EXPECT_THAT(bench.scratch.Sql("SELECT has_table_privilege('" + bench.scratch.app_role() + "', '" +
                                    table + "', '" + right + "')"),
                  ElementsAre("f"))
          << right << " on " << table;
    }
  }
  EXPECT_THAT(bench.scratch.Sql("SELECT has_function_privilege('" + bench.scratch.app_role() +
                                "', 'audit_make_month(date)', 'EXECUTE')"),
              ElementsAre("f"))
      << "months of its own choice";
}

// What stood before there were months: the same lines, the same order, the same chain.
TEST(AuditMonths, TheMigrationCarriesTheTrailOver) {
  std::vector<Migration> before;
  for (const Migration& migration : audit_test_migrations.migrations) {
    if (migration.set != "audit" || migration.number < 2) before.push_back(migration);
  }
  ASSERT_LT(before.size(), audit_test_migrations.migrations.size());
  Bench bench(MigrationTable{before});
  shipped.clear();
  bench.scratch.Sql(
      "INSERT INTO audit_entry (id, at, actor_kind, signed_by, session, address, operation, object_kind, "
      "outcome, reason, "
      "policy, request_id) SELECT gen_random_uuid(), clock_timestamp() - n * interval '20 days', 0, '', '', "
      "'', 'R1', '', 0, "
      "'', 1, n::text FROM generate_series(1, 30) AS n");
  const std::string digest =
      "SELECT md5(string_agg(e::text, '|' ORDER BY seq)) FROM (SELECT id, seq, xid, at, actor_kind, actor, "
      "signed_by, session, "
      "address, operation, object_kind, object_id, outcome, reason, policy, request_id FROM audit_entry) AS "
      "e";
  const auto as_it_was = bench.scratch.Sql(digest);
  const auto migrated = Migrate(bench.scratch.migrate_options(), audit_test_migrations);
  ASSERT_TRUE(migrated) << migrated.error().diagnostic;
  EXPECT_EQ(bench.scratch.Sql(digest), as_it_was);
  EXPECT_THAT(Places(bench), Each(::testing::MatchesRegex("audit_entry_[0-9]+")));
  EXPECT_GT(Places(bench).size(), 15u);
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    EXPECT_TRUE(co_await Record(&at, 1));
    EXPECT_THAT(at.scratch.Sql("SELECT request_id FROM audit_entry ORDER BY seq DESC LIMIT 1"),
                ElementsAre("req-1"));
    AuditSealer sealer(Sealing(), *at.db, at.executor());
    auto sealed = co_await sealer.SealCommitted();
    EXPECT_EQ(sealed.value_or(-1), 31);
    EXPECT_THAT(Problems(at), IsEmpty());
  });
}

}  // namespace aplus::audit_months_test
