#include "services/files/store/statements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "files_keystore_migrations.h"
#include "files_migrations.h"
#include "libs/postgres/testing/describe.h"

namespace aplus::files {
namespace {

TEST(FilesStatements, match_the_schema_and_use_indexes) {
  if (!testing::HasTestCluster()) GTEST_SKIP() << "APLUS_TEST_PG names no cluster";
  const testing::ScratchDatabase scratch(files_migrations);
  EXPECT_THAT(testing::DescribeAll(scratch, FileStatements()), ::testing::IsEmpty());
}

TEST(FilesStatements, P52_the_keystore_likewise) {
  if (!testing::HasTestCluster()) GTEST_SKIP() << "APLUS_TEST_PG names no cluster";
  const testing::ScratchDatabase scratch(files_keystore_migrations);
  EXPECT_THAT(testing::DescribeAll(scratch, KeystoreStatements(), {.whole = {"keys_under"}}),
              ::testing::IsEmpty());
}

}  // namespace
}  // namespace aplus::files
