#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <fstream>
#include <functional>

#include "services/notifications/smtp/session.h"
#include "tests/unit/services/notifications/scripted_relay.h"

namespace aplus::smtp {
namespace {

using aplus::testing::kHangUp;
using aplus::testing::kSilence;
using aplus::testing::RelayScript;
using aplus::testing::ScriptedRelay;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr std::string_view kMail = "Subject: x\r\n\r\nBonjour\r\n.\r\n..\r\n.fin\r\n";

// What became of one mail.
struct End {
  bool delivered = false;
  int code = 0;
  Problem problem;
  bool usable = false;
};

class Smtp : public ::testing::Test {
 protected:
  // One mail over one connection; `mails` of them when told.
  End Send(RelayScript script, int mails = 1) {
    End end;
    Run(std::move(script), [&](boost::asio::io_context& io) { return SendAll(io, mails, end); });
    return end;
  }

  void Run(RelayScript script, std::function<Task<>(boost::asio::io_context&)> client) {
    boost::asio::io_context io{1};
    relay_server_.emplace(io, std::move(script));
    relay_.host = relay_.host.empty() ? "127.0.0.1" : relay_.host;
    relay_.port = relay_server_->port();
    if (trust_) {
      ca_file_ = ::testing::TempDir() + "aplus-smtp-" + std::to_string(relay_.port) + ".pem";
      std::ofstream(ca_file_) << relay_server_->authority();
      relay_.ca_file = ca_file_;
    }
    // Reading the system's authorities takes long; only the tests of TLS need them.
    context_.emplace(relay_.tls == Tls::kNone
                         ? boost::asio::ssl::context(boost::asio::ssl::context::tls_client)
                         : MakeTlsContext(relay_.ca_file));
    boost::asio::co_spawn(io, relay_server_->Serve(), boost::asio::detached);
    bool done = false;
    std::exception_ptr thrown;
    boost::asio::co_spawn(io, client(io), [&](std::exception_ptr exception) {
      done = true;
      thrown = exception;
      relay_server_->Stop();
    });
    io.run_for(20s);
    ASSERT_TRUE(done) << "the client still waits";
    if (thrown) std::rethrow_exception(thrown);
    lines_ = relay_server_->lines;
    messages_ = relay_server_->messages;
    connections_ = relay_server_->connections;
    relay_server_.reset();
    std::remove(ca_file_.c_str());
  }

  Task<> SendAll(boost::asio::io_context& io, int mails, End& end) {
    auto session = co_await Session::Open(io.get_executor(), pool_, relay_, *context_);
    if (!session) {
      end.problem = session.error();
      co_return;
    }
    for (int i = 0; i < mails && (*session)->usable(); ++i) {
      end = {};
      co_await SendOne(**session, end);
      end.usable = (*session)->usable();
    }
    co_await (*session)->Quit();
  }

  Task<> SendOne(Session& session, End& end) {
    if (auto recipient = co_await session.Recipient("from@aplus.test", to_); !recipient) {
      end.problem = recipient.error();
      co_return;
    }
    if (auto content = co_await session.Content(kMail); !content) {
      end.problem = content.error();
      co_return;
    }
    auto dot = co_await session.Dot();
    end.delivered = dot.has_value();
    if (dot) {
      end.code = *dot;
    } else {
      end.problem = dot.error();
    }
  }

  BlockingPool pool_{1};
  Relay relay_{.host = "127.0.0.1",
               .port = 0,
               .tls = Tls::kNone,
               .ca_file = {},
               .user = {},
               .password = {},
               .hello_name = "client.test",
               .step_limit = 250ms};
  std::string to_ = "jeanne@caf62.test";
  bool trust_ = false;
  std::string ca_file_;
  std::optional<boost::asio::ssl::context> context_;
  std::optional<ScriptedRelay> relay_server_;
  std::vector<std::string> lines_, messages_;
  int connections_ = 0;
};

TEST_F(Smtp, AMailArrivesAsItWasWritten) {
  const End end = Send({});
  EXPECT_TRUE(end.delivered);
  EXPECT_EQ(end.code, 250);
  EXPECT_TRUE(end.usable);
  EXPECT_THAT(messages_, ElementsAre(std::string(kMail)));
  EXPECT_THAT(lines_, ElementsAre("EHLO client.test", "MAIL FROM:<from@aplus.test>",
                                  "RCPT TO:<jeanne@caf62.test>", "DATA", "QUIT"));
}

TEST_F(Smtp, SeveralMailsShareOneConnection) {
  const End end = Send({}, 5);
  EXPECT_TRUE(end.delivered);
  EXPECT_EQ(messages_.size(), 5u);
  EXPECT_EQ(connections_, 1);
}

TEST_F(Smtp, RepliesMayComeByteByByteAndInSeveralLines) {
  RelayScript script;
  script.slow_bytes = true;
  script.Answer("EHLO", {"250-relay.test\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250 PIPELINING\r\n"});
  script.Answer(".", {"250-queued\r\n250 as 1234\r\n"});
  EXPECT_TRUE(Send(script).delivered);
}

// T-REL-03, the table: what a server does, at which step, and what we must conclude.
struct Case {
  std::string name;
  RelayScript script;
  Step step;
  Failure failure;
  int code;
  bool usable;  // for another mail
};

std::vector<Case> Cases() {
  const auto with = [](const std::string& verb, const std::string& answer) {
    return RelayScript().Answer(verb, {answer});
  };
  RelayScript full, busy_greeting, silent_greeting, no_greeting, web, broken;
  full.greeting = "554 no service here\r\n";
  busy_greeting.greeting = "421 try later\r\n";
  silent_greeting.greeting = kSilence;
  no_greeting.greeting = kHangUp;
  web.greeting = "HTTP/1.1 400 Bad Request\r\n\r\n";
  broken.break_in_content = 10;
  return {
      {"554 as greeting", full, Step::kOpen, Failure::kRefused, 554, false},
      {"421 as greeting", busy_greeting, Step::kOpen, Failure::kBusy, 421, false},
      {"silence as greeting", silent_greeting, Step::kOpen, Failure::kTimeout, 0, false},
      {"hangs up at once", no_greeting, Step::kOpen, Failure::kClosed, 0, false},
      {"another protocol", web, Step::kOpen, Failure::kMalformed, 0, false},
      {"EHLO 502", with("EHLO", "502 no\r\n"), Step::kOpen, Failure::kRefused, 502, false},
      {"MAIL 451", with("MAIL", "451 later\r\n"), Step::kSender, Failure::kBusy, 451, true},
      {"MAIL 530", with("MAIL", "530 log in first\r\n"), Step::kSender, Failure::kRefused, 530, true},
      {"MAIL hang up", with("MAIL", kHangUp), Step::kSender, Failure::kClosed, 0, false},
      {"RCPT 450", with("RCPT", "450 greylisted\r\n"), Step::kRecipient, Failure::kBusy, 450, true},
      {"RCPT 550", with("RCPT", "550 no such user\r\n"), Step::kRecipient, Failure::kRefused, 550, true},
      {"RCPT 421", with("RCPT", "421 bye\r\n"), Step::kRecipient, Failure::kBusy, 421, false},
      {"RCPT tarpit", with("RCPT", kSilence), Step::kRecipient, Failure::kTimeout, 0, false},
      {"RCPT 354", with("RCPT", "354 eh\r\n"), Step::kRecipient, Failure::kMalformed, 354, false},
      {"RCPT two codes", with("RCPT", "250-yes\r\n550 no\r\n"), Step::kRecipient, Failure::kMalformed, 0,
       false},
      {"RCPT answers twice", with("RCPT", "250 ok\r\n250 ok\r\n"), Step::kRecipient, Failure::kMalformed, 250,
       false},
      {"DATA 451", with("DATA", "451 later\r\n"), Step::kData, Failure::kBusy, 451, true},
      {"DATA 554", with("DATA", "554 no\r\n"), Step::kData, Failure::kRefused, 554, true},
      {"DATA 250", with("DATA", "250 what\r\n"), Step::kData, Failure::kMalformed, 250, false},
      {"drop before DATA", with("DATA", kHangUp), Step::kData, Failure::kClosed, 0, false},
      {"tarpit at DATA", with("DATA", kSilence), Step::kData, Failure::kTimeout, 0, false},
      {"dot 451", with(".", "451 disk full\r\n"), Step::kDot, Failure::kBusy, 451, true},
      {"dot 450", with(".", "450 later\r\n"), Step::kDot, Failure::kBusy, 450, true},
      {"dot 421", with(".", "421 closing\r\n"), Step::kDot, Failure::kBusy, 421, false},
      {"dot 550", with(".", "550 no\r\n"), Step::kDot, Failure::kRefused, 550, true},
      {"dot 554", with(".", "554 spam\r\n"), Step::kDot, Failure::kRefused, 554, true},
      {"drop after dot", with(".", kHangUp), Step::kDot, Failure::kClosed, 0, false},
      {"tarpit after dot", with(".", kSilence), Step::kDot, Failure::kTimeout, 0, false},
      {"nonsense after dot", with(".", "xyz\r\n"), Step::kDot, Failure::kMalformed, 0, false},
      {"half an answer after dot", with(".", "25"), Step::kDot, Failure::kTimeout, 0, false},
      {"354 after dot", with(".", "354 more\r\n"), Step::kDot, Failure::kMalformed, 354, false},
  };
}

TEST_F(Smtp, T_REL_03_EveryFaultIsPlacedWhereItHappened) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    const End end = Send(c.script);
    EXPECT_FALSE(end.delivered);
    EXPECT_EQ(ToString(end.problem.step), ToString(c.step));
    EXPECT_EQ(ToString(end.problem.failure), ToString(c.failure));
    EXPECT_EQ(end.problem.code, c.code);
    EXPECT_EQ(end.usable, c.usable);
  }
}

// The one thing that matters most: a mail of which the server may have the dot is never called undelivered,
// and one of which it cannot have it is never called ambiguous.
TEST_F(Smtp, T_REL_03_OnlyALostAnswerToTheDotIsAmbiguous) {
  for (const Case& c : Cases()) {
    SCOPED_TRACE(c.name);
    const End end = Send(c.script);
    const bool dot_arrived = !messages_.empty();
    const bool clear_no = end.problem.failure == Failure::kBusy || end.problem.failure == Failure::kRefused;
    EXPECT_EQ(end.problem.Ambiguous(), dot_arrived && !clear_no);
  }
}

TEST_F(Smtp, T_REL_03_ABreakInTheTextIsNoDelivery) {
  RelayScript script;
  script.break_in_content = 10;
  const End end = Send(script);
  EXPECT_FALSE(end.delivered);
  EXPECT_THAT(messages_, IsEmpty());
  // Our write may have been taken by the kernel before the break was seen: then the dot was written too, into
  // the void, and nobody can know that. Never is it called delivered.
  EXPECT_TRUE(end.problem.step == Step::kData || end.problem.Ambiguous());
}

TEST_F(Smtp, ARefusedRecipientDoesNotHurtTheNextMail) {
  RelayScript script;
  script.Answer("RCPT", {"550 unknown\r\n", "250 ok\r\n"});
  const End end = Send(script, 2);
  EXPECT_TRUE(end.delivered);
  EXPECT_EQ(connections_, 1);
  EXPECT_THAT(lines_, ::testing::Contains("RSET"));
}

TEST_F(Smtp, NoBytesLeaveForAnAddressThatCouldSmuggleACommand) {
  for (const char* hostile : {"a@b.c>\r\nRCPT TO:<x@y.z", "a@b.c\r\nDATA", "", "a b@c.d"}) {
    to_ = hostile;
    const End end = Send({});
    EXPECT_EQ(end.problem.step, Step::kRecipient);
    EXPECT_EQ(end.problem.failure, Failure::kRefused);
    EXPECT_TRUE(end.usable);
    EXPECT_THAT(lines_, ElementsAre("EHLO client.test", "QUIT"));
  }
}

TEST_F(Smtp, NobodyThere) {
  boost::asio::io_context io{1};
  // Bound and closed again: refused.
  boost::asio::ip::tcp::acceptor taken(io, {boost::asio::ip::address_v4::loopback(), 0});
  const std::uint16_t port = taken.local_endpoint().port();
  taken.close();
  context_.emplace(MakeTlsContext(""));
  relay_.port = port;
  End end;
  boost::asio::co_spawn(io, SendAll(io, 1, end), boost::asio::detached);
  io.run();
  EXPECT_EQ(end.problem.step, Step::kOpen);
  EXPECT_EQ(end.problem.failure, Failure::kConnect);
}

// --- TLS and AUTH
// ------------------------------------------------------------------------------------------------

RelayScript WithTls() {
  RelayScript script;
  script.Answer("EHLO", {"250-relay.test\r\n250 STARTTLS\r\n"});
  script.Answer("EHLO2", {"250-relay.test\r\n250 AUTH LOGIN PLAIN\r\n"});
  return script;
}

TEST_F(Smtp, TlsThenAuth) {
  trust_ = true;
  relay_.tls = Tls::kRequired;
  relay_.user = "aplus";
  relay_.password = SecretString("secret");
  EXPECT_TRUE(Send(WithTls()).delivered);
  EXPECT_THAT(lines_, ElementsAre("EHLO client.test", "STARTTLS", "EHLO client.test",
                                  "AUTH PLAIN AGFwbHVzAHNlY3JldA==", "MAIL FROM:<from@aplus.test>",
                                  "RCPT TO:<jeanne@caf62.test>", "DATA", "QUIT"));
}

TEST_F(Smtp, AuthLogin) {
  trust_ = true;
  relay_.tls = Tls::kRequired;
  relay_.user = "aplus";
  relay_.password = SecretString("secret");
  RelayScript script = WithTls();
  script.Answer("EHLO2", {"250-relay.test\r\n250 AUTH=LOGIN\r\n"});
  script.Answer("AUTH", {"334 VXNlcm5hbWU6\r\n"});
  script.Answer("YXBsdXM=", {"334 UGFzc3dvcmQ6\r\n"});
  script.Answer("c2VjcmV0", {"235 welcome\r\n"});
  EXPECT_TRUE(Send(script).delivered);
}

TEST_F(Smtp, RequiredTlsIsNeverDoneWithout) {
  relay_.tls = Tls::kRequired;
  const End end = Send({});
  EXPECT_EQ(end.problem.failure, Failure::kTls);
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(Smtp, OpportunisticTlsDoesWithout) {
  relay_.tls = Tls::kOpportunistic;
  EXPECT_TRUE(Send({}).delivered);
}

TEST_F(Smtp, T_REL_03_StartTlsRefused) {
  relay_.tls = Tls::kRequired;
  for (const char* answer : {"454 not now\r\n", "501 no\r\n", kHangUp}) {
    const End end = Send(WithTls().Answer("STARTTLS", {answer}));
    EXPECT_EQ(end.problem.step, Step::kOpen);
    EXPECT_EQ(end.problem.failure, Failure::kTls);
    EXPECT_THAT(messages_, IsEmpty());
  }
}

TEST_F(Smtp, AnUnknownAuthorityIsRefused) {
  relay_.tls = Tls::kRequired;
  const End end = Send(WithTls());
  EXPECT_EQ(end.problem.failure, Failure::kTls);
  EXPECT_THAT(messages_, IsEmpty());
}

TEST_F(Smtp, ACertificateForAnotherNameIsRefused) {
  trust_ = true;
  relay_.tls = Tls::kRequired;
  relay_.host = "localhost";  // the certificate names 127.0.0.1
  const End end = Send(WithTls());
  EXPECT_EQ(end.problem.failure, Failure::kTls);
  EXPECT_FALSE(end.delivered);
}

// CVE-2011-0411: what is said in clear behind the answer to STARTTLS must not count as said under TLS.
TEST_F(Smtp, BytesInjectedBeforeTheHandshakeEndTheConversation) {
  trust_ = true;
  relay_.tls = Tls::kRequired;
  const End end = Send(WithTls().Answer("STARTTLS", {"220 go\r\n250 injected\r\n"}));
  EXPECT_EQ(end.problem.failure, Failure::kTls);
}

TEST_F(Smtp, APasswordNeverLeavesInClear) {
  relay_.tls = Tls::kOpportunistic;
  relay_.user = "aplus";
  relay_.password = SecretString("secret");
  const End end = Send(RelayScript().Answer("EHLO", {"250-relay.test\r\n250 AUTH PLAIN\r\n"}));
  EXPECT_EQ(end.problem.failure, Failure::kAuth);
  EXPECT_THAT(lines_, ElementsAre("EHLO client.test"));
}

TEST_F(Smtp, AWrongPasswordIsTheRelaysAffairAndNoMailFails) {
  trust_ = true;
  relay_.tls = Tls::kRequired;
  relay_.user = "aplus";
  relay_.password = SecretString("secret");
  const End end = Send(WithTls().Answer("AUTH", {"535 no\r\n"}));
  EXPECT_EQ(end.problem.failure, Failure::kAuth);
  EXPECT_TRUE(end.problem.OfRelay());
}

// --- the pieces
// ---------------------------------------------------------------------------------------------------

TEST(DotStuffing, EveryLineThatBeginsWithADotGetsAnother) {
  EXPECT_EQ(DotStuff(".\r\n..\r\na.\r\n.b"), "..\r\n...\r\na.\r\n..b\r\n");
  EXPECT_EQ(DotStuff(""), "\r\n");
}

TEST(Replies, AnyCutGivesTheSameReply) {
  const std::string text = "250-one\r\n250-two\r\n250 three\r\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ReplyReader reader;
    auto status = reader.Feed(text.substr(0, cut));
    if (status == ReplyReader::Status::kMore) status = reader.Feed(text.substr(cut));
    ASSERT_EQ(status, ReplyReader::Status::kDone);
    EXPECT_THAT(reader.Take().lines, ElementsAre("one", "two", "three"));
  }
}

TEST(Replies, NonsenseIsRefusedAndNothingGrowsWithoutEnd) {
  for (const std::string& text :
       {std::string("hello\r\n"), std::string("99 x\r\n"), std::string("1234 x\r\n"),
        std::string("250+x\r\n"), std::string("150 x\r\n"), std::string("650 x\r\n"), std::string("\r\n"),
        std::string("25\r\n"), std::string("250-a\r\n251 b\r\n"), std::string(5000, '2'),
        "250 " + std::string(5000, 'x') + "\r\n"}) {
    EXPECT_EQ(ReplyReader().Feed(text), ReplyReader::Status::kMalformed) << text.substr(0, 20);
  }
  std::string endless;
  for (int i = 0; i < 1000; ++i) endless += "250-x\r\n";
  EXPECT_EQ(ReplyReader().Feed(endless), ReplyReader::Status::kMalformed);
}

}  // namespace
}  // namespace aplus::smtp
