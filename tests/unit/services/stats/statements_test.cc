#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/postgres/testing/describe.h"
#include "services/stats/store/fact_store.h"
#include "services/stats/store/summary_store.h"
#include "stats_migrations.h"

namespace aplus::stats {
namespace {

TEST(StatsStatements, MatchTheSchemaAndUseIndexes) {
  if (!aplus::testing::HasTestCluster()) GTEST_SKIP() << "no APLUS_TEST_PG";
  aplus::testing::ScratchDatabase scratch(stats_migrations);
  StatementTable statements = FactStore::Statements();
  statements.Add(SummaryStore::Statements());
  // Groups are a few thousand; what deletes everything reads everything.
  std::vector<std::string> problems =
      aplus::testing::DescribeAll(scratch, statements, {.may_scan = {"group_fact"}});
  std::erase_if(problems,
                [](const std::string& problem) { return problem.find("_delete_all:") != std::string::npos; });
  EXPECT_THAT(problems, ::testing::IsEmpty());
}

}  // namespace
}  // namespace aplus::stats
