// What became of the mails, on a real PostgreSQL: per recipient, per side, per group (P28, P75).
#include "services/notifications/store/delivery_store.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notifications_migrations.h"
#include "tests/unit/libs/postgres/bench.h"

namespace aplus::notifications::delivery_test {

using aplus::testing::Bench;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kRequest = "0190d000-0000-7000-8000-000000000001";
constexpr const char* kCaf = "0190d000-0000-7000-8000-0000000000c1";
constexpr const char* kCpam = "0190d000-0000-7000-8000-0000000000c2";
constexpr int kNewRequest = 2, kMessage = 6;
enum State { kHeld = 0, kQueued = 1, kSent = 3, kFailed = 5, kDropped = 6, kJoined = 7 };

std::string Person(int n) { return fmt::format("0190d000-0000-7000-8000-0000000001{:02}", n); }
std::string Event(int n) { return fmt::format("0190d000-0000-7000-8000-0000000002{:02}", n); }

struct Row {
  int event = 1;
  int kind = kNewRequest;
  std::string recipient;  // a person, or a group for its mailbox
  std::string via = "";   // empty: named, or a mailbox
  bool mailbox = false;
  State state = kSent;
  bool instructors_only = false;
  std::string digest = "";  // the digest's own row
};

class Deliveries {
 public:
  explicit Deliveries(Bench& bench) : bench_(bench), store(*bench.db) {}

  void Add(const Row& row) {
    ++minutes_;
    bench_.scratch.Sql(
        fmt::format("INSERT INTO mail (id, event_id, kind, recipient_kind, recipient_id, via_group_id, "
                    "request_id, state, "
                    "asked_at, due_at, ended_at, instructors_only, digest_id) VALUES (gen_random_uuid(), "
                    "'{}', {}, {}, '{}', "
                    "{}, '{}', {}, now() - interval '1 hour' + interval '{} minutes', now(), {}, {}, {})",
                    Event(row.event), row.kind, row.mailbox ? 1 : 0, row.recipient,
                    row.via.empty() ? "NULL" : "'" + row.via + "'", kRequest, static_cast<int>(row.state),
                    minutes_, row.state >= kSent ? "now()" : "NULL", row.instructors_only,
                    row.digest.empty() ? "NULL" : "'" + row.digest + "'"));
  }
  std::string AddDigest(State state) {
    return bench_.scratch
        .Sql(fmt::format(
            "INSERT INTO mail (id, event_id, kind, recipient_kind, recipient_id, state, asked_at, "
            "due_at, ended_at) VALUES (gen_random_uuid(), gen_random_uuid(), 19, 0, gen_random_uuid(), "
            "{}, now(), now(), {}) RETURNING id::text",
            static_cast<int>(state), state >= kSent ? "now()" : "NULL"))
        .at(0);
  }
  // "recipient's last digits: state" in the order of groups and recipients.
  Task<std::vector<std::string>> Of(bool instructors) {
    const auto rows = co_await store.OfRequest(*RequestId::Parse(kRequest), instructors,
                                               bench_.In(std::chrono::seconds(5)));
    std::vector<std::string> shown;
    if (!rows) {
      ADD_FAILURE() << rows.error().diagnostic;
      co_return shown;
    }
    for (const DeliveryRow& row : *rows) {
      shown.push_back(fmt::format("{} {}{}", row.recipient.ToString().substr(34), static_cast<int>(row.state),
                                  row.group ? " " + row.group->ToString().substr(34) : ""));
    }
    co_return shown;
  }
  std::vector<std::string> Unreached() {
    return bench_.scratch.Sql("SELECT right(group_id::text, 2) FROM unreached_group ORDER BY group_id");
  }

 private:
  Bench& bench_;
  int minutes_ = 0;

 public:
  DeliveryStore store;
};

class DeliveryStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!aplus::testing::HasTestCluster()) GTEST_SKIP() << "no APLUS_TEST_PG";
  }
  void Play(aplus::testing::Scenario scenario) {
    Bench bench(notifications_migrations);
    aplus::testing::Play(bench, DeliveryStore::Statements(), scenario);
  }
};

Task<> TheLastThatWasSettledCounts(Bench& bench) {
  Deliveries on(bench);
  on.Add({.event = 1, .recipient = Person(1), .via = kCaf, .state = kFailed});
  on.Add({.event = 2, .kind = kMessage, .recipient = Person(1), .via = kCaf, .state = kSent});
  on.Add({.event = 1, .recipient = Person(2), .via = kCaf, .state = kSent});
  on.Add({.event = 2, .kind = kMessage, .recipient = Person(2), .via = kCaf, .state = kFailed});
  on.Add({.event = 3, .kind = kMessage, .recipient = Person(2), .via = kCaf, .state = kQueued});
  on.Add({.event = 1, .recipient = kCaf, .mailbox = true, .state = kQueued});
  on.Add({.event = 2, .kind = kMessage, .recipient = Person(3), .via = "", .state = kHeld});
  const std::string arrived = on.AddDigest(kSent), refused = on.AddDigest(kFailed);
  on.Add({.event = 2,
          .kind = kMessage,
          .recipient = Person(4),
          .via = kCpam,
          .state = kJoined,
          .digest = arrived});
  on.Add({.event = 2,
          .kind = kMessage,
          .recipient = Person(5),
          .via = kCpam,
          .state = kJoined,
          .digest = refused});
  EXPECT_THAT(co_await on.Of(true),
              ElementsAre("01 3 c1", "02 4 c1", "c1 2 c1", "04 3 c2", "05 4 c2", "03 2"));
}
TEST_F(DeliveryStoreTest, P75_TheLastThatWasSettledCounts) { Play(TheLastThatWasSettledCounts); }

Task<> APrivateMessageChangesNothing(Bench& bench) {
  Deliveries on(bench);
  on.Add({.event = 1, .recipient = Person(1), .via = kCaf, .state = kSent});
  const auto before = co_await on.Of(false);
  on.Add({.event = 2,
          .kind = kMessage,
          .recipient = Person(1),
          .via = kCaf,
          .state = kFailed,
          .instructors_only = true});
  on.Add({.event = 2,
          .kind = kMessage,
          .recipient = Person(2),
          .via = kCpam,
          .state = kFailed,
          .instructors_only = true});
  on.Add({.event = 2,
          .kind = kMessage,
          .recipient = kCpam,
          .mailbox = true,
          .state = kQueued,
          .instructors_only = true});
  EXPECT_EQ(co_await on.Of(false), before);
  EXPECT_THAT(co_await on.Of(true), ElementsAre("01 4 c1", "02 4 c2", "c2 2 c2"));
  // … nor does it raise an alarm that others hear of.
  EXPECT_EQ(*co_await on.store.FindUnreached(), 0);
}
TEST_F(DeliveryStoreTest, P28_APrivateMessageChangesNothingForTheOthers) {
  Play(APrivateMessageChangesNothing);
}

Task<> AGroupOfWhichNobodyIsReached(Bench& bench) {
  Deliveries on(bench);
  on.Add({.event = 1, .recipient = Person(1), .via = kCaf, .state = kFailed});
  on.Add({.event = 1, .recipient = kCaf, .mailbox = true, .state = kQueued});
  on.Add({.event = 1, .recipient = Person(2), .via = kCpam, .state = kFailed});
  EXPECT_EQ(*co_await on.store.FindUnreached(), 1);
  EXPECT_THAT(on.Unreached(), ElementsAre("c2")) << "somebody of the other may still be reached";
  bench.scratch.Sql("UPDATE mail SET state = 5, ended_at = now() WHERE state = 1");
  EXPECT_EQ(*co_await on.store.FindUnreached(), 1);
  EXPECT_EQ(*co_await on.store.FindUnreached(), 0) << "once";
  EXPECT_THAT(on.Unreached(), ElementsAre("c1", "c2"));
  const auto untold = co_await on.store.Untold(10);
  CO_ASSERT(untold);
  EXPECT_THAT(*untold, SizeIs(2));
}
TEST_F(DeliveryStoreTest, P75_AGroupOfWhichNobodyIsReachedIsFoundOnce) { Play(AGroupOfWhichNobodyIsReached); }

Task<> ADigestThatFailsFailsItsParts(Bench& bench) {
  Deliveries on(bench);
  const std::string refused = on.AddDigest(kFailed);
  on.Add({.event = 1, .recipient = Person(1), .via = kCaf, .state = kJoined, .digest = refused});
  on.Add({.event = 2,
          .kind = kMessage,
          .recipient = Person(1),
          .via = kCaf,
          .state = kJoined,
          .instructors_only = true,
          .digest = refused});
  EXPECT_EQ(*co_await on.store.FindUnreached(), 1);
  EXPECT_THAT(co_await on.Of(false), ElementsAre("01 4 c1"));
}
TEST_F(DeliveryStoreTest, P72_P75_ADigestThatFailsFailsItsParts) { Play(ADigestThatFailsFailsItsParts); }

}  // namespace aplus::notifications::delivery_test
