#include "services/notifications/store/mail_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "notifications_migrations.h"
#include "services/notifications/store/notice_store.h"
#include "tests/unit/libs/postgres/bench.h"

namespace aplus::notifications {
namespace {

using aplus::testing::Bench;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

SystemClock g_clock;
SystemRandom g_random;

template <class Any>
Any Fresh() {
  return Any::New(g_clock, g_random);
}

StatementTable All() {
  StatementTable statements = MailStore::Statements();
  statements.Add(NoticeStore::Statements());
  return statements;
}

struct Queued {
  MailSubject subject;
  std::vector<NewMail> mails;
};

Queued One(Kind kind = Kind::kMessage, Departure departure = Departure::kNow) {
  return {{Fresh<EventId>(), g_clock.Now(), Fresh<RequestId>(), "4711", "CAF"},
          {{kind, RecipientKind::kPerson, Fresh<RecipientId>(), {}, departure}}};
}

class Mails {
 public:
  explicit Mails(Bench& bench) : bench_(bench), store(*bench.db, g_clock, g_random) {}

  Task<> Queue(Queued what, DigestHours hours = {}) {
    auto done = co_await bench_.db->Transact(bench_.Write(),
                                             [&](Transaction& tx) { return QueueIn(tx, what, hours); });
    EXPECT_TRUE(done) << done.error().diagnostic;
  }
  Task<Result<void>> QueueIn(Transaction& tx, Queued what, DigestHours hours) {
    store.Queue(tx, what.subject, what.mails, hours);
    co_return Result<void>();
  }
  Task<std::vector<ClaimedMail>> Claim(ClaimId claim, bool urgent = false, Duration lease = 1min,
                                       int limit = 100) {
    auto claimed = co_await store.Claim(claim, urgent, lease, limit);
    if (!claimed) ADD_FAILURE() << claimed.error().diagnostic;
    co_return claimed.value_or(std::vector<ClaimedMail>());
  }
  std::vector<std::string> Sql(const std::string& sql) { return bench_.scratch.Sql(sql); }

 private:
  Bench& bench_;

 public:
  MailStore store;
};

class MailStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!aplus::testing::HasTestCluster()) GTEST_SKIP() << "no APLUS_TEST_PG";
  }
  void Play(aplus::testing::Scenario scenario) {
    Bench bench(notifications_migrations);
    aplus::testing::Play(bench, All(), scenario);
  }
};

Task<> AnEventHandledTwiceIsMailedOnce(Bench& bench) {
  Mails mails(bench);
  const Queued one = One();
  co_await mails.Queue(one);
  co_await mails.Queue(one);
  const auto claimed = co_await mails.Claim(Fresh<ClaimId>());
  CO_ASSERT(claimed.size() == 1u);
  EXPECT_EQ(claimed[0].event, one.subject.event);
  EXPECT_EQ(claimed[0].number, "4711");
  EXPECT_EQ(claimed[0].organisation, "CAF");
}
TEST_F(MailStoreTest, P73_AnEventHandledTwiceIsMailedOnce) { Play(AnEventHandledTwiceIsMailedOnce); }

Task<> WhatOneClaimsNobodyElseGets(Bench& bench) {
  Mails mails(bench);
  for (int i = 0; i < 20; ++i) co_await mails.Queue(One());
  const auto a = co_await mails.Claim(Fresh<ClaimId>(), false, 1min, 12);
  const auto b = co_await mails.Claim(Fresh<ClaimId>(), false, 1min, 12);
  EXPECT_EQ(a.size(), 12u);
  EXPECT_EQ(b.size(), 8u);
  std::set<std::string> ids;
  for (const auto& mail : a) ids.insert(mail.id.ToString());
  for (const auto& mail : b) ids.insert(mail.id.ToString());
  EXPECT_EQ(ids.size(), 20u);
  EXPECT_THAT(co_await mails.Claim(Fresh<ClaimId>()), IsEmpty());
}
TEST_F(MailStoreTest, P73_WhatOneClaimsNobodyElseGets) { Play(WhatOneClaimsNobodyElseGets); }

Task<> AnEndedLeaseGivesTheMailToAnotherAndOneWins(Bench& bench) {
  Mails mails(bench);
  co_await mails.Queue(One());
  const auto first = Fresh<ClaimId>(), second = Fresh<ClaimId>();
  const auto a = co_await mails.Claim(first, false, 0s);
  const auto b = co_await mails.Claim(second, false, 1min);
  CO_ASSERT(a.size() == 1u && b.size() == 1u);
  EXPECT_EQ(a[0].id, b[0].id);
  EXPECT_EQ(co_await mails.store.Begin(a[0].id, first), false);
  EXPECT_EQ(co_await mails.store.Begin(b[0].id, second), true);
  // Once begun, nobody begins it again, and nobody but its owner ends it.
  EXPECT_EQ(co_await mails.store.Begin(b[0].id, second), false);
  EXPECT_EQ(co_await mails.store.Accepted(a[0], first, {"dot", "", 250}), false);
  EXPECT_EQ(co_await mails.store.Accepted(b[0], second, {"dot", "", 250}), true);
  EXPECT_THAT(mails.Sql("SELECT state || ' ' || last_code FROM mail"), ElementsAre("3 250"));
}
TEST_F(MailStoreTest, P73_AnEndedLeaseGivesTheMailToAnotherAndOneWins) {
  Play(AnEndedLeaseGivesTheMailToAnotherAndOneWins);
}

Task<> DeathInTheDotWindowIsCountedAndRepeated(Bench& bench) {
  Mails mails(bench);
  co_await mails.Queue(One());
  for (int death = 0; death <= kMostRepeats; ++death) {
    const auto claim = Fresh<ClaimId>();
    const auto claimed = co_await mails.Claim(claim);
    CO_ASSERT(claimed.size() == 1u);
    EXPECT_EQ(claimed[0].ambiguities, death);
    EXPECT_EQ(co_await mails.store.Begin(claimed[0].id, claim), true);
    // A living sender is left alone.
    EXPECT_EQ(co_await mails.store.Recover(1min), 0);
    EXPECT_EQ(co_await mails.store.Recover(0s), 1);
    // The sender was only slow: its answer comes too late to count.
    EXPECT_EQ(co_await mails.store.Accepted(claimed[0], claim, {"dot", "", 250}), false);
  }
  EXPECT_THAT(mails.Sql("SELECT state || ' ' || ambiguities FROM mail"), ElementsAre("4 4"));
  const auto figures = co_await mails.store.Figures();
  CO_ASSERT(figures.has_value());
  EXPECT_EQ(figures->ambiguities, 1 + kMostRepeats);
}
TEST_F(MailStoreTest, P73_DeathInTheDotWindowIsCountedAndRepeated) {
  Play(DeathInTheDotWindowIsCountedAndRepeated);
}

Task<> ALoginMailIsNotRepeated(Bench& bench) {
  Mails mails(bench);
  Queued login = One(Kind::kLogin);
  login.mails[0].recipient_kind = RecipientKind::kLoginRequest;
  co_await mails.Queue(login);
  EXPECT_THAT(co_await mails.Claim(Fresh<ClaimId>(), false), IsEmpty());
  const auto claim = Fresh<ClaimId>();
  const auto claimed = co_await mails.Claim(claim, true);
  CO_ASSERT(claimed.size() == 1u);
  EXPECT_EQ(co_await mails.store.Begin(claimed[0].id, claim), true);
  EXPECT_EQ(co_await mails.store.Recover(0s), 1);
  EXPECT_THAT(mails.Sql("SELECT state FROM mail"), ElementsAre("4"));
}
TEST_F(MailStoreTest, P73_ALoginMailIsNotRepeated) { Play(ALoginMailIsNotRepeated); }

Task<> DeferredMailsWaitAndWakeWithTheRelay(Bench& bench) {
  Mails mails(bench);
  co_await mails.Queue(One());
  co_await mails.Queue(One());
  const auto claim = Fresh<ClaimId>();
  const auto claimed = co_await mails.Claim(claim);
  CO_ASSERT(claimed.size() == 2u);
  EXPECT_EQ(co_await mails.store.Deferred(claimed[0].id, claim, MailState::kQueued, 1h, true, false,
                                          {"open", "connect", 0}),
            true);
  EXPECT_EQ(co_await mails.store.Begin(claimed[1].id, claim), true);
  EXPECT_EQ(co_await mails.store.Deferred(claimed[1].id, claim, MailState::kSending, 1h, false, false,
                                          {"dot", "busy", 451}),
            true);
  EXPECT_THAT(co_await mails.Claim(Fresh<ClaimId>()), IsEmpty());
  EXPECT_TRUE(co_await mails.store.WakeAfterRelayFault());
  const auto again = co_await mails.Claim(Fresh<ClaimId>());
  CO_ASSERT(again.size() == 1u);
  EXPECT_EQ(again[0].id, claimed[0].id);
  EXPECT_EQ(again[0].attempts, 1);
}
TEST_F(MailStoreTest, P73_DeferredMailsWaitAndWakeWithTheRelay) {
  Play(DeferredMailsWaitAndWakeWithTheRelay);
}

Task<> ARefusedAddressIsMarkedUntilAMailGetsThrough(Bench& bench) {
  Mails mails(bench);
  const Queued one = One();
  for (int i = 0; i < 3; ++i) {
    Queued next = One();
    next.mails[0].recipient = one.mails[0].recipient;
    co_await mails.Queue(next);
    const auto claim = Fresh<ClaimId>();
    const auto claimed = co_await mails.Claim(claim);
    CO_ASSERT(claimed.size() == 1u);
    if (i < 2) {
      EXPECT_EQ(co_await mails.store.Ended(claimed[0], claim, MailState::kQueued, MailState::kFailed, true,
                                           {"recipient", "refused", 550}),
                true);
      EXPECT_THAT(mails.Sql("SELECT refusals || ' ' || code FROM refused_recipient"),
                  ElementsAre(std::to_string(i + 1) + " 550"));
    } else {
      EXPECT_EQ(co_await mails.store.Begin(claimed[0].id, claim), true);
      EXPECT_EQ(co_await mails.store.Accepted(claimed[0], claim, {"dot", "", 250}), true);
      EXPECT_THAT(mails.Sql("SELECT code FROM refused_recipient"), IsEmpty());
    }
  }
}
TEST_F(MailStoreTest, P73_ARefusedAddressIsMarkedUntilAMailGetsThrough) {
  Play(ARefusedAddressIsMarkedUntilAMailGetsThrough);
}

Task<> HeldMailsBecomeOneDigestPerPerson(Bench& bench) {
  Mails mails(bench);
  Queued a = One(Kind::kMessage, Departure::kTwiceADay), b = One(Kind::kNewRequest, Departure::kTwiceADay);
  b.mails[0].recipient = a.mails[0].recipient;
  const Queued other = One(Kind::kMessage, Departure::kDaily);
  const DigestHours soon{.every = 1us};
  co_await mails.Queue(a, soon);
  co_await mails.Queue(b, soon);
  co_await mails.Queue(other, soon);
  EXPECT_THAT(co_await mails.Claim(Fresh<ClaimId>()), IsEmpty());
  EXPECT_EQ(co_await mails.store.Join({}), 3);
  EXPECT_EQ(co_await mails.store.Join({}), 0);  // none is sent empty
  const auto digests = co_await mails.Claim(Fresh<ClaimId>());
  CO_ASSERT(digests.size() == 2u);
  for (const ClaimedMail& digest : digests) {
    EXPECT_EQ(digest.kind, Kind::kDigest);
    const auto parts = co_await mails.store.PartsOf(digest.id);
    CO_ASSERT(parts.has_value());
    if (digest.recipient == a.mails[0].recipient) {
      CO_ASSERT(parts->size() == 2u);
      EXPECT_EQ((*parts)[0].kind, Kind::kMessage);
      EXPECT_EQ((*parts)[1].kind, Kind::kNewRequest);
      EXPECT_EQ((*parts)[1].number, "4711");
    } else {
      EXPECT_EQ(parts->size(), 1u);
    }
  }
  // One more for the same person, later: a digest of its own.
  Queued late = One(Kind::kMessage, Departure::kTwiceADay);
  late.mails[0].recipient = a.mails[0].recipient;
  co_await mails.Queue(late, soon);
  EXPECT_EQ(co_await mails.store.Join({}), 1);
  EXPECT_EQ((co_await mails.Claim(Fresh<ClaimId>())).size(), 1u);
}
TEST_F(MailStoreTest, P72_HeldMailsBecomeOneDigestPerPerson) { Play(HeldMailsBecomeOneDigestPerPerson); }

Task<> LateNoticesAreOneMailADay(Bench& bench) {
  Mails mails(bench);
  Queued first = One(Kind::kLate, Departure::kLate);
  co_await mails.Queue(first);
  EXPECT_EQ(co_await mails.store.Join({}), 1);
  for (int i = 0; i < 3; ++i) {
    Queued more = One(Kind::kLate, Departure::kLate);
    more.mails[0].recipient = first.mails[0].recipient;
    co_await mails.Queue(more);
  }
  EXPECT_EQ(co_await mails.store.Join({}), 0);
  const auto today = co_await mails.Claim(Fresh<ClaimId>());
  CO_ASSERT(today.size() == 1u);
  EXPECT_EQ(today[0].kind, Kind::kLateDigest);
  EXPECT_THAT(
      mails.Sql(
          "SELECT DISTINCT to_char(due_at AT TIME ZONE 'Europe/Paris', 'HH24:MI') || ' ' ||"
          "       ((due_at AT TIME ZONE 'Europe/Paris')::date - (now() AT TIME ZONE 'Europe/Paris')::date)"
          "  FROM mail WHERE state = 0"),
      ElementsAre("08:00 1"));
}
TEST_F(MailStoreTest, P72_LateNoticesAreOneMailADay) { Play(LateNoticesAreOneMailADay); }

Task<> SlotsAreHoursOfTheRecipientsDay(Bench& bench) {
  Mails mails(bench);
  const auto slot = [&](std::string zone, std::string hours, std::string after) {
    return mails
        .Sql("SELECT to_char(next_slot('" + zone + "', '" + hours + "', '" + after +
             "') AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI')")
        .at(0);
  };
  EXPECT_EQ(slot("Europe/Paris", "{11,15}", "2026-05-12 08:59Z"), "2026-05-12 09:00");
  EXPECT_EQ(slot("Europe/Paris", "{11,15}", "2026-05-12 09:00Z"), "2026-05-12 13:00");
  EXPECT_EQ(slot("Europe/Paris", "{11,15}", "2026-05-12 13:00Z"), "2026-05-13 09:00");
  EXPECT_EQ(slot("Europe/Paris", "{11}", "2026-01-12 09:30Z"), "2026-01-12 10:00");
  EXPECT_EQ(slot("Indian/Reunion", "{11,15}", "2026-05-12 08:59Z"), "2026-05-12 11:00");
  EXPECT_EQ(slot("America/Guadeloupe", "{11,15}", "2026-05-12 23:00Z"), "2026-05-13 15:00");
  // Over both changes of clocks.
  EXPECT_EQ(slot("Europe/Paris", "{11}", "2026-03-28 20:00Z"), "2026-03-29 09:00");
  EXPECT_EQ(slot("Europe/Paris", "{11}", "2026-10-24 20:00Z"), "2026-10-25 10:00");
  co_return;
}
TEST_F(MailStoreTest, P72_SlotsAreHoursOfTheRecipientsDay) { Play(SlotsAreHoursOfTheRecipientsDay); }

Task<Result<void>> Forget(Transaction& tx, RequestId request) {
  MailStore::ForgetRequest(tx, request);
  co_return Result<void>();
}
Task<Result<void>> Leave(Transaction& tx, UserId user, GroupId group) {
  MailStore::DropForGroup(tx, user, group);
  co_return Result<void>();
}

Task<> NothingLeavesAboutAnErasedRequest(Bench& bench) {
  Mails mails(bench);
  const Queued gone = One(), held = One(Kind::kMessage, Departure::kDaily), other = One();
  co_await mails.Queue(gone);
  co_await mails.Queue(held);
  co_await mails.Queue(other);
  const auto claim = Fresh<ClaimId>();
  const auto claimed = co_await mails.Claim(claim);
  EXPECT_EQ(claimed.size(), 2u);
  for (const RequestId request : {gone.subject.request, held.subject.request}) {
    EXPECT_TRUE(
        co_await bench.db->Transact(bench.Write(), [&](Transaction& tx) { return Forget(tx, request); }));
  }
  int begun = 0;
  for (const ClaimedMail& mail : claimed) {
    const auto began = co_await mails.store.Begin(mail.id, claim);
    if (began.value_or(false)) {
      ++begun;
      EXPECT_EQ(mail.request, other.subject.request);
    }
  }
  EXPECT_EQ(begun, 1);
}
TEST_F(MailStoreTest, P51_NothingLeavesAboutAnErasedRequest) { Play(NothingLeavesAboutAnErasedRequest); }

Task<> WhoLeftAGroupIsNotToldAnyMore(Bench& bench) {
  Mails mails(bench);
  Queued via_group = One(), named = One();
  via_group.mails[0].via_group = Fresh<GroupId>();
  named.mails[0].recipient = via_group.mails[0].recipient;
  co_await mails.Queue(via_group);
  co_await mails.Queue(named);
  EXPECT_TRUE(co_await bench.db->Transact(bench.Write(), [&](Transaction& tx) {
    return Leave(tx, As<UserId>(via_group.mails[0].recipient), via_group.mails[0].via_group);
  }));
  const auto claimed = co_await mails.Claim(Fresh<ClaimId>());
  CO_ASSERT(claimed.size() == 1u);
  EXPECT_EQ(claimed[0].event, named.subject.event);
}
TEST_F(MailStoreTest, P26_WhoLeftAGroupIsNotToldAnyMore) { Play(WhoLeftAGroupIsNotToldAnyMore); }

Task<Result<void>> Notify(Transaction& tx, NoticeStore& store, MailSubject subject,
                          std::vector<NewNotice> notices) {
  store.Add(tx, subject, notices);
  co_return Result<void>();
}

Task<> TheListIsNewestFirstAndPaged(Bench& bench) {
  NoticeStore store(*bench.db, g_clock, g_random);
  const auto me = Fresh<UserId>(), other = Fresh<UserId>();
  const Time now = *ParseTime("2026-05-12T15:00:00Z");
  for (int i = 0; i < 5; ++i) {
    // Two at the same moment: the id decides.
    const MailSubject subject{Fresh<EventId>(), now + std::chrono::seconds(i / 2), Fresh<RequestId>(),
                              std::to_string(i), ""};
    for (int twice = 0; twice < 2; ++twice) {
      EXPECT_TRUE(co_await bench.db->Transact(bench.Write(), [&](Transaction& tx) {
        return Notify(tx, store, subject, {{Kind::kMessage, me, {}}, {Kind::kMessage, other, {}}});
      }));
    }
  }
  std::set<std::string> numbers;
  std::vector<Time> moments;
  std::optional<NoticePlace> place;
  for (;;) {
    const auto page = co_await store.List(me, place, 2, bench.In(3s));
    CO_ASSERT(page.has_value());
    if (page->empty()) break;
    for (const NoticeRow& row : *page) {
      EXPECT_TRUE(numbers.insert(row.number).second) << "twice: " << row.number;
      moments.push_back(row.at);
    }
    place = NoticePlace{page->back().at, page->back().id};
  }
  EXPECT_EQ(numbers.size(), 5u);
  EXPECT_TRUE(std::is_sorted(moments.rbegin(), moments.rend()));
}
TEST_F(MailStoreTest, P74_TheListIsNewestFirstAndPaged) { Play(TheListIsNewestFirstAndPaged); }

}  // namespace
}  // namespace aplus::notifications
