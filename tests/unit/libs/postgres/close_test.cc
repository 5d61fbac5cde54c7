// A database closed at any moment under everything that may run on it: each caller gets an answer or an error
// and nobody waits for ever; what was acknowledged stands, what was refused does not.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "tests/unit/libs/postgres/bench.h"

namespace aplus::close_test {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Bench;

constexpr std::string_view kSchema =
    "CREATE TABLE fact (id bigint PRIMARY KEY, half boolean NOT NULL);"
    "CREATE TABLE line (id bigint PRIMARY KEY);"
    "GRANT SELECT, INSERT, UPDATE ON fact, line TO :app_role;";

constexpr Statement<std::int64_t> kCount{"count", "SELECT count(*) FROM fact"};
constexpr Statement<Affected, std::int64_t> kInsert{"insert",
                                                    "INSERT INTO fact (id, half) VALUES ($1, true)"};
constexpr Statement<Affected, std::int64_t> kWhole{"whole", "UPDATE fact SET half = false WHERE id = $1"};
constexpr Statement<Affected, std::int64_t> kLine{"line", "INSERT INTO line (id) VALUES ($1)"};

struct Load {
  Database* db = nullptr;
  std::int64_t* next = nullptr;
  std::set<std::int64_t>*acknowledged = nullptr, *refused = nullptr, *lines = nullptr, *no_lines = nullptr;
  bool stop = false;
};

// Errors that a closing database may give.
void ExpectClosing(const Error& error) {
  EXPECT_TRUE(error.reason == Reason::kUnavailable || error.reason == Reason::kTimeout) << error.diagnostic;
}

Task<Result<void>> InsertInHalves(Transaction& tx, std::int64_t id) {
  CO_TRY_VOID(co_await tx.Run(kInsert, id));
  CO_TRY_VOID(co_await tx.RunOne(kCount));
  tx.Send(kWhole, id);
  co_return Result<void>();
}

Task<> Transacting(Load* load) {
  while (!load->stop) {
    const std::int64_t id = ++*load->next;
    auto done = co_await load->db->Transact({.deadline = SteadyClock::now() + seconds(2)},
                                            [id](Transaction& tx) { return InsertInHalves(tx, id); });
    if (done) {
      load->acknowledged->insert(id);
    } else {
      ExpectClosing(done.error());
      if (!IsCommitUnknown(done.error())) load->refused->insert(id);
      co_await Sleep(milliseconds(1));
    }
  }
}

Task<> Reading(Load* load) {
  while (!load->stop) {
    auto rows = co_await load->db->Query({SteadyClock::now() + seconds(2), {}}, kCount);
    if (rows) continue;
    ExpectClosing(rows.error());
    co_await Sleep(milliseconds(1));
  }
}

Audited<std::int64_t> Shown(std::int64_t id, std::int64_t count) {
  return {.answer = count, .line = Bind(kLine, id).statement};
}

Task<> Auditing(Load* load) {
  while (!load->stop) {
    const std::int64_t id = ++*load->next;
    auto shown = co_await load->db->AuditedRead(
        {SteadyClock::now() + seconds(2), {}},
        [id](const std::vector<std::int64_t>& count) { return Shown(id, count.front()); }, Bind(kCount));
    if (shown) {
      load->lines->insert(id);
    } else {
      ExpectClosing(shown.error());
      if (!IsCommitUnknown(shown.error())) load->no_lines->insert(id);
      co_await Sleep(milliseconds(1));
    }
  }
}

TEST(CloseDatabase, AtAnyMomentUnderLoadEveryoneIsAnsweredAndNothingHalfStands) {
  static unsigned seed;
  seed = std::random_device{}();
  SCOPED_TRACE(seed);
  Bench bench(kSchema);
  static std::set<std::int64_t> acknowledged, refused, lines, no_lines;
  for (auto* each : {&acknowledged, &refused, &lines, &no_lines}) each->clear();
  testing::Play(
      bench, Statements(kCount, kInsert, kWhole, kLine),
      [](Bench& at) -> Task<> {
        std::mt19937 random(seed);
        std::int64_t next = 0;
        for (int round = 0; round < 25; ++round) {
          auto opened = co_await Database::Open(at.scratch.options(), at.statements, at.executor(), at.pool);
          CO_ASSERT(opened.has_value());
          const std::unique_ptr<Database> db = *std::move(opened);
          Load load{db.get(), &next, &acknowledged, &refused, &lines, &no_lines};
          TaskScope callers(at.executor());
          for (int i = 0; i < 8; ++i) callers.Spawn("transact", Transacting(&load));
          for (int i = 0; i < 6; ++i) callers.Spawn("read", Reading(&load));
          for (int i = 0; i < 4; ++i) callers.Spawn("audited", Auditing(&load));
          co_await Sleep(Duration(random() % 30'000));
          // Patient, or not at all.
          const SteadyTime began = SteadyClock::now();
          co_await db->Close(began + milliseconds(round % 2 == 0 ? 2000 : 0));
          EXPECT_LT(SteadyClock::now() - began, seconds(3));
          co_await Sleep(milliseconds(3));
          load.stop = true;
          co_await callers.Join();
        }
      },
      {}, seconds(120));
  const auto stored = [&](const std::string& sql) {
    std::set<std::int64_t> ids;
    for (const std::string& id : bench.scratch.Sql(sql)) ids.insert(std::stoll(id));
    return ids;
  };
  const auto facts = stored("SELECT id FROM fact"), told = stored("SELECT id FROM line");
  EXPECT_TRUE(std::ranges::includes(facts, acknowledged)) << "acknowledged and lost";
  EXPECT_TRUE(std::ranges::includes(told, lines)) << "shown without its line";
  for (const std::int64_t id : refused) EXPECT_FALSE(facts.contains(id)) << id << " was refused and stands";
  for (const std::int64_t id : no_lines)
    EXPECT_FALSE(told.contains(id)) << id << " was refused and has a line";
  EXPECT_THAT(bench.scratch.Sql("SELECT count(*) FROM fact WHERE half"), ::testing::ElementsAre("0"));
  EXPECT_GT(acknowledged.size(), 100u);
  EXPECT_GT(lines.size(), 50u);
}

}  // namespace aplus::close_test
