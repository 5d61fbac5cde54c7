// The server crashes and comes back under load: no acknowledged write is lost, and nobody needs to be told.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <set>
#include <thread>

#include "tests/unit/libs/postgres/bench.h"
#include "tests/unit/libs/postgres/private_cluster.h"

namespace aplus::restart_test {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Statement<Affected, std::int64_t> kInsert{"insert", "INSERT INTO fact (id) VALUES ($1)"};
constexpr Statement<std::int64_t> kCount{"count", "SELECT count(*) FROM fact"};

std::set<std::int64_t> Stored(const std::string& conninfo, const char* sql) {
  std::set<std::int64_t> stored;
  PGconn* conn = PQconnectdb(conninfo.c_str());
  PGresult* result = PQexec(conn, sql);
  EXPECT_NE(PQresultStatus(result), PGRES_FATAL_ERROR) << PQresultErrorMessage(result);
  for (int i = 0; i < PQntuples(result); ++i) stored.insert(std::stoll(PQgetvalue(result, i, 0)));
  PQclear(result);
  PQfinish(conn);
  return stored;
}

struct Load {
  testing::PrivateCluster cluster;
  boost::asio::io_context io{1};
  BlockingPool pool{2};
  std::unique_ptr<Database> db;
  bool stop = false;
  std::int64_t next = 1;
  std::set<std::int64_t> acknowledged, refused, unknown;
  SteadyTime last_success{};
};

Task<> Write(Load& load) {
  while (!load.stop) {
    const std::int64_t id = load.next++;
    auto done = co_await load.db->Write({.deadline = SteadyClock::now() + seconds(2)}, kInsert, id);
    if (done) {
      load.acknowledged.insert(id);
      load.last_success = SteadyClock::now();
    } else if (IsCommitUnknown(done.error())) {
      load.unknown.insert(id);
    } else {
      load.refused.insert(id);
      EXPECT_TRUE(done.error().reason == Reason::kUnavailable || done.error().reason == Reason::kTimeout)
          << done.error().diagnostic;
      co_await Sleep(milliseconds(5));
    }
  }
}

Task<> Read(Load& load) {
  while (!load.stop) {
    auto rows = co_await load.db->Query({SteadyClock::now() + seconds(1), {}}, kCount);
    if (!rows) co_await Sleep(milliseconds(5));
    co_await Sleep(milliseconds(1));
  }
}

Task<> OpenLoad(Load& load) {
  DatabaseOptions options;
  options.conninfo = load.cluster.conninfo();
  options.reconnect_max = milliseconds(500);
  options.commit_wait = milliseconds(1500);
  auto opened = co_await Database::Open(std::move(options), Statements(kInsert, kCount),
                                        load.io.get_executor(), load.pool);
  CO_ASSERT(opened.has_value());
  load.db = *std::move(opened);
}

Task<> RestartUnderLoad(Load& load) {
  co_await OpenLoad(load);
  CO_ASSERT(load.db != nullptr);
  TaskScope scope(load.io.get_executor());
  for (int i = 0; i < 12; ++i) scope.Spawn("write", Write(load));
  for (int i = 0; i < 4; ++i) scope.Spawn("read", Read(load));
  for (int round = 0; round < 5; ++round) {
    co_await Sleep(milliseconds(300));
    co_await load.pool.Run([&load] { load.cluster.RestartImmediately(); });
    const SteadyTime back = SteadyClock::now();
    CO_ASSERT(co_await testing::Eventually([&] { return load.last_success > back; }));
    EXPECT_LT(load.last_success - back, seconds(10));
  }
  load.stop = true;
  co_await scope.Join();
  co_await load.db->Close(SteadyClock::now() + seconds(2));
}

TEST(Restart, T_REL_02_NoAcknowledgedWriteIsLost) {
  Load load;
  Stored(load.cluster.conninfo(), "CREATE TABLE fact (id bigint PRIMARY KEY)");
  RunTask(load.io, RestartUnderLoad(load), seconds(120));
  const std::set<std::int64_t> stored = Stored(load.cluster.conninfo(), "SELECT id FROM fact");
  for (const std::int64_t id : load.acknowledged)
    EXPECT_TRUE(stored.contains(id)) << id << " was acknowledged and is lost";
  for (const std::int64_t id : load.refused)
    EXPECT_FALSE(stored.contains(id)) << id << " was refused and stands";
  EXPECT_GT(load.acknowledged.size(), 100u);
  std::printf("acknowledged %zu, refused %zu, unknown %zu\n", load.acknowledged.size(), load.refused.size(),
              load.unknown.size());
}

Task<> FreezeUnderLoad(Load& load) {
  co_await OpenLoad(load);
  CO_ASSERT(load.db != nullptr);
  for (int round = 0; round < 2; ++round) {
    load.cluster.Freeze();
    for (int i = 0; i < 4; ++i) {
      const SteadyTime start = SteadyClock::now();
      auto rows = co_await load.db->Query({SteadyClock::now() + milliseconds(300), {}}, kCount);
      EXPECT_FALSE(rows);
      EXPECT_LT(SteadyClock::now() - start, milliseconds(600))
          << "T-REL-12: within the budget, server silent";
    }
    load.cluster.Thaw();
    const SteadyTime back = SteadyClock::now();
    bool again = false;
    while (!again && SteadyClock::now() - back < seconds(10)) {
      auto rows = co_await load.db->Query({SteadyClock::now() + milliseconds(300), {}}, kCount);
      again = rows.has_value();
    }
    EXPECT_TRUE(again);
  }
  co_await load.db->Close(SteadyClock::now() + seconds(2));
}

TEST(Restart, T_REL_12_AFrozenServerDoesNotHoldItsCallers) {
  Load load;
  Stored(load.cluster.conninfo(), "CREATE TABLE fact (id bigint PRIMARY KEY)");
  RunTask(load.io, FreezeUnderLoad(load), seconds(60));
}

}  // namespace aplus::restart_test
