// Opening a database: what does not fit the schema, or cannot connect, is said at start-up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/libs/postgres/bench.h"

namespace aplus::open_test {

using testing::Bench;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kSchema = R"sql(
  CREATE TABLE thing (
    id    uuid PRIMARY KEY,
    name  text NOT NULL,
    count integer NOT NULL DEFAULT 0,
    at    timestamptz
  );
  CREATE TABLE small (code text);
  GRANT SELECT, INSERT ON thing TO :app_role;
  GRANT SELECT ON small TO :app_role;
)sql";

struct ThingRow {
  UuidBytes id;
  std::string name;
  std::optional<Time> at;
};
constexpr Statement<ThingRow, UuidBytes> kFind{"find", "SELECT id, name, at FROM thing WHERE id = $1"};
constexpr Statement<ThingRow> kWrongColumn{"wrong_column", "SELECT id, count, at FROM thing"};
constexpr Statement<ThingRow> kTooFew{"too_few", "SELECT id, name FROM thing"};
constexpr Statement<std::string, std::int64_t> kNoSuch{"no_such", "SELECT nome FROM thing WHERE count = $1"};
constexpr Statement<std::string, std::string> kWrongParameter{"wrong_parameter",
                                                              "SELECT name FROM thing WHERE id = $1"};
constexpr Statement<std::string, std::string> kByName{"by_name",
                                                      "SELECT id::text FROM thing WHERE name = $1"};
constexpr Statement<std::string> kSmall{"small", "SELECT code FROM small"};
constexpr Statement<Affected, UuidBytes> kForbidden{"forbidden", "DELETE FROM thing WHERE id = $1"};

Task<> OpenAndExpectFailure(Bench& bench, DatabaseOptions options, StatementTable statements, Reason reason,
                            std::string text) {
  auto opened =
      co_await Database::Open(std::move(options), std::move(statements), bench.executor(), bench.pool);
  CO_ASSERT(!opened);
  EXPECT_EQ(opened.error().reason, reason);
  EXPECT_THAT(opened.error().diagnostic, HasSubstr(text));
}

TEST(OpenDatabase, RefusesStatementsThatDoNotFitTheSchema) {
  Bench bench(kSchema);
  const auto expect = [&](const StatementTable& table, const std::string& text) {
    SCOPED_TRACE(text);
    RunTask(bench.io, OpenAndExpectFailure(bench, bench.scratch.options(), table, Reason::kInternal, text));
  };
  expect(Statements(kFind, kWrongColumn), "statement wrong_column: column 2 (count)");
  expect(Statements(kTooFew), "too_few: answers 2 columns");
  expect(Statements(kNoSuch), "no_such");
  expect(Statements(kWrongParameter), "wrong_parameter");
}

TEST(OpenDatabase, GivesUpWhenNobodyAnswers) {
  Bench bench(kSchema);
  DatabaseOptions options;
  options.conninfo = "host=127.0.0.1 port=1 dbname=x user=y";
  options.connect_timeout = std::chrono::milliseconds(400);
  RunTask(bench.io, OpenAndExpectFailure(bench, std::move(options), {}, Reason::kUnavailable, ""));
  DatabaseOptions unknown;
  unknown.conninfo = "host=no-such-host.invalid dbname=x user=y";
  unknown.connect_timeout = std::chrono::milliseconds(400);
  RunTask(bench.io, OpenAndExpectFailure(bench, std::move(unknown), {}, Reason::kUnavailable, ""));
  DatabaseOptions broken;
  broken.conninfo = "host='unfinished password=secret";
  RunTask(bench.io,
          OpenAndExpectFailure(bench, std::move(broken), {}, Reason::kInternal, "cannot be parsed"));
}

TEST(OpenDatabase, TakesTheFirstOfSeveralHostsThatAnswers) {
  Bench bench(kSchema);
  testing::Play(
      bench, Statements(kFind),
      [](Bench& at) -> Task<> {
        auto row = co_await at.db->QueryOne(at.Read(), kFind, UuidBytes{});
        EXPECT_TRUE(row.has_value() && !row->has_value());
      },
      [](DatabaseOptions& options) {
        const auto find = [&](const std::string& key) {
          const std::size_t at = options.conninfo.find(key + "=") + key.size() + 1;
          return options.conninfo.substr(at, options.conninfo.find(' ', at) - at);
        };
        options.conninfo += " host=127.0.0.1," + find("host") + " port=1," + find("port");
      });
}

TEST(OpenDatabase, SeveralCanBeCancelledWhileTheyOpen) {
  Bench bench(kSchema);
  RunTask(bench.io, [](Bench& at) -> Task<> {
    for (int pause = 0; pause < 40; pause += 2) {
      TaskScope scope(at.executor());
      scope.Spawn("open", OpenAndExpectFailure(at, at.scratch.options(), {}, Reason::kCancelled, ""));
      co_await Sleep(std::chrono::milliseconds(pause));
      co_await scope.Stop();
    }
  }(bench));
}

TEST(DescribeAll, NamesWhatDoesNotFitAndWhatReadsWholeTables) {
  testing::ScratchDatabase scratch(kSchema);
  EXPECT_THAT(testing::DescribeAll(scratch, Statements(kFind)), IsEmpty());
  EXPECT_THAT(testing::DescribeAll(scratch, Statements(kByName)),
              ::testing::ElementsAre(HasSubstr("by_name: sequential scan of thing")));
  EXPECT_THAT(testing::DescribeAll(scratch, Statements(kSmall)), SizeIs(1));
  EXPECT_THAT(testing::DescribeAll(scratch, Statements(kSmall), {.may_scan = {"small"}}), IsEmpty());
  EXPECT_THAT(testing::DescribeAll(scratch, Statements(kForbidden)),
              ::testing::ElementsAre(HasSubstr("permission denied")));
  EXPECT_THAT(testing::DescribeAll(scratch, Statements(kWrongColumn)),
              ::testing::Contains(HasSubstr("column 2 (count)")));
}

}  // namespace aplus::open_test
