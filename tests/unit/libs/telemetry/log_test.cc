#include "libs/telemetry/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>
#include <unistd.h>

#include <thread>

#include "libs/telemetry/redaction.h"

namespace aplus::log {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const auto kTime = std::chrono::system_clock::time_point(std::chrono::seconds(1'770'000'000));

std::string Line(std::initializer_list<Field> fields) {
  return FormatLine(Level::kInfo, "requests", "something happened", {fields.begin(), fields.size()}, kTime);
}

TEST(Log, OneJsonObjectWithTypedValues) {
  const std::string line = Line({{kMethod, "/aplus.requests.v1.Requests/CreateRequest"},
                                 {kDurationUs, 1234},
                                 {kDetail, "a \"quoted\" word\nand a line"},
                                 {Key{"ok", Kind::kNumber}, true},
                                 {Key{"share", Kind::kNumber}, 0.5},
                                 {kUserId, UserId{}}});
  simdjson::dom::parser parser;
  simdjson::dom::element json = parser.parse(line);
  EXPECT_EQ(std::string_view(json["level"]), "info");
  EXPECT_EQ(std::string_view(json["service"]), "requests");
  EXPECT_EQ(std::string_view(json["event"]), "something happened");
  EXPECT_EQ(std::string_view(json["time"]), "2026-02-02T02:40:00Z");
  EXPECT_EQ(std::string_view(json["method"]), "/aplus.requests.v1.Requests/CreateRequest");
  EXPECT_EQ(std::int64_t(json["duration_us"]), 1234);
  EXPECT_EQ(std::string_view(json["detail"]), "a \"quoted\" word and a line");
  EXPECT_EQ(bool(json["ok"]), true);
  EXPECT_EQ(std::string_view(json["user_id"]), "00000000-0000-0000-0000-000000000000");
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(Log, CodesThatAreNoCodesAreNotWritten) {
  for (const std::string& bad : {std::string("Jean Dupont"), std::string("jean@exemple.fr"), std::string("é"),
                                 std::string(129, 'a'), std::string("dGhpcyBpcyBhIHRva2VuIG9mIDMy"),
                                 std::string("eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJhcGx1cy1hdXRoIn0")}) {
    EXPECT_THAT(Line({{kReason, bad}}), HasSubstr(R"("reason":"[redacted]")")) << bad;
  }
  for (const char* good : {"not_found", "0190a7c5-7d1e-7c3a-9f00-1234567890ab", "127.0.0.1:7001",
                           "0af7651916cd43dd8448eb211c80319c", "/aplus.auth.v1.Auth/ConsumeLoginLink", ""}) {
    EXPECT_THAT(Line({{kReason, good}}), Not(HasSubstr("redacted"))) << good;
  }
}

// T-AUD-04, T-AZ-05: what looks like a person's number, address or a token never gets through free text.
TEST(Log, RedactsWhatDiagnosticsQuote) {
  for (const char* secret :
       {"jean.dupont@exemple.fr", "<a@b>", "06 12 34 56 78", "+33612345678", "06.12.34.56.78",
        "1 85 05 78 006 084 36", "185057800608436", "2A85050 006084", "1234567890123", "1234567A",
        "Q2x1YiBkZXMgY2lucSBlbiBGcmFuY2U5", "0af7651916cd43dd8448eb211c80319c",
        "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJhcGx1cy1hdXRoIn0.c2lnbmF0dXJl"}) {
    const std::string redacted = Redact("the server said: " + std::string(secret) + " is wrong");
    EXPECT_THAT(redacted, HasSubstr(kRedacted)) << secret;
    EXPECT_THAT(redacted, HasSubstr("the server said: ")) << redacted;
    EXPECT_THAT(redacted, HasSubstr(" is wrong")) << redacted;
    // No six digits and no long word of it are left.
    EXPECT_THAT(redacted, Not(HasSubstr(std::string(secret).substr(2, 8)))) << secret;
  }
  for (const char* plain : {"connection to 127.0.0.1:5432 refused", "took 3000 ms of 12000",
                            "relation \"request_contents\" does not exist", "aplus.requests.v1.Requests"}) {
    EXPECT_EQ(Redact(plain), plain);
  }
}

TEST(Log, RedactCutsAndCleans) {
  EXPECT_LE(Redact(std::string(10'000, 'a')).size(), 500u);
  EXPECT_EQ(Redact("a\xff\x01"
                   "b"),
            "a? b");
  EXPECT_EQ(Redact(std::string(499, 'a') + "é"), std::string(499, 'a'));
}

// The lines as they leave the process, from several threads at once.
TEST(Log, WritesWholeLinesFromItsOwnThread) {
  char path[] = "/tmp/aplus-log-XXXXXX";
  const int file = ::mkstemp(path);
  ASSERT_GE(file, 0);
  std::fflush(stderr);
  const int saved = ::dup(STDERR_FILENO);
  ::dup2(file, STDERR_FILENO);
  Start("test", Level::kInfo);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < 500; ++j) Info("counted", {{kCount, j}});
      Debug("not written");
    });
  }
  for (auto& thread : threads) thread.join();
  Stop();
  Warn("after the thread has ended");
  std::fflush(stderr);
  ::dup2(saved, STDERR_FILENO);
  ::close(saved);

  auto contents = simdjson::padded_string::load(path);
  ::close(file);
  ::unlink(path);
  std::string text(std::string_view(contents.value()));
  simdjson::dom::parser parser;
  int lines = 0;
  for (std::size_t start = 0; start < text.size(); ++lines) {
    const std::size_t end = text.find('\n', start);
    ASSERT_NE(end, std::string::npos);
    EXPECT_EQ(parser.parse(text.substr(start, end - start)).error(), simdjson::SUCCESS);
    start = end + 1;
  }
  EXPECT_EQ(lines, 2001);
  EXPECT_THAT(text, Not(HasSubstr("not written")));
}

}  // namespace
}  // namespace aplus::log
