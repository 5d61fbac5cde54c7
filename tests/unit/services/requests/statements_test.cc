#include "services/requests/store/statements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/postgres/testing/describe.h"
#include "requests_keystore_migrations.h"
#include "requests_migrations.h"
#include "services/requests/store/erasure_rows.h"

namespace aplus::requests {
namespace {

using testing::DescribeAll;
using testing::HasTestCluster;
using testing::ScratchDatabase;

TEST(RequestsStatements, MatchTheSchemaAndUseIndexes) {
  if (!HasTestCluster()) GTEST_SKIP() << "no PostgreSQL: tools/with-test-servers";
  const ScratchDatabase scratch(requests_migrations);
  EXPECT_THAT(DescribeAll(scratch, RequestStatements(), {.may_scan = {"membership"}}), ::testing::IsEmpty());
}

TEST(KeystoreStatements, MatchTheSchemaAndUseIndexes) {
  if (!HasTestCluster()) GTEST_SKIP() << "no PostgreSQL: tools/with-test-servers";
  const ScratchDatabase scratch(requests_keystore_migrations);
  EXPECT_THAT(DescribeAll(scratch, KeystoreStatements(), {.whole = {"keys_under"}}), ::testing::IsEmpty());
}

// What has stopped the clock's erasures leaves people's own: a revoked mandate does not wait for an operator.
TEST(ErasureClaim, P23_P36_WhatPeopleAskForGoesOnWhilePaused) {
  if (!HasTestCluster()) GTEST_SKIP() << "no PostgreSQL: tools/with-test-servers";
  const ScratchDatabase scratch(requests_migrations);
  const std::string claim = "PREPARE claim (boolean) AS " + std::string(kClaimErasure.sql) + ";";
  const auto claimed = [&](const std::string& all) {
    return scratch
        .Sql(R"sql(
      TRUNCATE erasure_task;
      INSERT INTO erasure_task (subject_id, rule, due_at, step) VALUES
        ('0190d000-0000-7000-8000-0000000000a1', 'P51', now() - interval '5 minutes', 0),
        ('0190d000-0000-7000-8000-0000000000a2', 'P24', now() - interval '4 minutes', 0),
        ('0190d000-0000-7000-8000-0000000000a3', 'P36', now() - interval '3 minutes', 0),
        ('0190d000-0000-7000-8000-0000000000a4', 'P23', now() - interval '2 minutes', 0),
        ('0190d000-0000-7000-8000-0000000000a5', 'P51', now() - interval '1 minute', 1),
        ('0190d000-0000-7000-8000-0000000000a6', 'P23', now() + interval '1 minute', 0);
    )sql" + claim +
             std::string("EXECUTE claim(") + all + "); EXECUTE claim(" + all + "); EXECUTE claim(" + all +
             "); EXECUTE claim(" + all +
             "); DEALLOCATE claim; SELECT string_agg(right(subject_id::text, 1), '' ORDER BY due_at) FROM "
             "erasure_task "
             "WHERE attempts > 0")
        .back();
  };
  EXPECT_EQ(claimed("false"), "345");
  EXPECT_EQ(claimed("true"), "1234");
}

// The third net (P26, P28): even a statement that forgets to ask for rights shows nothing to strangers.
class RowLevelSecurity : public ::testing::Test {
 protected:
  static constexpr const char* kCreator = "0190d000-0000-7000-8000-0000000000b1";
  static constexpr const char* kExpert = "0190d000-0000-7000-8000-0000000000b2";
  static constexpr const char* kStranger = "0190d000-0000-7000-8000-0000000000b3";
  static constexpr const char* kGroup = "0190d000-0000-7000-8000-0000000000c1";
  static constexpr const char* kOther = "0190d000-0000-7000-8000-0000000000c2";

  void SetUp() override {
    if (!HasTestCluster()) GTEST_SKIP() << "no PostgreSQL: tools/with-test-servers";
    scratch_.emplace(requests_migrations);
    scratch_->Sql(std::string(R"sql(
      INSERT INTO request (id, number, state, last_message_all, last_message_instructors, area_id, owner_user_id,
                           creator_user_id, creator_group_id, mandate_kind, mandate_given_on, created_at,
                           changed_at, clock_started_at)
      VALUES ('0190d000-0000-7000-8000-0000000000a1', '26-0000001', 1, now(), now(), '62',
              '0190d000-0000-7000-8000-0000000000b1', '0190d000-0000-7000-8000-0000000000b1',
              '0190d000-0000-7000-8000-0000000000c9', 1, '2026-01-01', now(), now(), now());
      INSERT INTO participant VALUES
        ('0190d000-0000-7000-8000-0000000000a1', '0190d000-0000-7000-8000-0000000000b1', 1, now()),
        ('0190d000-0000-7000-8000-0000000000a1', '0190d000-0000-7000-8000-0000000000b2', 3, now());
      INSERT INTO addressed_group (request_id, group_id, organisation_id, entitled, state, invited_at, changed_at)
      VALUES ('0190d000-0000-7000-8000-0000000000a1', '0190d000-0000-7000-8000-0000000000c1', 'caf', 5, 1, now(),
              now());
      INSERT INTO request_content (request_id, subject, description, citizen)
      VALUES ('0190d000-0000-7000-8000-0000000000a1', 's', 'd', 'c');
      INSERT INTO entry (id, request_id, number_all, number_instructors, lane, kind, at, in_thread, is_message)
      VALUES ('0190d000-0000-7000-8000-0000000000e1', '0190d000-0000-7000-8000-0000000000a1', 1, 1, 1, 2, now(),
              true, true),
             ('0190d000-0000-7000-8000-0000000000e2', '0190d000-0000-7000-8000-0000000000a1', NULL, 2, 2, 2, now(),
              true, true);
      INSERT INTO message_content (entry_id, request_id, lane, text)
      VALUES ('0190d000-0000-7000-8000-0000000000e1', '0190d000-0000-7000-8000-0000000000a1', 1, 't'),
             ('0190d000-0000-7000-8000-0000000000e2', '0190d000-0000-7000-8000-0000000000a1', 2, 't');
      INSERT INTO file (id, request_id, uploader_id, lane, state, uploaded_at, readable_until)
      VALUES ('0190d000-0000-7000-8000-0000000000f1', '0190d000-0000-7000-8000-0000000000a1',
              '0190d000-0000-7000-8000-0000000000b1', 1, 3, now(), now()),
             ('0190d000-0000-7000-8000-0000000000f2', '0190d000-0000-7000-8000-0000000000a1',
              '0190d000-0000-7000-8000-0000000000b7', 2, 3, now(), now()),
             ('0190d000-0000-7000-8000-0000000000f3', '0190d000-0000-7000-8000-0000000000a1',
              '0190d000-0000-7000-8000-0000000000b1', NULL, 3, now(), now());
      INSERT INTO file_content SELECT id, request_id, 'n' FROM file;
      INSERT INTO draft VALUES ('0190d000-0000-7000-8000-0000000000d1', '0190d000-0000-7000-8000-0000000000b1', NULL,
                                now(), now(), now() + interval '1 day');
      INSERT INTO draft_content VALUES ('0190d000-0000-7000-8000-0000000000d1',
                                        '0190d000-0000-7000-8000-0000000000b1', 1, 'b');
    )sql"));
  }

  // "1 1 2 3 0": rows of request_content, messages to all, messages in all, file names, drafts that a
  // principal sees when a statement asks for everything.
  std::string Seen(const std::string& user, const std::string& groups, const std::string& lane) const {
    return scratch_
        ->Sql("SET ROLE \"" + scratch_->app_role() + "\"; SELECT set_config('aplus.user_id', '" + user +
              "', false), set_config('aplus.group_ids', '{" + groups +
              "}', false), set_config('aplus.lane', '" + lane + "', false); " + R"sql(
              SELECT (SELECT count(*) FROM request_content) || ' '
                     || (SELECT count(*) FROM message_content WHERE lane = 1) || ' '
                     || (SELECT count(*) FROM message_content) || ' '
                     || (SELECT count(*) FROM file_content) || ' '
                     || (SELECT count(*) FROM draft_content)
              )sql")
        .back();
  }

  std::optional<ScratchDatabase> scratch_;
};

TEST_F(RowLevelSecurity, P26_P28_EachSideSeesItsRowsAndNobodyElseAny) {
  EXPECT_EQ(Seen(kCreator, "", "helper"), "1 1 1 2 1");
  EXPECT_EQ(Seen(kExpert, "", "expert"), "1 1 1 0 0");
  EXPECT_EQ(Seen(kStranger, kGroup, "instructor"), "1 1 2 2 0");
  // Who stands on both sides counts as helper side.
  EXPECT_EQ(Seen(kCreator, kGroup, "instructor"), "1 1 1 2 1");
  EXPECT_EQ(Seen(kStranger, "", "helper"), "0 0 0 0 0");
  EXPECT_EQ(Seen(kStranger, kOther, "instructor"), "0 0 0 0 0");
  EXPECT_EQ(Seen("", "", "none"), "0 0 0 0 0");
  scratch_->Sql("UPDATE request SET state = 4, closed_at = now()");
  EXPECT_EQ(Seen(kExpert, "", "expert"), "0 0 0 0 0") << "an expert takes part while the request is open";
  EXPECT_EQ(Seen(kCreator, "", "helper"), "1 1 1 2 1");
}

TEST_F(RowLevelSecurity, P33_AHalfWrittenMessageIsItsAuthorsWhileHeTakesPart) {
  scratch_->Sql(R"sql(
    INSERT INTO message_draft (request_id, author_id, version, lane, body, begun_all, begun_instructors, updated_at,
                               erase_at)
    SELECT '0190d000-0000-7000-8000-0000000000a1', author, 1, 1, 'b', 0, 0, now(), now() + interval '1 day'
      FROM unnest('{0190d000-0000-7000-8000-0000000000b1,0190d000-0000-7000-8000-0000000000b2,
                    0190d000-0000-7000-8000-0000000000b3}'::uuid[]) AS author
  )sql");
  const auto seen = [&](const std::string& user, const std::string& groups) {
    return scratch_
        ->Sql("SET ROLE \"" + scratch_->app_role() + "\"; SELECT set_config('aplus.user_id', '" + user +
              "', false), set_config('aplus.group_ids', '{" + groups +
              "}', false), set_config('aplus.lane', 'helper', false); SELECT coalesce(string_agg(right("
              "author_id::text, 2), ' '), '') FROM message_draft")
        .back();
  };
  EXPECT_EQ(seen(kCreator, ""), "b1");
  EXPECT_EQ(seen(kExpert, ""), "b2");
  EXPECT_EQ(seen(kStranger, kGroup), "b3") << "an instructor of an addressed group";
  EXPECT_EQ(seen(kStranger, kOther), "") << "who has left the group has left his words there";
}

TEST_F(RowLevelSecurity, TheAppRoleCannotStepOverIt) {
  EXPECT_EQ(scratch_
                ->Sql("SELECT rolbypassrls OR rolsuper FROM pg_roles WHERE rolname = '" +
                      scratch_->app_role() + "'")
                .back(),
            "f");
  EXPECT_EQ(
      scratch_
          ->Sql("SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relforcerowsecurity")
          .back(),
      "citizen_history draft_content file_content message_content message_draft request_content");
}

}  // namespace
}  // namespace aplus::requests
