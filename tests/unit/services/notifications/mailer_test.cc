#include "services/notifications/jobs/mailer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "notifications_migrations.h"
#include "services/notifications/jobs/alarms.h"
#include "services/notifications/jobs/expander.h"
#include "services/notifications/jobs/housekeeping.h"
#include "tests/unit/libs/postgres/bench.h"
#include "tests/unit/services/notifications/scripted_relay.h"

namespace aplus::notifications {
namespace {

using aplus::testing::Bench;
using aplus::testing::Eventually;
using aplus::testing::kHangUp;
using aplus::testing::RelayScript;
using aplus::testing::ScriptedRelay;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

SystemClock g_mailer_clock;
SystemRandom g_mailer_random;

template <class Any>
Any New() {
  return Any::New(g_mailer_clock, g_mailer_random);
}

// auth, as far as a test says: everybody is <id>@people.test.
class Everybody final : public Directory {
 public:
  std::map<GroupId, std::vector<UserId>> instructors;
  std::map<GroupId, std::vector<UserId>> managers;
  std::vector<UserId> administrators;
  std::set<UserId> inactive, everybody;
  std::set<GroupId> without_mailbox;
  std::map<UserId, std::string> zones;
  bool away = false;
  int minted = 0;
  LoginMail::What login = LoginMail::What::kLink;
  std::string token;

  static std::string AddressOf(RecipientId id) { return id.ToString() + "@people.test"; }

  Task<Result<std::vector<Reached>>> Resolve(std::vector<UserId> users,
                                             std::vector<GroupId> groups) override {
    if (away) co_return Fail(Reason::kUnavailable);
    std::vector<Reached> reached;
    for (const UserId& user : users) Add(reached, user, {});
    for (const GroupId& group : groups) {
      for (const UserId& user : instructors[group]) Add(reached, user, group);
      if (without_mailbox.contains(group)) continue;
      reached.push_back(
          {RecipientKind::kMailbox, As<RecipientId>(group), {}, AddressOf(As<RecipientId>(group))});
    }
    co_return reached;
  }
  Task<Result<std::vector<Reached>>> Managers(std::vector<GroupId> groups) override {
    if (away) co_return Fail(Reason::kUnavailable);
    std::vector<Reached> reached;
    for (const GroupId& group : groups) {
      for (const UserId& user : managers[group]) Add(reached, user, group);
    }
    co_return reached;
  }
  Task<Result<std::vector<Reached>>> Administrators() override {
    if (away) co_return Fail(Reason::kUnavailable);
    std::vector<Reached> reached;
    for (const UserId& user : administrators) Add(reached, user, {});
    co_return reached;
  }
  Task<Result<std::vector<Reached>>> Addresses(std::vector<UserId> users, std::vector<GroupId> mailboxes,
                                               bool closed_too) override {
    if (away) co_return Fail(Reason::kUnavailable);
    std::vector<Reached> reached;
    for (const UserId& user : users) Add(reached, user, {}, closed_too);
    for (const GroupId& group : mailboxes) {
      reached.push_back(
          {RecipientKind::kMailbox, As<RecipientId>(group), {}, AddressOf(As<RecipientId>(group))});
    }
    co_return reached;
  }
  // Two at a time, as auth gives a thousand.
  Task<Result<std::vector<UserId>>> ActivePeople(UserId after) override {
    if (away) co_return Fail(Reason::kUnavailable);
    std::vector<UserId> page;
    for (auto it = everybody.upper_bound(after); it != everybody.end() && page.size() < 2; ++it) {
      page.push_back(*it);
    }
    co_return page;
  }
  Task<Result<std::string>> OrganisationOf(GroupId group) override {
    if (away) co_return Fail(Reason::kUnavailable);
    co_return group.IsNil() ? "" : "CAF";
  }
  Task<Result<std::string>> ZoneOf(UserId user) override {
    if (away) co_return Fail(Reason::kUnavailable);
    const auto found = zones.find(user);
    co_return found == zones.end() ? "Europe/Paris" : found->second;
  }
  Task<Result<LoginMail>> MintLogin(LoginRequestId request) override {
    if (away) co_return Fail(Reason::kUnavailable);
    LoginMail mail;
    mail.what = login;
    if (login == LoginMail::What::kNothing) co_return mail;
    mail.email = AddressOf(As<RecipientId>(request));
    token = "token-" + std::to_string(++minted) + std::string(36, 'x');
    mail.link = {SecretString(std::string(token)), SecretString("7K3MPQ2X"), g_mailer_clock.Now(),
                 g_mailer_clock.Now() + 30min, "Firefox sous Windows"};
    co_return mail;
  }

 private:
  void Add(std::vector<Reached>& reached, UserId user, GroupId via, bool closed_too = false) {
    if (inactive.contains(user) && !closed_too) return;
    reached.push_back({RecipientKind::kPerson, As<RecipientId>(user), via, AddressOf(As<RecipientId>(user))});
  }
};

// Everything but the processes around it.
class Office {
 public:
  Office(Bench& bench, RelayScript script, bool listens = true)
      : bench_(bench),
        relay(bench.io, std::move(script)),
        store(*bench.db, g_mailer_clock, g_mailer_random),
        notices(*bench.db, g_mailer_clock, g_mailer_random),
        expander(people, store, notices, DigestHours{}, [this] { Kick(); }),
        scope_(bench.executor()) {
    if (listens) Listen();
  }
  void Listen() { scope_.Spawn("relay", relay.Serve()); }

  Mailer& AddMailer() { return AddMailer(relay); }
  // One connection at a time is all that a scripted relay serves: replicas at work side by side need one
  // each.
  Mailer& AddMailer(ScriptedRelay& its_relay) {
    MailerOptions options;
    options.relay.host = "127.0.0.1";
    options.relay.port = its_relay.port();
    options.relay.tls = smtp::Tls::kNone;
    options.relay.step_limit = 300ms;
    options.site = {"https://aplus.test", "aplus"};
    options.from_address = "ne-pas-repondre@aplus.test";
    options.from_name = "aplus";
    options.login = {{20ms}, 10min};
    options.others = {{20ms}, give_up_after};
    options.poll = 20ms;
    options.batch = 7;
    options.relay_pause = options.relay_pause_most = 10ms;
    options.sending_limit = 2s;
    mailers_.push_back(std::make_unique<Mailer>(std::move(options), store, people, bench_.pool,
                                                bench_.executor(), g_mailer_clock, g_mailer_random, metrics));
    mailers_.back()->Start();
    return *mailers_.back();
  }

  Task<> Queue(Kind kind, RecipientId recipient, RecipientKind recipient_kind = RecipientKind::kPerson) {
    const MailSubject subject{New<EventId>(), g_mailer_clock.Now(), New<RequestId>(), "4711", "CAF"};
    NewMail mail;
    mail.kind = kind;
    mail.recipient = recipient;
    mail.recipient_kind = recipient_kind;
    auto done = co_await bench_.db->Transact(bench_.Write(),
                                             [&](Transaction& tx) { return QueueIn(tx, subject, mail); });
    EXPECT_TRUE(done);
    Kick();
  }
  Task<> Happens(Occurrence occurrence) {
    const auto event = New<EventId>();
    // Twice: as when the process died between the effect and its acknowledgement.
    for (int i = 0; i < 2; ++i) {
      auto done = co_await bench_.db->Transact(bench_.Write(), [&](Transaction& tx) {
        return expander.Expand(tx, event, g_mailer_clock.Now(), occurrence);
      });
      EXPECT_TRUE(done) << done.error().diagnostic;
    }
  }

  // "state ambiguities attempts" of every mail.
  std::vector<std::string> States() {
    return bench_.scratch.Sql(
        "SELECT state || ' ' || ambiguities || ' ' || attempts FROM mail ORDER BY queued_at");
  }
  Task<bool> Settled() {
    co_return co_await Eventually(
        [this] { return bench_.scratch.Sql("SELECT id FROM mail WHERE state IN (1, 2)").empty(); });
  }
  std::vector<std::string> MessageIds() const {
    std::vector<std::string> ids;
    for (const std::string& message : relay.messages) {
      const std::size_t at = message.find("Message-ID: ");
      ids.push_back(message.substr(at + 12, message.find("\r\n", at) - at - 12));
    }
    return ids;
  }
  std::set<std::string> Recipients() const {
    std::set<std::string> to;
    for (const std::string& line : relay.lines) {
      if (line.starts_with("RCPT TO:")) to.insert(line.substr(9, line.size() - 10));
    }
    return to;
  }

  Task<> Close() {
    for (const auto& mailer : mailers_) co_await mailer->Stop();
    relay.Stop();
    co_await scope_.Join();
  }

  Duration give_up_after = 1h;

 private:
  void Kick() {
    for (const auto& mailer : mailers_) mailer->Kick();
  }
  Task<Result<void>> QueueIn(Transaction& tx, MailSubject subject, NewMail mail) {
    store.Queue(tx, subject, {mail}, {});
    co_return Result<void>();
  }

  Bench& bench_;

 public:
  ScriptedRelay relay;
  MailStore store;
  NoticeStore notices;
  Everybody people;
  Expander expander;
  Metrics metrics;

 private:
  TaskScope scope_;
  std::vector<std::unique_ptr<Mailer>> mailers_;
};

class MailerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!aplus::testing::HasTestCluster()) GTEST_SKIP() << "no APLUS_TEST_PG";
  }
  void Play(aplus::testing::Scenario scenario) {
    Bench bench(notifications_migrations);
    StatementTable statements = MailStore::Statements();
    statements.Add(NoticeStore::Statements()).Add(DeliveryStore::Statements()).Add(ClockGuard::Statements());
    aplus::testing::Play(bench, statements, scenario);
  }
};

Task<> AMailLeavesOnce(Bench& bench) {
  Office office(bench, {});
  office.AddMailer();
  const auto user = New<RecipientId>();
  co_await office.Queue(Kind::kMessage, user);
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  CO_ASSERT(office.relay.messages.size() == 1u);
  EXPECT_THAT(office.relay.messages[0], HasSubstr("To: " + Everybody::AddressOf(user)));
  EXPECT_THAT(office.States(), ElementsAre("3 0 0"));
}
TEST_F(MailerTest, P73_AMailLeavesOnce) { Play(AMailLeavesOnce); }

Task<> TwoReplicasSendEachMailOnce(Bench& bench) {
  Office office(bench, {});
  ScriptedRelay other(bench.io, {});
  TaskScope scope(bench.executor());
  scope.Spawn("other relay", other.Serve());
  for (int i = 0; i < 60; ++i) co_await office.Queue(Kind::kMessage, New<RecipientId>());
  office.AddMailer();
  office.AddMailer(other);
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  other.Stop();
  co_await scope.Join();
  EXPECT_FALSE(office.relay.messages.empty());
  EXPECT_FALSE(other.messages.empty());
  office.relay.messages.insert(office.relay.messages.end(), other.messages.begin(), other.messages.end());
  const auto ids = office.MessageIds();
  EXPECT_EQ(ids.size(), 60u);
  EXPECT_EQ(std::set(ids.begin(), ids.end()).size(), 60u);
}
TEST_F(MailerTest, P73_TwoReplicasSendEachMailOnce) { Play(TwoReplicasSendEachMailOnce); }

Task<> TemporaryRefusalsOnlyDelay(Bench& bench) {
  RelayScript script;
  script.Answer("RCPT", {"450 later\r\n", "451 later\r\n", "552 full\r\n", "250 ok\r\n"});
  script.Answer("DATA", {"451 later\r\n", "354 go\r\n"});
  script.Answer(".", {"452 no space\r\n", "250 ok\r\n"});
  Office office(bench, script);
  office.AddMailer();
  co_await office.Queue(Kind::kMessage, New<RecipientId>());
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  EXPECT_THAT(office.States(), ElementsAre("3 0 5"));
}
TEST_F(MailerTest, P73_TemporaryRefusalsOnlyDelay) { Play(TemporaryRefusalsOnlyDelay); }

Task<> PermanentRefusalsStopAndMarkTheAddress(Bench& bench) {
  RelayScript script;
  script.Answer("RCPT", {"550 nobody\r\n", "250 ok\r\n"});
  script.Answer(".", {"554 no\r\n", "250 ok\r\n"});
  Office office(bench, script);
  office.AddMailer();
  const auto first = New<RecipientId>(), second = New<RecipientId>(), third = New<RecipientId>();
  for (const auto& user : {first, second, third}) {
    co_await office.Queue(Kind::kMessage, user);
    EXPECT_TRUE(co_await office.Settled());
  }
  co_await office.Close();
  EXPECT_THAT(office.States(), ElementsAre("5 0 0", "5 0 0", "3 0 0"));
  EXPECT_THAT(bench.scratch.Sql("SELECT recipient_id || ' ' || code FROM refused_recipient ORDER BY since"),
              ElementsAre(first.ToString() + " 550", second.ToString() + " 554"));
}
TEST_F(MailerTest, P73_PermanentRefusalsStopAndMarkTheAddress) {
  Play(PermanentRefusalsStopAndMarkTheAddress);
}

Task<> ALostAnswerRepeatsTheSameMailOnce(Bench& bench) {
  RelayScript script;
  script.Answer(".", {kHangUp, "250 ok\r\n"});
  Office office(bench, script);
  office.AddMailer();
  co_await office.Queue(Kind::kMessage, New<RecipientId>());
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  CO_ASSERT(office.relay.messages.size() == 2u);
  EXPECT_EQ(office.relay.messages[0], office.relay.messages[1]);
  EXPECT_THAT(office.States(), ElementsAre("3 1 1"));
}
TEST_F(MailerTest, P73_ALostAnswerRepeatsTheSameMailOnce) { Play(ALostAnswerRepeatsTheSameMailOnce); }

Task<> AnswersLostForEverEndAmbiguous(Bench& bench) {
  RelayScript script;
  script.Answer(".", {kHangUp});
  Office office(bench, script);
  office.AddMailer();
  co_await office.Queue(Kind::kMessage, New<RecipientId>());
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  // Four times and no more: each more might be one more copy.
  EXPECT_EQ(office.relay.messages.size(), 1u + kMostRepeats);
  EXPECT_THAT(office.States(), ElementsAre("4 4 3"));
}
TEST_F(MailerTest, P73_AnswersLostForEverEndAmbiguous) { Play(AnswersLostForEverEndAmbiguous); }

Task<> ALoginMailIsNeverSentAgainAfterItsDot(Bench& bench) {
  RelayScript script;
  script.Answer(".", {kHangUp, "250 ok\r\n"});
  Office office(bench, script);
  office.AddMailer();
  co_await office.Queue(Kind::kLogin, New<RecipientId>(), RecipientKind::kLoginRequest);
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  EXPECT_EQ(office.relay.messages.size(), 1u);
  EXPECT_THAT(office.States(), ElementsAre("4 1 0"));
}
TEST_F(MailerTest, P73_ALoginMailIsNeverSentAgainAfterItsDot) { Play(ALoginMailIsNeverSentAgainAfterItsDot); }

Task<> TokensAreMintedWhenTheConnectionStandsAndKeptNowhere(Bench& bench) {
  RelayScript script;
  script.Answer("RCPT", {"451 later\r\n", "250 ok\r\n"});
  Office office(bench, script, false);
  office.AddMailer();
  co_await office.Queue(Kind::kLogin, New<RecipientId>(), RecipientKind::kLoginRequest);
  // The relay greets nobody yet.
  for (int i = 0; i < 10; ++i) co_await Sleep(10ms);
  EXPECT_EQ(office.people.minted, 0);
  office.Listen();
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  // Each try mints anew: the thirty minutes count from sending (P10).
  EXPECT_EQ(office.people.minted, 2);
  CO_ASSERT(office.relay.messages.size() == 1u);
  EXPECT_THAT(office.relay.messages[0], HasSubstr("connexion#t=3Dtoken-2"));
  EXPECT_THAT(office.relay.messages[0], HasSubstr("7K3MPQ2X"));
  for (const std::string& row :
       bench.scratch.Sql("SELECT mail::text FROM mail UNION ALL SELECT notice::text FROM notice")) {
    EXPECT_THAT(row, Not(HasSubstr("token-")));
    EXPECT_THAT(row, Not(HasSubstr("7K3MPQ2X")));
    EXPECT_THAT(row, Not(HasSubstr("people.test")));
  }
}
TEST_F(MailerTest, P11_TokensAreMintedWhenTheConnectionStandsAndKeptNowhere) {
  Play(TokensAreMintedWhenTheConnectionStandsAndKeptNowhere);
}

Task<> AnUnknownAddressGetsNoMail(Bench& bench) {
  Office office(bench, {});
  office.people.login = LoginMail::What::kNothing;
  office.AddMailer();
  co_await office.Queue(Kind::kLogin, New<RecipientId>(), RecipientKind::kLoginRequest);
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  EXPECT_THAT(office.relay.messages, IsEmpty());
  EXPECT_THAT(office.States(), ElementsAre("6 0 0"));
}
TEST_F(MailerTest, P10_AnUnknownAddressGetsNoMail) { Play(AnUnknownAddressGetsNoMail); }

Task<> WhileAuthIsAwayMailsWaitUntried(Bench& bench) {
  Office office(bench, {});
  office.people.away = true;
  office.AddMailer();
  co_await office.Queue(Kind::kMessage, New<RecipientId>());
  for (int i = 0; i < 10; ++i) co_await Sleep(10ms);
  EXPECT_THAT(office.relay.messages, IsEmpty());
  EXPECT_THAT(office.States(), ElementsAre("1 0 0"));
  office.people.away = false;
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  EXPECT_EQ(office.relay.messages.size(), 1u);
}
TEST_F(MailerTest, P73_WhileAuthIsAwayMailsWaitUntried) { Play(WhileAuthIsAwayMailsWaitUntried); }

Task<> WhoWasDeactivatedMeanwhileGetsNothing(Bench& bench) {
  Office office(bench, {});
  const auto user = New<UserId>();
  office.people.inactive = {user};
  office.AddMailer();
  co_await office.Queue(Kind::kMessage, As<RecipientId>(user));
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  EXPECT_THAT(office.relay.messages, IsEmpty());
  EXPECT_THAT(office.States(), ElementsAre("6 0 0"));
}
TEST_F(MailerTest, P5_WhoWasDeactivatedMeanwhileGetsNothing) { Play(WhoWasDeactivatedMeanwhileGetsNothing); }

Task<> ARelayThatWasDownDelaysNothingOnceItIsBack(Bench& bench) {
  RelayScript script;
  // Each greeting that hangs up is a connection that fails.
  Office office(bench, script, false);
  office.AddMailer();
  for (int i = 0; i < 20; ++i) co_await office.Queue(Kind::kMessage, New<RecipientId>());
  EXPECT_TRUE(co_await Eventually(
      [&] { return bench.scratch.Sql("SELECT id FROM mail WHERE attempts > 0").size() > 5; }));
  // What waits for the relay would wait an hour by its own schedule.
  bench.scratch.Sql("UPDATE mail SET due_at = now() + interval '1 hour' WHERE relay_fault AND claim IS NULL");
  office.Listen();
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  EXPECT_EQ(office.relay.messages.size(), 20u);
}
TEST_F(MailerTest, P73_ARelayThatWasDownDelaysNothingOnceItIsBack) {
  Play(ARelayThatWasDownDelaysNothingOnceItIsBack);
}

Task<> AKeptConnectionThatWasClosedIsOpenedAgain(Bench& bench) {
  RelayScript script;
  script.Answer("MAIL", {"250 ok\r\n", kHangUp, "250 ok\r\n"});
  Office office(bench, script);
  office.AddMailer();
  co_await office.Queue(Kind::kMessage, New<RecipientId>());
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Queue(Kind::kMessage, New<RecipientId>());
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  EXPECT_THAT(office.States(), ElementsAre("3 0 0", "3 0 0"));
  EXPECT_EQ(office.relay.connections, 2);
}
TEST_F(MailerTest, AKeptConnectionThatWasClosedIsOpenedAgain) {
  Play(AKeptConnectionThatWasClosedIsOpenedAgain);
}

Task<> AMailIsGivenUpAtTheEndOfItsSchedule(Bench& bench) {
  RelayScript script;
  script.Answer("RCPT", {"451 later\r\n"});
  Office office(bench, script);
  office.give_up_after = 200ms;
  office.AddMailer();
  co_await office.Queue(Kind::kMessage, New<RecipientId>());
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  EXPECT_EQ(office.States().at(0).substr(0, 3), "5 0");
}
TEST_F(MailerTest, P73_AMailIsGivenUpAtTheEndOfItsSchedule) { Play(AMailIsGivenUpAtTheEndOfItsSchedule); }

// --- from event to mail
// --------------------------------------------------------------------------------------------

RequestFacts Case(UserId creator, GroupId helpers, GroupId caf) {
  RequestFacts facts;
  facts.id = New<RequestId>();
  facts.number = "4711";
  facts.creator = facts.actor = creator;
  facts.creator_group = facts.actor_group = helpers;
  facts.helpers = {creator};
  facts.groups = {caf};
  return facts;
}

Task<> ANewRequestReachesInstructorsAndMailbox(Bench& bench) {
  Office office(bench, {});
  const auto creator = New<UserId>(), paul = New<UserId>(), marie = New<UserId>();
  const auto caf = New<GroupId>();
  office.people.instructors[caf] = {paul, marie, creator};
  office.AddMailer();
  const RequestFacts facts = Case(creator, New<GroupId>(), caf);
  co_await office.Happens(RequestOpened{facts});
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  EXPECT_EQ(office.relay.messages.size(), 3u);
  EXPECT_EQ(office.Recipients(), (std::set<std::string>{Everybody::AddressOf(As<RecipientId>(paul)),
                                                        Everybody::AddressOf(As<RecipientId>(marie)),
                                                        Everybody::AddressOf(As<RecipientId>(caf))}));
  // On the list of what is new: people, not mailboxes, and who asked is not told.
  EXPECT_EQ(bench.scratch.Sql("SELECT user_id FROM notice").size(), 2u);
}
TEST_F(MailerTest, P70_ANewRequestReachesInstructorsAndMailbox) {
  Play(ANewRequestReachesInstructorsAndMailbox);
}

Task<> PreferencesDecideWhenAMailLeaves(Bench& bench) {
  Office office(bench, {});
  const auto creator = New<UserId>(), each = New<UserId>(), twice = New<UserId>(), none = New<UserId>();
  const auto caf = New<GroupId>();
  office.people.instructors[caf] = {each, twice, none};
  office.people.zones[twice] = "Indian/Reunion";
  bench.scratch.Sql("INSERT INTO preference (user_id, frequency) VALUES ('" + twice.ToString() + "', 1), ('" +
                    none.ToString() + "', 3)");
  const RequestFacts facts = Case(creator, New<GroupId>(), caf);
  co_await office.Happens(RequestOpened{facts});
  EXPECT_THAT(bench.scratch.Sql("SELECT zone || ' ' || to_char(due_at AT TIME ZONE zone, 'HH24:MI:SS')"
                                "  FROM mail WHERE state = 0"),
              ::testing::ElementsAre(::testing::AnyOf("Indian/Reunion 11:00:00", "Indian/Reunion 15:00:00")));
  EXPECT_EQ(bench.scratch.Sql("SELECT id FROM mail").size(), 3u);
  EXPECT_EQ(bench.scratch.Sql("SELECT id FROM notice").size(), 3u);
  co_await office.Close();
}
TEST_F(MailerTest, P72_PreferencesDecideWhenAMailLeaves) { Play(PreferencesDecideWhenAMailLeaves); }

Task<> WhileAuthIsAwayNothingIsHalfTold(Bench& bench) {
  Office office(bench, {});
  office.people.away = true;
  const RequestFacts facts = Case(New<UserId>(), New<GroupId>(), New<GroupId>());
  auto refused = co_await bench.db->Transact(bench.Write(), [&](Transaction& tx) {
    return office.expander.Expand(tx, New<EventId>(), g_mailer_clock.Now(), RequestOpened{facts});
  });
  EXPECT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, Reason::kUnavailable);
  EXPECT_THAT(bench.scratch.Sql("SELECT id FROM mail"), IsEmpty());
  EXPECT_THAT(bench.scratch.Sql("SELECT request_id FROM request_number"), IsEmpty());
  co_await office.Close();
}
TEST_F(MailerTest, P73_WhileAuthIsAwayNothingIsHalfTold) { Play(WhileAuthIsAwayNothingIsHalfTold); }

Task<> AnErasedRequestIsForgotten(Bench& bench) {
  Office office(bench, {});
  const auto caf = New<GroupId>();
  office.people.instructors[caf] = {New<UserId>()};
  const RequestFacts facts = Case(New<UserId>(), New<GroupId>(), caf);
  co_await office.Happens(RequestOpened{facts});
  EXPECT_EQ(bench.scratch.Sql("SELECT id FROM mail").size(), 2u);
  co_await office.Happens(Erased{facts.id});
  EXPECT_THAT(bench.scratch.Sql("SELECT id FROM mail UNION ALL SELECT id FROM notice UNION ALL"
                                " SELECT request_id FROM request_number"),
              IsEmpty());
  co_await office.Close();
}
TEST_F(MailerTest, P51_AnErasedRequestIsForgotten) { Play(AnErasedRequestIsForgotten); }

Task<> NewTermsReachEverybodyOnce(Bench& bench) {
  Office office(bench, {});
  for (int i = 0; i < 5; ++i) office.people.everybody.insert(New<UserId>());
  co_await office.Happens(TermsNew{});
  EXPECT_THAT(bench.scratch.Sql("SELECT count(*) || ' ' || count(DISTINCT recipient_id) FROM mail"),
              ElementsAre("5 5"));
  office.AddMailer();
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  EXPECT_EQ(office.Recipients().size(), 5u);
}
TEST_F(MailerTest, P70_NewTermsReachEverybodyOnce) { Play(NewTermsReachEverybodyOnce); }

Task<> WhoseAccountEndsForIdlenessIsTold(Bench& bench) {
  Office office(bench, {});
  const auto idle = New<UserId>(), other = New<UserId>();
  office.people.inactive = {idle, other};
  co_await office.Queue(Kind::kMessage, As<RecipientId>(idle));
  co_await office.Happens(AccountClosed{.user = idle, .left = true, .idle = true});
  co_await office.Happens(AccountClosed{.user = other, .left = true});
  office.AddMailer();
  EXPECT_TRUE(co_await office.Settled());
  co_await office.Close();
  // And nothing else: what was queued for him is dropped.
  EXPECT_THAT(office.Recipients(), ElementsAre(Everybody::AddressOf(As<RecipientId>(idle))));
  EXPECT_EQ(office.relay.messages.size(), 1u);
}
TEST_F(MailerTest, P6_WhoseAccountEndsForIdlenessIsTold) { Play(WhoseAccountEndsForIdlenessIsTold); }

Task<> AGroupWithNobodyIsAnAlarm(Bench& bench) {
  Office office(bench, {});
  const auto helper = New<UserId>(), manager = New<UserId>();
  const auto empty = New<GroupId>();
  office.people.without_mailbox = {empty};
  office.people.managers[empty] = {manager};
  RequestFacts facts = Case(helper, New<GroupId>(), empty);
  // What is between instructors raises nothing (P28).
  co_await office.Happens(MessageWritten{facts, true});
  EXPECT_THAT(bench.scratch.Sql("SELECT group_id FROM unreached_group"), IsEmpty());
  co_await office.Happens(RequestOpened{facts});
  EXPECT_THAT(bench.scratch.Sql("SELECT group_id::text FROM unreached_group"), ElementsAre(empty.ToString()));
  DeliveryStore deliveries(*bench.db);
  Alarms alarms(1h, *bench.db, deliveries, office.expander, g_mailer_clock, g_mailer_random,
                bench.executor());
  office.people.away = true;
  EXPECT_FALSE(co_await alarms.Round()) << "later, when auth is back";
  office.people.away = false;
  EXPECT_TRUE(co_await alarms.Round());
  EXPECT_TRUE(co_await alarms.Round());
  EXPECT_THAT(bench.scratch.Sql("SELECT recipient_id::text FROM mail WHERE kind >= 47 ORDER BY kind"),
              ElementsAre(helper.ToString(), manager.ToString()))
      << "once each";
  co_await office.Happens(Erased{facts.id});
  EXPECT_THAT(bench.scratch.Sql("SELECT group_id FROM unreached_group"), IsEmpty());
  co_await office.Close();
}
TEST_F(MailerTest, P75_AGroupWithNobodyIsAnAlarm) { Play(AGroupWithNobodyIsAnAlarm); }

Task<> DigestsAreMadeAndSent(Bench& bench) {
  Office office(bench, {});
  ClockGuard guard(*bench.db, "notifications", office.metrics);
  Housekeeping housekeeping(
      {.hours = {}}, office.store, office.notices, guard, [] {}, bench.executor(), office.metrics);
  const auto helper = New<UserId>();
  RequestFacts facts = Case(helper, New<GroupId>(), New<GroupId>());
  facts.actor = {};
  co_await office.Happens(Late{facts, {}});
  facts.id = New<RequestId>();
  facts.number = "4712";
  co_await office.Happens(Late{facts, {}});
  EXPECT_TRUE(co_await housekeeping.Join());
  office.AddMailer();
  EXPECT_TRUE(co_await office.Settled());
  EXPECT_TRUE(co_await housekeeping.Measure());
  EXPECT_TRUE(co_await housekeeping.Recover());
  EXPECT_TRUE(co_await housekeeping.Sweep());
  co_await office.Close();
  CO_ASSERT(office.relay.messages.size() == 1u);
  EXPECT_THAT(office.relay.messages[0], HasSubstr("4711"));
  EXPECT_THAT(office.relay.messages[0], HasSubstr("4712"));
}
TEST_F(MailerTest, P72_LateRequestsAreOneMail) { Play(DigestsAreMadeAndSent); }

}  // namespace
}  // namespace aplus::notifications
