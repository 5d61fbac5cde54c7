// The trail: lines stand with their act, nobody changes them, they are chained and signed, found, and
// forgotten.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audit_test_migrations.h"
#include "libs/audit/audit_trail.h"
#include "libs/audit/sealing.h"
#include "libs/audit/verify/database_reader.h"
#include "libs/base/bytes.h"
#include "tests/unit/libs/audit/audit_bench.h"

namespace aplus::audit_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::AuditScratch;
using testing::Bench;
using ::testing::ElementsAre;
using testing::FillTrail;
using ::testing::IsEmpty;
using testing::SampleEntry;

std::vector<Checkpoint> shipped;

audit::VerifyReport Verify(const Bench& bench, std::vector<Checkpoint> heads) {
  PGconn* conn = PQconnectdb(bench.scratch.superuser_conninfo().c_str());
  auto report = audit::VerifyDatabase(
      conn, std::string(testing::kChain),
      audit::ChainVerifier(std::string(testing::kChain), testing::TestKeys(), std::move(heads)), 0);
  PQfinish(conn);
  if (!report) ADD_FAILURE() << report.error().diagnostic;
  return report.value_or(audit::VerifyReport{});
}

Task<Result<void>> RecordAndFail(Transaction& tx) {
  CO_TRY_VOID(co_await testing::RecordOne(tx, 1));
  co_return Fail(Reason::kImpossible);
}

TEST(AuditTrail, P90_ALineStandsWithItsActOrNotAtAll) {
  AuditScratch bench;
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    auto refused = co_await at.db->Transact(at.Write(), [](Transaction& tx) { return RecordAndFail(tx); });
    EXPECT_FALSE(refused);
    EXPECT_THAT(at.scratch.Sql("SELECT count(*) FROM audit_entry"), ElementsAre("0"));
    for (int i = 0; i < 12; ++i) {
      EXPECT_TRUE(
          co_await at.db->Transact(at.Write(), [i](Transaction& tx) { return testing::RecordOne(tx, i); }));
    }
    auto found = co_await SearchAudit(*at.db, at.Read(), {});
    CO_ASSERT(found && found->size() == 12);
    for (int i = 0; i < 12; ++i) {
      AuditRecord expected = (*found)[static_cast<std::size_t>(11 - i)];
      expected.entry = SampleEntry(i);
      EXPECT_EQ(CanonicalAudit((*found)[static_cast<std::size_t>(11 - i)]), CanonicalAudit(expected))
          << "every field as it was";
    }
  });
}

TEST(AuditTrail, TheAppRoleCanNeitherChangeNorRemoveALine) {
  AuditScratch bench;
  for (const std::string table : {"audit_entry", "audit_seal", "audit_checkpoint", "audit_base"}) {
    for (const std::string right : {"UPDATE", "DELETE", "TRUNCATE"}) {
      EXPECT_THAT(bench.scratch.Sql("SELECT has_table_privilege('" + bench.scratch.app_role() + "', '" +
                                    table + "', '" + right + "')"),
                  ElementsAre("f"))
          << right << " on " << table;
    }
  }
}

TEST(AuditTrail, A14_SearchPagesThroughWhatTheFilterFinds) {
  AuditScratch bench;
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    for (int i = 0; i < 60; ++i) {
      EXPECT_TRUE(
          co_await at.db->Transact(at.Write(), [i](Transaction& tx) { return testing::RecordOne(tx, i); }));
    }
    const AuditEntry sample = SampleEntry(1);
    // Every combination: each is a way in of its own, or narrows one.
    for (unsigned way = 0; way < 24; ++way) {
      AuditFilter filter;
      filter.limit = 3;
      if ((way & 1U) != 0) filter.actor = sample.actor;
      if ((way & 2U) != 0) filter.object = sample.object;
      if ((way & 4U) != 0) filter.operation = sample.operation;
      if (way / 8 == 1) filter.outcome = AuditOutcome::kAllowed;
      if (way / 8 == 2) filter.outcome = AuditOutcome::kRefused;
      std::size_t expected = 0;
      for (int i = 0; i < 60; ++i) {
        const AuditEntry entry = SampleEntry(i);
        if ((!filter.actor || entry.actor == filter.actor) &&
            (!filter.object || entry.object == filter.object) &&
            (filter.operation.empty() || entry.operation == filter.operation) &&
            (!filter.outcome || entry.outcome == *filter.outcome)) {
          ++expected;
        }
      }
      std::vector<AuditRecord> all;
      for (;;) {
        auto page = co_await SearchAudit(*at.db, at.Read(), filter);
        CO_ASSERT(page.has_value());
        if (page->empty()) break;
        all.insert(all.end(), page->begin(), page->end());
        filter.after = all.back();
      }
      EXPECT_EQ(all.size(), expected) << "way " << way;
      for (std::size_t i = 1; i < all.size(); ++i) {
        EXPECT_TRUE(std::tie(all[i].at, all[i].id) < std::tie(all[i - 1].at, all[i - 1].id))
            << "newest first";
      }
    }
    AuditFilter none;
    none.until = Time{} + seconds(1);
    auto nothing = co_await SearchAudit(*at.db, at.Read(), none);
    EXPECT_TRUE(nothing && nothing->empty());
  });
}

TEST(AuditTrail, P103_AnOperatorSignsWhatHeDoes) {
  unsetenv("APLUS_OPERATOR");
  EXPECT_EQ(OperatorLine("end-sessions").signed_by, "operator");
  setenv("APLUS_OPERATOR", "claude\n\x1b[31m\xc3\xa9", 1);
  const AuditEntry line = OperatorLine("end-sessions");
  EXPECT_EQ(line.signed_by, "operator claude[31m") << "printable and nothing else";
  EXPECT_EQ(line.actor_kind, AuditActor::kSystem);
  EXPECT_EQ(line.operation, "end-sessions");
  setenv("APLUS_OPERATOR", std::string(500, 'x').c_str(), 1);
  EXPECT_EQ(OperatorLine("").signed_by.size(), std::string_view("operator ").size() + 80);
  unsetenv("APLUS_OPERATOR");
}

TEST(AuditSealer, TheLastHeadIsTheOneThatWasShipped) {
  AuditScratch bench;
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    const Deadline deadline = SteadyClock::now() + seconds(10);
    auto none = co_await LastCheckpoint(*at.db, std::string(testing::kChain), deadline);
    EXPECT_TRUE(none && !none->has_value());
    std::vector<Checkpoint> shipped;
    CO_ASSERT(co_await testing::FillTrail(*at.db, at.executor(), 6, 3, &shipped));
    auto last = co_await LastCheckpoint(*at.db, std::string(testing::kChain), deadline);
    CO_ASSERT(last && last->has_value());
    EXPECT_EQ(CheckpointJson(**last), CheckpointJson(shipped.back()));
  });
}

TEST(AuditChain, HasTheDocumentedForm) {
  AuditRecord record;
  record.id = *AuditId::Parse("018f0000-0000-7000-8000-000000000001");
  record.at = Time{Duration{1'778'600'000'123'456}};
  record.entry = SampleEntry(3);
  EXPECT_EQ(CanonicalAudit(record),
            "aplus-audit-1\n"
            "id:36:018f0000-0000-7000-8000-000000000001\n"
            "at:16:1778600000123456\n"
            "actor_kind:6:system\n"
            "actor:0:\n"
            "signed_by:20:Zoé \"O'Neil\"\n:3:abc\n"
            "session:8:0a1b2c3d\n"
            "address:11:2001:db8::7\n"
            "operation:2:R4\n"
            "object_kind:7:request\n"
            "object:36:00000000-0000-7000-8000-0000000003eb\n"
            "outcome:7:allowed\n"
            "reason:0:\n"
            "policy:1:3\n"
            "request_id:5:req-3\n");
}

TEST(AuditChain, HeadsSurviveTheirTripAndMalformedOnesAreRefused) {
  Checkpoint head;
  head.chain = "requests";
  head.kind = Checkpoint::Kind::kBase;
  head.position = 77;
  head.hash[3] = 9;
  head.at = Time{Duration{1'778'600'000'123'456}};
  head.key_id = "2026a";
  head.signature = std::string(64, '\xfe');
  const std::string json = CheckpointJson(head);
  const auto back = ParseCheckpointJson(json);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(CheckpointText(*back), CheckpointText(head));
  EXPECT_EQ(back->signature, head.signature);
  for (std::size_t length = 0; length < json.size(); ++length) {
    EXPECT_FALSE(ParseCheckpointJson(json.substr(0, length)).has_value());
  }
  std::string other = json;
  other.replace(other.find("base"), 4, "case");
  EXPECT_FALSE(ParseCheckpointJson(other).has_value());
}

TEST(AuditSealer, ChainsEachLineOnceWhileOthersWriteAndTwoSealersRun) {
  AuditScratch bench;
  shipped.clear();
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    SealerOptions often = testing::SealingInto(&shipped);
    often.checkpoint_lines = 20;
    AuditSealer one(often, *at.db, at.executor()), two(often, *at.db, at.executor());
    one.Start();
    two.Start();
    for (int round = 0; round < 40; ++round) {
      for (int i = 0; i < 4; ++i) {
        EXPECT_TRUE(co_await at.db->Transact(
            at.Write(), [=](Transaction& tx) { return testing::RecordOne(tx, round * 4 + i); }));
      }
    }
    EXPECT_TRUE(co_await testing::Eventually(
        [&] { return at.scratch.Sql("SELECT count(*) FROM audit_seal").front() == "160"; }));
    co_await one.Stop();
    co_await two.Stop();
    EXPECT_EQ(one.figures().sealed + two.figures().sealed, 160u);
    EXPECT_TRUE(co_await one.WriteCheckpoint(true));
    // How many lines a round finds is up to the machine; the last checkpoint covers all.
    EXPECT_GE(shipped.size(), 1u);
    const auto report = Verify(at, shipped);
    EXPECT_THAT(report.problems, IsEmpty());
    EXPECT_EQ(report.lines, 160);
    EXPECT_EQ(report.proven, 160);
  });
}

TEST(AuditSealer, ALineThatCommitsLateIsChainedLate) {
  AuditScratch bench;
  shipped.clear();
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    AuditSealer sealer(testing::SealingInto(&shipped), *at.db, at.executor());
    auto first =
        co_await at.db->Transact(at.Write(), [](Transaction& tx) { return testing::RecordOne(tx, 1); });
    EXPECT_TRUE(first);
    TaskScope scope(at.executor());
    scope.Spawn("late", at.pool.Run([&at] {
      at.scratch.Sql(
          "BEGIN; INSERT INTO audit_entry (id, actor_kind, signed_by, session, address, operation, "
          "object_kind, "
          "outcome, reason, policy, request_id) VALUES (gen_random_uuid(), 0, '', '', '', 'LATE', '', 0, '', "
          "1, ''); "
          "SELECT pg_sleep(0.6); COMMIT");
    }));
    CO_ASSERT(co_await testing::Eventually([&] {
      return !at.scratch
                  .Sql(
                      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = "
                      "'PgSleep'")
                  .empty();
    }));
    int early = 0;
    for (int i = 0; i < 3; ++i) {
      EXPECT_TRUE(
          co_await at.db->Transact(at.Write(), [](Transaction& tx) { return testing::RecordOne(tx, 2); }));
      auto sealed = co_await sealer.SealCommitted();
      early += sealed.value_or(0);
    }
    EXPECT_EQ(early, 4);
    co_await scope.Join();
    auto late = co_await sealer.SealCommitted();
    EXPECT_EQ(late.value_or(0), 1);
    EXPECT_THAT(at.scratch.Sql("SELECT s.position FROM audit_seal s JOIN audit_entry e ON e.id = s.audit_id "
                               "WHERE operation = 'LATE'"),
                ElementsAre("5"));
    EXPECT_TRUE(co_await sealer.WriteCheckpoint(true));
    EXPECT_THAT(Verify(at, shipped).problems, IsEmpty());
  });
}

TEST(AuditSealer, P53_ForgetsAfterAYearAndTheRestStillVerifies) {
  AuditScratch bench;
  shipped.clear();
  testing::Play(bench, testing::AuditStatements(), [](Bench& at) -> Task<> {
    // What is to look old is written old, by the superuser; the chain is made over it as it stands.
    at.scratch.Sql(
        "ALTER TABLE audit_entry ALTER COLUMN at SET DEFAULT clock_timestamp() - interval '13 months'");
    CO_ASSERT(co_await FillTrail(*at.db, at.executor(), 20, 10, &shipped));
    at.scratch.Sql("ALTER TABLE audit_entry ALTER COLUMN at SET DEFAULT clock_timestamp()");
    CO_ASSERT(co_await FillTrail(*at.db, at.executor(), 20, 10, &shipped));
    AuditSealer sealer(testing::SealingInto(&shipped), *at.db, at.executor());
    auto gone = co_await sealer.ForgetOld();
    EXPECT_EQ(gone.value_or(-1), 20);
    auto again = co_await sealer.ForgetOld();
    EXPECT_EQ(again.value_or(-1), 0);
    EXPECT_THAT(at.scratch.Sql("SELECT count(*) || ' ' || min(position) FROM audit_seal"),
                ElementsAre("20 21"));
    const auto report = Verify(at, shipped);
    EXPECT_THAT(report.problems, IsEmpty());
    EXPECT_EQ(report.first, 21);
    EXPECT_EQ(report.last, 40);
    // A younger line is not forgotten, whatever base somebody puts in.
    at.scratch.Sql(
        "INSERT INTO audit_base SELECT 30, hash, clock_timestamp(), 'x', decode(repeat('00', 64), 'hex') "
        "FROM audit_seal WHERE position = 30");
    auto forged = co_await sealer.ForgetOld();
    EXPECT_EQ(forged.value_or(-1), 0);
    EXPECT_FALSE(Verify(at, shipped).problems.empty());
  });
}

TEST(AuditSealer, T_TTL_04_ForgetsNothingByAClockThatJumped) {
  AuditScratch bench;
  shipped.clear();
  testing::SimulateClock(bench);
  testing::Play(bench, testing::AuditStatements().Add(ClockGuard::Statements()), [](Bench& at) -> Task<> {
    at.scratch.Sql(
        "ALTER TABLE audit_entry ALTER COLUMN at SET DEFAULT clock_timestamp() - interval '13 months'");
    CO_ASSERT(co_await FillTrail(*at.db, at.executor(), 20, 10, &shipped));
    Metrics metrics;
    ClockGuard guard(*at.db, "sample", metrics);
    CO_ASSERT((co_await guard.IsSane()).value_or(false));
    testing::JumpClock(at, "2 hours");
    AuditSealer guarded(Guarded(testing::SealingInto(&shipped), guard), *at.db, at.executor());
    auto gone = co_await guarded.ForgetOld();
    EXPECT_EQ(gone.value_or(-1), 0);
    EXPECT_THAT(at.scratch.Sql("SELECT count(*) FROM audit_base"), ElementsAre("0"));
    AuditSealer released(testing::SealingInto(&shipped), *at.db, at.executor());
    gone = co_await released.ForgetOld();
    EXPECT_EQ(gone.value_or(-1), 20);
  });
}

TEST(AuditTrail, StatementsFitTheSchemaAndUseIndexes) {
  testing::ScratchDatabase scratch(audit_test_migrations);
  EXPECT_THAT(testing::DescribeAll(scratch, testing::AuditStatements()), IsEmpty());
}

}  // namespace aplus::audit_test
