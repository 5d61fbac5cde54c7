// The small parts of the edge: names, cookies, origin, answers, problems.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "gateway/http/cookies.h"
#include "gateway/http/csrf.h"
#include "gateway/http/head_scanner.h"
#include "gateway/http/problem.h"
#include "gateway/http/response.h"
#include "gateway/http/site.h"

namespace aplus::gateway {
namespace {

TEST(Site, IsTakenFromThePublicUrl) {
  const auto site = Site::Parse("https://aplus.example", {"probe"});
  ASSERT_TRUE(site);
  EXPECT_TRUE(site->https);
  EXPECT_EQ(site->origin, "https://aplus.example");
  EXPECT_EQ(site->hosts, (std::vector<std::string>{"aplus.example", "probe"}));
  EXPECT_EQ(Site::Parse("http://127.0.0.1:8080/")->origin, "http://127.0.0.1:8080");
  for (const char* bad : {"", "aplus.example", "ftp://a", "https://", "https://a/b", "https://u@a",
                          "https://A.example", "https://a?b", "https://é.example"}) {
    EXPECT_FALSE(Site::Parse(bad)) << bad;
  }
}

TEST(Cookies, T_AUT_13_NamesAndAttributes) {
  const std::string token(43, 'a');
  const Cookies https(true, std::chrono::hours(12));
  EXPECT_EQ(https.Set(Cookie::kSession, token),
            "__Host-sid=" + token + "; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax; Secure");
  EXPECT_EQ(https.Set(Cookie::kBinding, token),
            "__Host-lb=" + token + "; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax; Secure");
  EXPECT_EQ(https.Set(Cookie::kSession, ""),
            "__Host-sid=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
  const Cookies http(false, std::chrono::hours(12));
  EXPECT_EQ(http.Set(Cookie::kSession, token),
            "sid=" + token + "; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax");
  for (const char* bad : {"a b", "a;b", "a\r\nSet-Cookie: x=y", "a,b", "é", "a=b", "\"a\""}) {
    EXPECT_FALSE(http.Set(Cookie::kSession, bad)) << bad;
  }
  EXPECT_FALSE(http.Set(Cookie::kSession, std::string(65, 'a')));
}

TEST(Cookies, T_AUT_13_FindsOurOwnOnceOrNotAtAll) {
  const Cookies cookies(true, std::chrono::hours(1));
  const auto find = [&](std::string_view field) { return cookies.Find(field, Cookie::kSession); };
  EXPECT_EQ(find("__Host-sid=abc"), "abc");
  EXPECT_EQ(find("a=b; __Host-sid=abc; c=d"), "abc");
  EXPECT_EQ(find("a=b;__Host-sid=abc"), "abc");
  EXPECT_EQ(find("__Host-sid=a-b_C9"), "a-b_C9");
  EXPECT_EQ(find(""), "");
  EXPECT_EQ(find("__Host-sid"), "");
  EXPECT_EQ(find("__Host-sid="), "");
  EXPECT_EQ(find("sid=abc"), "");
  EXPECT_EQ(find("__host-sid=abc"), "");
  EXPECT_EQ(find("x__Host-sid=abc"), "");
  EXPECT_EQ(find("__Host-sid=abc; __Host-sid=def"), "");
  EXPECT_EQ(find("__Host-sid=abc; __Host-sid=abc"), "");
  EXPECT_EQ(find("__Host-sid=\"abc\""), "");
  EXPECT_EQ(find("__Host-sid=a%20c"), "");
  EXPECT_EQ(find("__Host-sid=" + std::string(65, 'a')), "");
  EXPECT_EQ(find("__Host-lb=abc"), "");
}

class OriginTest : public ::testing::Test {
 protected:
  // The reason of the refusal, nullopt when allowed.
  std::optional<Reason> Check(std::string_view method, std::string_view fields, BodyForm form) {
    const std::string length = method == "GET" ? "" : "Content-Length: 2\r\n";
    return CheckRaw(std::string(method) + " /v1/x HTTP/1.1\r\nHost: aplus.test\r\n" + length +
                        std::string(fields) + "\r\n",
                    form);
  }
  std::optional<Reason> CheckRaw(const std::string& bytes, BodyForm form) {
    HeadScanner scanner(site_.hosts);
    EXPECT_EQ(scanner.Scan(bytes), HeadScanner::Verdict::kComplete) << bytes;
    const auto result = CheckOrigin(scanner.head(), site_, form);
    if (result) return std::nullopt;
    return result.error().reason;
  }
  Site site_ = *Site::Parse("https://aplus.test");
};

TEST_F(OriginTest, T_EDGE_13_UnsafeCallsComeFromOurPages) {
  const std::string json = "Content-Type: application/json\r\n";
  const std::string ours = "X-Aplus: 1\r\n" + json;
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE"}) {
    EXPECT_EQ(Check(method, ours, BodyForm::kJson), std::nullopt) << method;
    EXPECT_EQ(Check(method, json, BodyForm::kJson), Reason::kCsrf) << method;
    EXPECT_EQ(Check(method, "X-Aplus: 0\r\n" + json, BodyForm::kJson), Reason::kCsrf) << method;
    EXPECT_EQ(Check(method, "X-Aplus: true\r\n" + json, BodyForm::kJson), Reason::kCsrf) << method;
  }
  EXPECT_EQ(Check("GET", "", BodyForm::kNone), std::nullopt);
  EXPECT_EQ(
      Check("POST", ours + "Origin: https://aplus.test\r\nSec-Fetch-Site: same-origin\r\n", BodyForm::kJson),
      std::nullopt);
  for (const char* foreign :
       {"Origin: https://evil.test\r\n", "Origin: null\r\n", "Origin:\r\n", "Origin: http://aplus.test\r\n",
        "Origin: https://aplus.test:444\r\n", "Origin: https://aplus.test.evil\r\n",
        "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n", "Sec-Fetch-Site: none\r\n"}) {
    EXPECT_EQ(Check("POST", ours + foreign, BodyForm::kJson), Reason::kCsrf) << foreign;
    EXPECT_EQ(Check("POST", ours + foreign, BodyForm::kRaw), Reason::kCsrf) << foreign;
  }
}

TEST_F(OriginTest, BodiesHaveTheTypeOfTheRoute) {
  const auto type = [&](std::string_view value) {
    return Check("POST", "X-Aplus: 1\r\nContent-Type: " + std::string(value) + "\r\n", BodyForm::kJson);
  };
  for (const char* good : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                           "application/json;charset=UTF-8", "application/json ; charset=\"utf-8\""}) {
    EXPECT_EQ(type(good), std::nullopt) << good;
  }
  for (const char* bad :
       {"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
        "application/jsonx", "application/json; charset=latin1", "application/json, text/plain",
        "text/plain; application/json", "application/problem+json"}) {
    EXPECT_EQ(type(bad), Reason::kUnsupportedMediaType) << bad;
  }
  EXPECT_EQ(Check("POST", "X-Aplus: 1\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n",
                  BodyForm::kJson),
            Reason::kUnsupportedMediaType);
  EXPECT_EQ(Check("DELETE", "X-Aplus: 1\r\n", BodyForm::kNone), Reason::kMalformed);
  EXPECT_EQ(CheckRaw("DELETE /v1/x HTTP/1.1\r\nHost: aplus.test\r\nX-Aplus: 1\r\n\r\n", BodyForm::kNone),
            std::nullopt);
  EXPECT_EQ(CheckRaw("DELETE /v1/x HTTP/1.1\r\nHost: aplus.test\r\n\r\n", BodyForm::kNone), Reason::kCsrf);
}

TEST(HeadWriter, T_EDGE_12_EveryAnswerCarriesTheSecurityFields) {
  const HeadWriter https(*Site::Parse("https://aplus.test"), {"'sha256-abc='"});
  for (const int status : {200, 304, 404, 500}) {
    Response response;
    response.status = status;
    const auto head = https.Write(response, 0, true, Time());
    ASSERT_TRUE(head);
    for (const char* part :
         {"\r\nContent-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self' "
          "'sha256-abc='; ",
          "frame-ancestors 'none'", "require-trusted-types-for 'script'",
          "\r\nX-Content-Type-Options: nosniff\r\n", "\r\nReferrer-Policy: no-referrer\r\n",
          "\r\nCross-Origin-Opener-Policy: same-origin\r\n",
          "\r\nCross-Origin-Embedder-Policy: require-corp\r\n",
          "\r\nCross-Origin-Resource-Policy: same-origin\r\n", "\r\nPermissions-Policy: ",
          "\r\nStrict-Transport-Security: max-age=63072000; includeSubDomains; preload\r\n",
          "\r\nCache-Control: no-store\r\n", "\r\nContent-Length: 0\r\n"}) {
      EXPECT_NE(head->find(part), std::string::npos) << part << "\n" << *head;
    }
    EXPECT_EQ(head->find("\r\nServer:"), std::string::npos);
    EXPECT_EQ(head->find("unsafe-"), std::string::npos);
    EXPECT_TRUE(head->ends_with("\r\n\r\n"));
  }
  const HeadWriter http(*Site::Parse("http://127.0.0.1:1"), {});
  EXPECT_EQ(http.Write({}, 0, true, Time())->find("Strict-Transport"), std::string::npos);
  Response file;
  file.surface = Surface::kDownload;
  EXPECT_NE(http.Write(file, 0, true, Time())->find("Content-Security-Policy: sandbox; default-src 'none'"),
            std::string::npos);
  file.surface = Surface::kPreview;
  EXPECT_NE(http.Write(file, 0, true, Time())->find("frame-ancestors 'self'"), std::string::npos);
  EXPECT_NE(http.Write({}, 0, false, Time())->find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_EQ(http.Write({}, std::nullopt, false, Time())->find("Content-Length"), std::string::npos);
}

TEST(HeadWriter, DatesAreWrittenAsHttpWantsThem) {
  EXPECT_EQ(HttpDate(*ParseTime("1994-11-06T08:49:37Z")), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(HttpDate(*ParseTime("2024-02-29T23:59:59.999999Z")), "Thu, 29 Feb 2024 23:59:59 GMT");
  const HeadWriter writer(*Site::Parse("https://aplus.test"), {});
  const Time first = *ParseTime("2026-05-12T15:00:00.9Z");
  for (int i = 0; i < 3; ++i) {
    const auto head = writer.Write({}, 0, true, first + std::chrono::seconds(i));
    EXPECT_NE(head->find(fmt::format("\r\nDate: Tue, 12 May 2026 15:00:0{} GMT\r\n", i)), std::string::npos);
  }
}

TEST(HeadWriter, T_EDGE_03_NoValueLeavesItsLine) {
  const HeadWriter writer(*Site::Parse("https://aplus.test"), {});
  using namespace std::string_literals;
  for (const std::string& bad : {"a\r\nSet-Cookie: x=y"s, "a\nb"s, "a\rb"s, "a\0b"s, "\x7f"s, "\x1b[0m"s}) {
    Response field;
    field.fields.emplace_back("Content-Disposition", bad);
    EXPECT_FALSE(writer.Write(field, 0, true, Time()));
    Response type;
    type.content_type = bad;
    EXPECT_FALSE(writer.Write(type, 0, true, Time()));
  }
}

TEST(Problems, SayWhatHappenedAndNothingOfUs) {
  Error error;
  error.reason = Reason::kStale;
  error.detail = "Entre-temps, « quelqu’un » a agi.";
  error.state = "REQUEST_STATE_CLOSED";
  error.version = 7;
  error.diagnostic = "secret diagnostic";
  error.violations.push_back({"citizen.nir", "format", "Le numéro \"n’est\" pas valable."});
  const Response response = Problem(error, "0190-id");
  EXPECT_EQ(response.status, 412);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(
      response.Body(),
      "{\"type\":\"urn:aplus:problem:stale\",\"title\":\"Entre-temps, quelqu’un d’autre a "
      "agi.\",\"status\":412,"
      "\"detail\":\"Entre-temps, « quelqu’un » a agi.\",\"instance\":\"urn:uuid:0190-id\",\"code\":\"stale\","
      "\"errors\":[{\"path\":\"citizen.nir\",\"code\":\"format\",\"detail\":\"Le numéro \\\"n’est\\\" pas "
      "valable.\"}],\"state\":\"REQUEST_STATE_CLOSED\",\"version\":\"7\"}");
}

TEST(Problems, BrokenTextIsLeftOutRatherThanSent) {
  Error error;
  error.reason = Reason::kMalformed;
  error.violations.push_back({"\xff", "utf8", "x"});
  EXPECT_EQ(Problem(error, "id").Body().find('\xff'), std::string_view::npos);
}

TEST(Problems, SayWhenToComeBack) {
  Error error;
  error.reason = Reason::kRateLimited;
  error.retry_after_seconds = 17;
  const Response limited = Problem(error, "id");
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.fields, (decltype(limited.fields){{"Retry-After", "17"}}));
  error = {};
  error.reason = Reason::kCancelled;
  EXPECT_EQ(Problem(error, "id").status, 503);
  EXPECT_EQ(Problem(error, "id").fields.size(), 1u);
}

TEST(Problems, HeadsHaveTheirOwn) {
  for (const int status : {400, 405, 408, 411, 414, 431, 503, 505}) {
    const Response response = HeadProblem(status, "id");
    EXPECT_EQ(response.status, status);
    EXPECT_NE(response.Body().find("\"title\":"), std::string_view::npos);
    EXPECT_NE(StatusPhrase(status), "Status");
  }
}

}  // namespace
}  // namespace aplus::gateway
