// Audited reads: no audit, no answer; and what shares a commit shares no fate.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/libs/postgres/bench.h"

namespace aplus::audited_lane_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Bench;

constexpr std::string_view kSchema = R"sql(
  CREATE FUNCTION aplus_user_id() RETURNS uuid LANGUAGE sql STABLE
    RETURN NULLIF(current_setting('aplus.user_id', true), '')::uuid;
  CREATE TABLE paper (id bigint PRIMARY KEY, owner uuid NOT NULL, body text NOT NULL);
  INSERT INTO paper SELECT i, ('00000000-0000-7000-8000-' || lpad(i::text, 12, '0'))::uuid, 'body ' || i
    FROM generate_series(1, 200) AS i;
  ALTER TABLE paper ENABLE ROW LEVEL SECURITY;
  ALTER TABLE paper FORCE ROW LEVEL SECURITY;
  CREATE POLICY own ON paper USING (owner = aplus_user_id());
  CREATE TABLE line (reader uuid NOT NULL, paper bigint NOT NULL, shown bool NOT NULL, note text NOT NULL CHECK (note <> ''));
  GRANT SELECT ON paper TO :app_role;
  GRANT INSERT ON line TO :app_role;
)sql";

struct PaperRow {
  std::int64_t id;
  std::string body;
};
constexpr Statement<PaperRow, std::int64_t> kPaper{"paper", "SELECT id, body FROM paper WHERE id = $1",
                                                   Touches::kContents};
constexpr Statement<std::int64_t, std::int64_t> kDivide{"divide", "SELECT 1000 / $1"};
constexpr Statement<Affected, UserId, std::int64_t, bool, std::string> kLine{
    "line", "INSERT INTO line (reader, paper, shown, note) VALUES ($1, $2, $3, $4)"};

StatementTable All() { return Statements(kPaper, kDivide, kLine); }

UserId User(std::int64_t number) {
  const std::string digits = std::to_string(number);
  return *UserId::Parse("00000000-0000-7000-8000-" + std::string(12 - digits.size(), '0') + digits);
}

// Reads a paper as `user`; a divisor of 0 makes the second read fail, an empty note the line.
Task<Result<std::string>> Open(Bench& bench, std::int64_t user, std::int64_t paper, std::int64_t divisor = 1,
                               std::string note = "opened") {
  auto decide = [user, paper, note](const std::vector<PaperRow>& papers,
                                    const std::vector<std::int64_t>&) -> Audited<std::string> {
    const bool shown = !papers.empty();
    return {shown ? Result<std::string>(papers.front().body) : Fail(Reason::kNotFound),
            Bind(kLine, User(user), paper, shown, note).statement};
  };
  return bench.db->AuditedRead({bench.In(seconds(5)), {.user = User(user)}}, decide, Bind(kPaper, paper),
                               Bind(kDivide, divisor));
}

struct Tally {
  int good = 0, hidden = 0, invalid = 0, impossible = 0, unavailable = 0, other = 0;
};

Task<> OpenTask(Bench& bench, std::int64_t user, std::int64_t paper, std::int64_t divisor, std::string note,
                Tally* tally) {
  auto body = co_await Open(bench, user, paper, divisor, note);
  if (body && *body == "body " + std::to_string(paper) && user == paper) {
    ++tally->good;
  } else if (!body && body.error().reason == Reason::kNotFound) {
    ++tally->hidden;
  } else if (!body && body.error().reason == Reason::kInvalidArgument) {
    ++tally->invalid;
  } else if (!body && body.error().reason == Reason::kImpossible) {
    ++tally->impossible;
  } else if (!body && body.error().reason == Reason::kUnavailable) {
    ++tally->unavailable;
  } else {
    ++tally->other;
  }
}

std::string Lines(const Bench& bench, const std::string& where) {
  return bench.scratch.Sql("SELECT count(*) FROM line WHERE " + where).front();
}

TEST(AuditedLane, CallersOfAMomentShareOneCommit) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    Tally tally;
    TaskScope scope(at.executor());
    for (int i = 1; i <= 60; ++i)
      scope.Spawn("open", OpenTask(at, i, i % 3 == 0 ? i + 1 : i, 1, "opened", &tally));
    co_await scope.Join();
    EXPECT_EQ(tally.good, 40);
    EXPECT_EQ(tally.hidden, 20);
    EXPECT_EQ(at.db->figures().audited_commits, 1u);
    EXPECT_EQ(Lines(at, "shown"), "40");
    EXPECT_EQ(Lines(at, "NOT shown"), "20") << "a refused read leaves its line too";
  });
}

TEST(AuditedLane, AFailureRunsEachCallerAgainAlone) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    for (int round = 0; round < 3; ++round) {
      Tally tally;
      TaskScope scope(at.executor());
      for (int i = 1; i <= 40; ++i) {
        const std::int64_t divisor = round == 0 && i % 10 == 0 ? 0 : 1;
        scope.Spawn("open", OpenTask(at, i, i, divisor, round == 1 && i % 8 == 0 ? "" : "opened", &tally));
      }
      co_await scope.Join();
      EXPECT_EQ(tally.invalid, round == 0 ? 4 : 0);
      EXPECT_EQ(tally.impossible, round == 1 ? 5 : 0) << "its line was refused: no audit, no answer";
      EXPECT_EQ(tally.good, 40 - tally.invalid - tally.impossible);
    }
    EXPECT_EQ(Lines(at, "shown"), std::to_string(36 + 35 + 40)) << "one line each, however often it ran";
  });
}

TEST(AuditedLane, NoAuditNoAnswer_T_AUD_03) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    at.scratch.Sql("REVOKE INSERT ON line FROM " + at.scratch.app_role());
    Tally tally;
    TaskScope scope(at.executor());
    for (int i = 1; i <= 20; ++i) scope.Spawn("open", OpenTask(at, i, i, 1, "opened", &tally));
    co_await scope.Join();
    EXPECT_EQ(tally.good, 0);
    EXPECT_EQ(tally.other, 20);
  });
}

TEST(AuditedLane, RefusesContentsWithoutPrincipal) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    auto decide = [](const std::vector<PaperRow>&) -> Audited<int> {
      return {1, Bind(kLine, UserId{}, 1, true, "x").statement};
    };
    auto answer = co_await at.db->AuditedRead(at.Read(), decide, Bind(kPaper, 1));
    CO_ASSERT(!answer);
    EXPECT_EQ(answer.error().reason, Reason::kInternal);
  });
}

TEST(AuditedLane, CancelledCallersGetNeitherAnswerNorLine) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    int answered = 0;
    for (int round = 0; round < 60; ++round) {
      Tally cancelled, kept;
      TaskScope one(at.executor()), other(at.executor());
      for (int i = 1; i <= 5; ++i) {
        one.Spawn("open", OpenTask(at, i, i, 1, "cancelled", &cancelled));
        other.Spawn("open", OpenTask(at, i, i, 1, "kept", &kept));
      }
      co_await Sleep(Duration(round * 40));
      co_await one.Stop();
      co_await other.Join();
      EXPECT_EQ(kept.good, 5);
      answered += cancelled.good;
    }
    EXPECT_EQ(Lines(at, "note = 'kept'"), "300");
    // Cancelled between decision and commit, a line may stand for what was then not shown; never the reverse.
    EXPECT_GE(std::stoi(Lines(at, "note = 'cancelled'")), answered);
  });
}

TEST(AuditedLane, SurvivesConnectionsKilledUnderIt) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    int good = 0;
    for (int round = 0; round < 6; ++round) {
      Tally tally;
      TaskScope scope(at.executor());
      for (int i = 1; i <= 100; ++i) scope.Spawn("open", OpenTask(at, i, i, 1, "opened", &tally));
      for (int i = 0; i < round; ++i) co_await YieldToOthers();
      at.scratch.Sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
          "AND application_name = 'aplus'");
      co_await scope.Join();
      EXPECT_EQ(tally.good + tally.unavailable, 100);
      good += tally.good;
      CO_ASSERT(co_await testing::Eventually([&] { return at.db->IsReady(); }));
    }
    EXPECT_GT(good, 0);
    EXPECT_GE(std::stoi(Lines(at, "shown")), good);
  });
}

TEST(AuditedLane, KeepsTheDeadline) {
  Bench bench(kSchema);
  testing::Play(bench, All(), [](Bench& at) -> Task<> {
    at.scratch.Sql(
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(9); RETURN "
        "NEW; "
        "END $$; CREATE TRIGGER slow BEFORE INSERT ON line FOR EACH ROW EXECUTE FUNCTION slow()");
    const SteadyTime start = SteadyClock::now();
    auto decide = [](const std::vector<PaperRow>&) -> Audited<int> {
      return {1, Bind(kLine, UserId{}, 1, true, "x").statement};
    };
    auto answer =
        co_await at.db->AuditedRead({at.In(milliseconds(300)), {.user = User(1)}}, decide, Bind(kPaper, 1));
    CO_ASSERT(!answer);
    EXPECT_EQ(answer.error().reason, Reason::kTimeout);
    EXPECT_LT(SteadyClock::now() - start, milliseconds(800));
  });
}

}  // namespace aplus::audited_lane_test
