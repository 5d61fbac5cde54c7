#include "libs/postgres/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "libs/postgres/testing/describe.h"
#include "sample_migrations.h"

namespace aplus::migrations_test {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(Migrations, EmbeddedFilesApplyOnceInOrder) {
  testing::ScratchDatabase scratch("");
  const auto first = Migrate(scratch.migrate_options(), sample_migrations);
  ASSERT_TRUE(first.has_value()) << first.error().diagnostic;
  EXPECT_THAT(first->applied, ElementsAre("postgres/0001_principal", "postgres/0002_idempotency",
                                          "migrations_sample/0001_first", "migrations_sample/0002_index"));
  const auto second = Migrate(scratch.migrate_options(), sample_migrations);
  ASSERT_TRUE(second.has_value());
  EXPECT_THAT(second->applied, IsEmpty());
  EXPECT_THAT(scratch.Sql("SELECT indexname FROM pg_indexes WHERE tablename = 'sample' ORDER BY 1"),
              ElementsAre("sample_note", "sample_note_id", "sample_pkey"));
  EXPECT_THAT(scratch.Sql("SELECT has_table_privilege('" + scratch.app_role() + "', 'sample', 'SELECT')"),
              ElementsAre("t"));
  EXPECT_THAT(scratch.Sql("SELECT tableowner <> '" + scratch.app_role() +
                          "' FROM pg_tables WHERE tablename = 'sample'"),
              ElementsAre("t"));
}

MigrationTable Of(std::span<const Migration> migrations) { return {migrations}; }

TEST(Migrations, RefuseAFileThatWasChangedAfterwards) {
  testing::ScratchDatabase scratch("");
  const Migration before[] = {{"s", 1, "0001_a", "CREATE TABLE a (id integer)"}};
  const Migration after[] = {{"s", 1, "0001_a", "CREATE TABLE a (id bigint)"}};
  ASSERT_TRUE(Migrate(scratch.migrate_options(), Of(before)));
  const auto changed = Migrate(scratch.migrate_options(), Of(after));
  ASSERT_FALSE(changed);
  EXPECT_THAT(changed.error().diagnostic, HasSubstr("s/0001_a was changed"));
}

TEST(Migrations, AFailingFileLeavesNothingAndNamesItself) {
  testing::ScratchDatabase scratch("");
  const Migration files[] = {{"s", 1, "0001_a", "CREATE TABLE a (id integer)"},
                             {"s", 2, "0002_b", "CREATE TABLE b (id integer); SELECT 1 / 0"}};
  const auto failed = Migrate(scratch.migrate_options(), Of(files));
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().reason, Reason::kInternal);
  EXPECT_THAT(failed.error().diagnostic, HasSubstr("s/0002_b"));
  EXPECT_THAT(scratch.Sql("SELECT name FROM schema_migration"), ElementsAre("0001_a"));
  EXPECT_THAT(scratch.Sql("SELECT 1 FROM pg_tables WHERE tablename = 'b'"), IsEmpty());
}

TEST(Migrations, AnOlderBinaryAfterANewerOneIsFine) {
  testing::ScratchDatabase scratch("");
  const Migration files[] = {{"s", 1, "0001_a", "CREATE TABLE a (id integer)"},
                             {"s", 2, "0002_b", "CREATE TABLE b (id integer)"}};
  ASSERT_TRUE(Migrate(scratch.migrate_options(), Of(files)));
  EXPECT_TRUE(Migrate(scratch.migrate_options(), Of(std::span(files).first(1))));
}

TEST(Migrations, SeveralAtOnceTakeTurns) {
  testing::ScratchDatabase scratch("");
  const Migration files[] = {{"s", 1, "0001_a", "CREATE TABLE a (id integer); SELECT pg_sleep(0.3)"}};
  std::vector<std::thread> threads;
  std::atomic<int> applied = 0, failed = 0;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto report = Migrate(scratch.migrate_options(), Of(files));
      report ? applied += static_cast<int>(report->applied.size()) : ++failed;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(applied, 1);
  EXPECT_EQ(failed, 0);
}

TEST(Migrations, GiveWayToTrafficThatHoldsALock) {
  testing::ScratchDatabase scratch("CREATE TABLE a (id integer)");
  std::thread traffic(
      [&] { scratch.Sql("BEGIN; LOCK TABLE a IN ACCESS SHARE MODE; SELECT pg_sleep(1); COMMIT"); });
  while (scratch.Sql("SELECT 1 FROM pg_locks WHERE relation = 'a'::regclass").empty())
    std::this_thread::yield();
  const Migration files[] = {{"s", 1, "0001_a", "ALTER TABLE a ADD COLUMN b integer"}};
  MigrateOptions options = scratch.migrate_options();
  options.lock_timeout_ms = 100;
  const auto report = Migrate(options, Of(files));
  traffic.join();
  EXPECT_TRUE(report.has_value()) << report.error().diagnostic;
}

}  // namespace aplus::migrations_test
