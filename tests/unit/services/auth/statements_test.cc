#include "services/auth/statements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "auth_migrations.h"
#include "libs/postgres/testing/describe.h"

namespace aplus::auth {
namespace {

TEST(AuthStatements, match_the_schema_and_use_indexes) {
  if (!testing::HasTestCluster()) GTEST_SKIP() << "APLUS_TEST_PG names no cluster";
  testing::ScratchDatabase scratch(auth_migrations);
  const testing::DescribeOptions options{.may_scan = {"area", "theme", "organisation", "terms_version"},
                                         .whole = {"factor_sealed_under"}};
  EXPECT_THAT(testing::DescribeAll(scratch, AllStatements(), options), ::testing::IsEmpty());
}

}  // namespace
}  // namespace aplus::auth
