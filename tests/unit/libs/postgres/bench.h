// Plays one scenario against a fresh database: a coroutine on an io_context of its own. Libraries that stand
// on libs/postgres use it too.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string_view>

#include "libs/postgres/database.h"
#include "libs/postgres/testing/describe.h"
#include "libs/runtime/blocking.h"
#include "libs/runtime/task_scope.h"
#include "tests/support/run_task.h"

// What ASSERT is in a function, in a coroutine.
#define CO_ASSERT(condition)                   \
  if (!(condition)) {                          \
    ADD_FAILURE() << "not so: " << #condition; \
    co_return;                                 \
  }

namespace aplus::testing {

struct Bench {
  explicit Bench(std::string_view schema) : scratch(schema) {}
  explicit Bench(const MigrationTable& table) : scratch(table) {}

  Executor executor() { return io.get_executor(); }
  Deadline In(Duration duration) const { return SteadyClock::now() + duration; }
  ReadContext Read(Duration duration = std::chrono::seconds(3)) const { return {In(duration), {}}; }
  TransactionOptions Write(Duration duration = std::chrono::seconds(3)) const {
    return {.deadline = In(duration)};
  }

  boost::asio::io_context io{1};
  BlockingPool pool{2};
  ScratchDatabase scratch;
  StatementTable statements;
  std::unique_ptr<Database> db;
};

// Waits until `condition` holds, at most thirty seconds; answers whether it does.
inline Task<bool> Eventually(std::function<bool()> condition) {
  const SteadyTime until = SteadyClock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (SteadyClock::now() > until) co_return false;
    co_await Sleep(std::chrono::milliseconds(2));
  }
  co_return true;
}

// Before the database is opened: what its connections take for the clock is the real one and what JumpClock
// adds, as tests/support/database_clock.py does it for whole services.
inline void SimulateClock(const Bench& bench) {
  bench.scratch.Sql(R"sql(
    CREATE SCHEMA simulated;
    CREATE TABLE simulated.shift (by interval NOT NULL);
    INSERT INTO simulated.shift VALUES (interval '0');
    CREATE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
      AS 'SELECT pg_catalog.clock_timestamp() + s.by FROM simulated.shift AS s';
    GRANT USAGE ON SCHEMA simulated TO PUBLIC;
    GRANT SELECT ON simulated.shift TO PUBLIC)sql");
  bench.scratch.Sql("ALTER ROLE " + bench.scratch.app_role() + " IN DATABASE " + bench.scratch.name() +
                    " SET search_path = simulated, pg_catalog, public");
}
inline void JumpClock(const Bench& bench, const std::string& span) {
  bench.scratch.Sql("UPDATE simulated.shift SET by = by + interval '" + span + "'");
}

using Scenario = Task<> (*)(Bench& bench);

inline Task<> PlayOpen(Bench& bench, DatabaseOptions options, Scenario scenario) {
  auto opened = co_await Database::Open(std::move(options), bench.statements, bench.executor(), bench.pool);
  if (!opened) {
    ADD_FAILURE() << opened.error().diagnostic;
    co_return;
  }
  bench.db = *std::move(opened);
  std::exception_ptr thrown;
  try {
    co_await scenario(bench);
  } catch (...) {
    thrown = std::current_exception();
  }
  co_await bench.db->Close(bench.In(std::chrono::seconds(2)));
  bench.db.reset();
  if (thrown) std::rethrow_exception(thrown);
}

// Opens the database with the statements, plays, closes; nothing may be left running.
inline void Play(Bench& bench, const StatementTable& statements, Scenario scenario,
                 const std::function<void(DatabaseOptions&)>& tune = {},
                 Duration limit = std::chrono::seconds(60)) {
  bench.statements = statements;
  DatabaseOptions options = bench.scratch.options();
  options.connect_timeout = std::chrono::seconds(20);  // sanitizers on a busy machine
  if (tune) tune(options);
  RunTask(bench.io, PlayOpen(bench, std::move(options), scenario), limit);
}

}  // namespace aplus::testing
