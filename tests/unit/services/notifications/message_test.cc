#include "services/notifications/domain/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "services/notifications/domain/mail_state.h"

namespace aplus::notifications {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

const Site kSite{"https://aplus.test", "aplus"};
const std::string kId = "0190d000-0000-7000-8000-000000000001";

Time At(std::string_view text) { return *ParseTime(text); }

LoginLink Login(std::string asked_from = "Firefox sous Windows, réseau 192.0.2.0") {
  return {SecretString("abcdefghijklmnopqrstuvwxyz0123456789-_ABCDE"), SecretString("7K3MPQ2X"),
          At("2026-05-12T12:02:00Z"), At("2026-05-12T12:32:00Z"), std::move(asked_from)};
}

Envelope To(std::string to) {
  return {"aplus",
          "ne-pas-repondre@aplus.test",
          std::move(to),
          "event.kind.recipient@aplus.test",
          At("2026-05-12T15:00:00Z"),
          "https://aplus.test/profil/notifications"};
}

TEST(Wordings, P70_EveryKindHasItsFrenchText) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Kind::kCount_); ++i) {
    const auto kind = static_cast<Kind>(i);
    if (kind == Kind::kLogin || kind == Kind::kDigest || kind == Kind::kLateDigest) continue;
    const Wording with = Tell(kSite, {kind, kId, "4711", "CAF"});
    const Wording without = Tell(kSite, {kind, "", "", ""});
    SCOPED_TRACE(Describe(kind).code);
    for (const Wording* wording : {&with, &without}) {
      ASSERT_FALSE(wording->subject.empty());
      ASSERT_FALSE(wording->paragraphs.empty());
      for (const std::string& text : {wording->subject, wording->paragraphs[0]}) {
        EXPECT_THAT(text, Not(HasSubstr("{")));
        EXPECT_THAT(text, Not(HasSubstr("  ")));
        EXPECT_THAT(text, Not(HasSubstr(" .")));
      }
    }
    EXPECT_EQ(with.link, "https://aplus.test/demandes/" + kId);
    // A row of its own, not the fallback.
    if (kind != Kind::kMessage)
      EXPECT_NE(with.subject, Tell(kSite, {Kind::kMessage, kId, "4711", "CAF"}).subject);
  }
}

TEST(Wordings, P71_ARequestIsItsNumberItsOrganisationAndALink) {
  const std::string text = PlainText(kSite, Tell(kSite, {Kind::kNewRequest, kId, "4711", "France Services"}));
  EXPECT_THAT(text, HasSubstr("n°\u00a04711"));
  EXPECT_THAT(text, HasSubstr("France Services"));
  EXPECT_THAT(text, HasSubstr("https://aplus.test/demandes/" + kId + "\n"));
}

TEST(Wordings, P10_TheLoginMailHasLinkCodeAndHour) {
  const std::string text = PlainText(kSite, TellLogin(kSite, Login()));
  EXPECT_THAT(text,
              HasSubstr("https://aplus.test/connexion#t=abcdefghijklmnopqrstuvwxyz0123456789-_ABCDE\n"));
  EXPECT_THAT(text, HasSubstr(" : 7K3MPQ2X\n"));
  EXPECT_THAT(text, HasSubstr("14\u00a0h\u00a032 (heure de Paris)"));
  EXPECT_THAT(text, HasSubstr("12 mai 2026 à 14\u00a0h\u00a002"));
  EXPECT_THAT(text, HasSubstr("Firefox sous Windows"));
}

TEST(Wordings, P10_WinterAndSummerInParis) {
  EXPECT_EQ(HourInParis(At("2026-01-12T12:05:00Z")), "13\u00a0h\u00a005 (heure de Paris)");
  EXPECT_EQ(HourInParis(At("2026-07-12T22:05:00Z")), "0\u00a0h\u00a005 (heure de Paris)");
  EXPECT_EQ(DayInParis(At("2026-07-31T22:05:00Z")), "1er août 2026");
}

TEST(Wordings, WhoAskedForALinkCannotWriteIntoTheMail) {
  const std::string text =
      PlainText(kSite, TellLogin(kSite, Login("https://evil.example\r\n\r\nCliquez ici")));
  EXPECT_THAT(text, Not(HasSubstr("://evil")));
  EXPECT_THAT(text, Not(HasSubstr("evil.example")));
  const std::string html = HtmlText(kSite, TellLogin(kSite, Login("<script>alert(1)</script>")));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(Wordings, P72_ADigestGroupsByRequest) {
  const std::string other = "0190d000-0000-7000-8000-000000000002";
  const Wording digest = TellTogether(kSite, false,
                                      {{Kind::kNewRequest, kId, "4711", "CAF"},
                                       {Kind::kMessage, other, "4712", "CPAM"},
                                       {Kind::kMessage, kId, "4711", "CAF"},
                                       {Kind::kMessage, kId, "4711", "CAF"}});
  ASSERT_EQ(digest.facts.size(), 2u);
  EXPECT_EQ(digest.facts[0].first, "Demande n°\u00a04711");
  EXPECT_THAT(digest.facts[0].second, HasSubstr("nouvelle demande, nouveau message (×\u00a02)"));
  EXPECT_THAT(digest.facts[0].second, HasSubstr("https://aplus.test/demandes/" + kId));
  EXPECT_THAT(digest.subject, HasSubstr("2 demandes"));
  EXPECT_TRUE(digest.list_unsubscribe);
  EXPECT_THAT(HtmlText(kSite, digest), HasSubstr("<a href=\"https://aplus.test/demandes/" + other + "\""));
  EXPECT_FALSE(TellTogether(kSite, true, {{Kind::kLate, kId, "4711", "CAF"}}).list_unsubscribe);
}

TEST(Wordings, P43_P72_ADigestOfRemindersSaysWhatItIsAbout) {
  const Wording late = TellTogether(kSite, true, {{Kind::kLate, kId, "4711", "CAF"}});
  EXPECT_THAT(late.subject, HasSubstr("1 demande en attente de réponse"));
  const Wording mixed =
      TellTogether(kSite, true, {{Kind::kLate, kId, "4711", "CAF"}, {Kind::kToBeClosed, "", "4712", ""}});
  EXPECT_EQ(mixed.subject, "2 demandes en attente");
  EXPECT_THAT(PlainText(kSite, mixed), HasSubstr("traitée, à clôturer"));
}

TEST(Messages, HeadersSayThatAMachineWrites) {
  const std::string mail =
      Compose(kSite, To("jeanne@caf62.test"), Tell(kSite, {Kind::kMessage, kId, "4711", "CAF"}));
  EXPECT_THAT(mail, HasSubstr("\r\nAuto-Submitted: auto-generated\r\n"));
  EXPECT_THAT(mail, HasSubstr("\r\nX-Auto-Response-Suppress: All\r\n"));
  EXPECT_THAT(mail, HasSubstr("\r\nMessage-ID: <event.kind.recipient@aplus.test>\r\n"));
  EXPECT_THAT(mail, HasSubstr("\r\nDate: Tue, 12 May 2026 15:00:00 +0000\r\n"));
  EXPECT_THAT(mail, HasSubstr("\r\nTo: jeanne@caf62.test\r\n"));
  EXPECT_THAT(mail, Not(HasSubstr("List-Unsubscribe")));
}

TEST(Messages, UnsubscribeStandsOnDigestsOnly) {
  const Wording digest = TellTogether(kSite, false, {{Kind::kMessage, kId, "4711", "CAF"}});
  EXPECT_THAT(Compose(kSite, To("a@b.c"), digest),
              HasSubstr("\r\nList-Unsubscribe: <https://aplus.test/profil/notifications>\r\n"));
  EXPECT_THAT(Compose(kSite, To("a@b.c"), TellLogin(kSite, Login())), Not(HasSubstr("List-Unsubscribe")));
}

// What is proved of every mail, whatever comes in.
void ExpectWellFormed(const std::string& mail) {
  const std::size_t head = mail.find("\r\n\r\n");
  ASSERT_NE(head, std::string::npos);
  std::size_t line = 0;
  for (std::size_t i = 0; i < mail.size(); ++i) {
    ASSERT_GT(static_cast<signed char>(mail[i]), 0);
    if (mail[i] == '\n') ASSERT_TRUE(i > 0 && mail[i - 1] == '\r');
    if (mail[i] == '\r') ASSERT_TRUE(i + 1 < mail.size() && mail[i + 1] == '\n');
    line = mail[i] == '\n' ? 0 : line + 1;
    ASSERT_LE(line, 998u);
  }
  // Each header once, two parts, one end.
  for (const std::string_view name :
       {"Subject:", "From:", "To:", "Date:", "Message-ID:", "Auto-Submitted:"}) {
    std::size_t count = 0;
    for (std::size_t at = mail.find(name); at < head; at = mail.find(name, at + 1)) {
      if (at == 0 || mail[at - 1] == '\n') ++count;
    }
    EXPECT_EQ(count, 1u) << name;
  }
  EXPECT_THAT(mail.substr(0, head), Not(ContainsRegex("\n[Bb]cc:")));
  std::size_t boundaries = 0;
  for (std::size_t at = mail.find("\r\n--=_aplus_parts"); at != std::string::npos;
       at = mail.find("\r\n--=_aplus_parts", at + 1)) {
    ++boundaries;
  }
  EXPECT_EQ(boundaries, 3u);
  EXPECT_TRUE(mail.ends_with("\r\n--=_aplus_parts--\r\n"));
}

TEST(Messages, HostileInputChangesNoStructure) {
  const std::string evil =
      "CAF\r\nBcc: victim@example.test\r\n\r\n--=_aplus_parts\r\n.\r\nMAIL "
      "FROM:<x@y>\r\n<script>\"'</script>\xff";
  for (std::size_t i = 1; i < static_cast<std::size_t>(Kind::kDigest); ++i) {
    const Notice notice{static_cast<Kind>(i), kId, "4711" + evil, evil};
    ExpectWellFormed(Compose(kSite, To("a@b.c"), Tell(kSite, notice)));
    EXPECT_THAT(HtmlText(kSite, Tell(kSite, notice)), Not(HasSubstr("<script")));
  }
  ExpectWellFormed(
      Compose(kSite, To("a@b.c"), TellTogether(kSite, false, {{Kind::kMessage, kId, evil, evil}})));
  ExpectWellFormed(Compose(kSite, To("a@b.c"), TellLogin(kSite, Login(evil))));
  Envelope envelope = To("a@b.c");
  envelope.from_name = evil;
  ExpectWellFormed(Compose({"https://aplus.test", evil}, envelope, TellLogin(kSite, Login())));
}

TEST(Messages, P73_TheSameMailIsTheSameBytes) {
  const Notice notice{Kind::kMessage, kId, "4711", "CAF"};
  EXPECT_EQ(Compose(kSite, To("a@b.c"), Tell(kSite, notice)),
            Compose(kSite, To("a@b.c"), Tell(kSite, notice)));
}

}  // namespace
}  // namespace aplus::notifications
