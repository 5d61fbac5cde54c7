#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/postgres/testing/describe.h"
#include "notifications_migrations.h"
#include "services/notifications/store/delivery_store.h"
#include "services/notifications/store/mail_store.h"
#include "services/notifications/store/notice_store.h"

namespace aplus::notifications {
namespace {

TEST(NotificationsStatements, MatchTheSchemaAndUseIndexes) {
  if (!aplus::testing::HasTestCluster()) GTEST_SKIP() << "no APLUS_TEST_PG";
  aplus::testing::ScratchDatabase scratch(notifications_migrations);
  StatementTable statements = MailStore::Statements();
  statements.Add(NoticeStore::Statements()).Add(DeliveryStore::Statements());
  EXPECT_THAT(aplus::testing::DescribeAll(scratch, statements, {.may_scan = {"refused_recipient"}}),
              ::testing::IsEmpty());
}

}  // namespace
}  // namespace aplus::notifications
