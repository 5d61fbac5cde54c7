#include "services/notifications/domain/encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/random.h"
#include "libs/base/text.h"

namespace aplus::notifications {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// Independent decoders, written for reading back only.
std::string FromBase64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    const auto value =
        std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").find(c);
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    if (count += 6; count >= 8) out.push_back(static_cast<char>(bits >> (count -= 8) & 255));
  }
  return out;
}

std::string ReadHeader(std::string header) {
  header.erase(0, header.find(": ") + 2);
  std::string out;
  for (std::size_t at = 0; at < header.size();) {
    if (header.compare(at, 10, "=?UTF-8?B?") == 0) {
      const std::size_t end = header.find("?=", at + 10);
      out.append(FromBase64(std::string_view(header).substr(at + 10, end - at - 10)));
      at = end + 2;
      // White space between two encoded words is not part of the text.
      if (header.compare(at, 13, "\r\n =?UTF-8?B?") == 0) at += 3;
    } else if (header.compare(at, 2, "\r\n") == 0) {
      at += 2;
    } else {
      out.push_back(header[at++]);
    }
  }
  return out;
}

std::string ReadQuotedPrintable(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') continue;
    if (text[i] != '=') {
      out.push_back(text[i]);
    } else if (text.substr(i + 1, 2) == "\r\n") {
      i += 2;
    } else {
      out.push_back(static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16)));
      i += 2;
    }
  }
  return out;
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find("\r\n");
    lines.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 2);
  }
  return lines;
}

TEST(Headers, PlainTextStaysAsItIs) {
  EXPECT_EQ(Header("Subject", "Hello world"), "Subject: Hello world\r\n");
}

TEST(Headers, FrenchIsEncodedAndReadsBack) {
  for (const std::string text : {"Demande n° 4711 traitée – Caisse d’allocations familiales", "é", "œuvre",
                                 "Nouvelle demande n° 123456 – Direction départementale des finances "
                                 "publiques de la Seine-Saint-Denis",
                                 "=?UTF-8?B?ZG9uJ3QgdHJ1c3Q=?="}) {
    const std::string header = Header("Subject", text);
    EXPECT_EQ(ReadHeader(header), text + "");
    for (const std::string& line : Lines(header)) EXPECT_LE(line.size(), 76u) << line;
  }
}

TEST(Headers, NoLineBreakCanBeInjected) {
  for (const std::string_view hostile : std::initializer_list<std::string_view>{
           std::string_view("x\r\nBcc: victim@example.test"), "x\nBcc: a@b", "x\rBcc: a@b",
           "x\r\n\r\n<script>", "x\r\n .\r\nRCPT TO:<a@b>", "é\r\nBcc: a@b", "\r\n",
           std::string_view("a\0b", 3)}) {
    const std::string header = Header("Subject", hostile);
    const auto lines = Lines(header);
    for (std::size_t i = 1; i < lines.size(); ++i) {
      EXPECT_THAT(lines[i], ::testing::AnyOf(StartsWith(" "), ::testing::IsEmpty())) << header;
    }
    EXPECT_EQ(header.find('\0'), std::string::npos);
    EXPECT_THAT(TokenHeader("To", hostile), Not(HasSubstr("\n\n")));
    EXPECT_EQ(Lines(TokenHeader("To", hostile)).size(), 1u);
  }
}

TEST(Headers, RandomBytesStayOneHeader) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    std::vector<std::uint8_t> bytes(seed % 200);
    random.Fill(bytes);
    const std::string text(bytes.begin(), bytes.end());
    for (const std::string& header : {Header("Subject", text), "From: " + DisplayName(text) + "\r\n"}) {
      ASSERT_TRUE(header.ends_with("\r\n"));
      const auto lines = Lines(header);
      for (std::size_t i = 0; i < lines.size(); ++i) {
        if (i > 0) ASSERT_EQ(lines[i].front(), ' ');
        for (const char c : lines[i]) ASSERT_TRUE(c >= 0x20 && c < 0x7f);
      }
    }
    ASSERT_TRUE(IsValidUtf8(ReadHeader(Header("Subject", text))));
  }
}

TEST(QuotedPrintable, ReadsBackAndKeepsItsLimits) {
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    std::vector<std::uint8_t> bytes(seed % 300);
    random.Fill(bytes);
    std::string text(bytes.begin(), bytes.end());
    // Half of them with the characters that have rules of their own.
    if (seed % 2 == 0) {
      for (char& c : text) c = std::string_view(" \t\n.=FrA")[static_cast<unsigned char>(c) % 8];
    }
    const std::string encoded = QuotedPrintable(text);
    for (const std::string& line : Lines(encoded)) {
      ASSERT_LE(line.size(), 76u);
      ASSERT_FALSE(line.ends_with(" ") || line.ends_with("\t")) << line;
      ASSERT_FALSE(line.starts_with(".")) << line;
      for (const char c : line) ASSERT_TRUE(c == '\t' || (c >= 0x20 && c < 0x7f));
    }
    ASSERT_EQ(ReadQuotedPrintable(encoded), text);
  }
}

TEST(Addresses, OnlyPlainOnesPass) {
  for (const std::string_view good : {"jeanne@caf62.test", "prenom.nom@maison-france.services.gouv.fr",
                                      "a+b@c.d", "o'neil@x.test", "x@localhost"}) {
    EXPECT_TRUE(IsPlainAddress(good)) << good;
  }
  for (const std::string_view bad : {"",
                                     "x",
                                     "@",
                                     "x@",
                                     "@x",
                                     "a b@c.d",
                                     "a@b c",
                                     "<a@b.c>",
                                     "a@b.c>",
                                     "a@b.c\r\nRCPT TO:<x@y>",
                                     "a@b.c\n",
                                     "a..b@c.d",
                                     ".a@b.c",
                                     "a.@b.c",
                                     "a@-b.c",
                                     "a@b-.c",
                                     "a@b..c",
                                     "a@.b",
                                     "a@b.",
                                     "\"a b\"@c.d",
                                     "a@[127.0.0.1]",
                                     "a,b@c.d",
                                     "a@b,c@d",
                                     "é@b.c",
                                     "a@b.c;x",
                                     "a(comment)@b.c",
                                     "a@b.c SIZE=1"}) {
    EXPECT_FALSE(IsPlainAddress(bad)) << bad;
  }
  EXPECT_FALSE(IsPlainAddress(std::string_view("a\0@b.c", 6)));
  EXPECT_FALSE(IsPlainAddress(std::string(65, 'a') + "@b.c"));
  EXPECT_FALSE(IsPlainAddress("a@" + std::string(64, 'b') + ".c"));
  EXPECT_FALSE(IsPlainAddress("a@" + std::string(300, 'b')));
}

TEST(Html, NothingOpensATagOrEndsAnAttribute) {
  EXPECT_EQ(EscapeHtml("<img src=x onerror='a(\"b\")'> & é"),
            "&lt;img src=x onerror=&#39;a(&quot;b&quot;)&#39;&gt; &amp; é");
}

TEST(Harmless, NothingThatAMailProgramWouldMakeALinkOf) {
  EXPECT_EQ(HarmlessLine("Firefox sous Windows, réseau 192.0.2.0"), "Firefox sous Windows, réseau 192.0.2.0");
  for (const std::string_view hostile :
       {"http://evil.example/login", "Visit evil.example now", "a@evil.example", "x\r\nBcc: a@b.c",
        "evil\xe3\x80\x82"
        "example",
        "javascript:alert(1)", "<a href=x>", "www.evil.example", "evil．example"}) {
    const std::string line = HarmlessLine(hostile);
    for (const std::string_view needle : {"://", "@", ".e", "\n", "\r", "<", "\xe3\x80\x82", "．", "t:"}) {
      EXPECT_THAT(line, Not(HasSubstr(needle))) << hostile;
    }
  }
  EXPECT_LE(HarmlessLine(std::string(5000, 'x')).size(), 80u);
  EXPECT_EQ(HarmlessLine("\xff\xfe"), "");
}

}  // namespace
}  // namespace aplus::notifications
