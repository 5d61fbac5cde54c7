// For each service's unit test: every statement, described against the really migrated schema.
//
//   TEST(RequestsStatements, MatchTheSchemaAndUseIndexes) {
//     testing::ScratchDatabase scratch(requests_migrations);
//     EXPECT_THAT(testing::DescribeAll(scratch, RequestStatements(), {.may_scan = {"area"}}), IsEmpty());
//   }
#pragma once

#include <set>
#include <string>
#include <vector>

#include "libs/postgres/database.h"
#include "libs/postgres/migrations.h"

namespace aplus::testing {

// Whether APLUS_TEST_PG names a cluster; tests that need one skip themselves otherwise.
bool HasTestCluster();

// A new database on the test cluster, with an owner and an app role of its own, migrated; dropped at the end.
// Aborts the test with a message when the cluster is missing or a migration fails.
class ScratchDatabase {
 public:
  explicit ScratchDatabase(const MigrationTable& table);
  // From SQL text instead of migrations, for tests with tables of their own. :app_role is replaced.
  explicit ScratchDatabase(std::string_view sql);
  ~ScratchDatabase();
  ScratchDatabase(const ScratchDatabase&) = delete;
  ScratchDatabase& operator=(const ScratchDatabase&) = delete;

  // As the app role, the owner, or the cluster's superuser.
  std::string app_conninfo() const;
  std::string owner_conninfo() const;
  std::string superuser_conninfo() const;
  DatabaseOptions options() const;
  MigrateOptions migrate_options() const;
  const std::string& name() const { return name_; }
  const std::string& app_role() const { return app_role_; }

  // Runs SQL as the superuser (row-level security does not apply) and answers the first column of its rows as
  // text; a failing statement throws std::runtime_error.
  std::vector<std::string> Sql(const std::string& sql) const;

 private:
  void Create();
  std::string name_, owner_role_, app_role_;
};

struct DescribeOptions {
  // Tables small enough by nature to be read whole (reference data).
  std::set<std::string> may_scan = {};
  // Statements that read a table whole because that is what is asked of them: an operator's counts.
  std::set<std::string> whole = {};
};

// One line per problem: a statement that the server refuses, a type that differs, a plan with a sequential
// scan of a table that is not in may_scan although sequential scans are discouraged. Empty: all is well.
std::vector<std::string> DescribeAll(const ScratchDatabase& database, const StatementTable& statements,
                                     const DescribeOptions& options = {});

}  // namespace aplus::testing
