// Which addresses may be called.
#include "libs/http/url.h"

#include <gtest/gtest.h>

#include "libs/base/percent.h"

namespace aplus {
namespace {

TEST(HttpUrl, ReadsWhatMayBeCalled) {
  const auto plain = HttpUrl::Parse("https://fca.example/api/v2/token?x=1");
  ASSERT_TRUE(plain);
  EXPECT_TRUE(plain->tls);
  EXPECT_EQ(plain->host, "fca.example");
  EXPECT_EQ(plain->port, 443);
  EXPECT_EQ(plain->authority, "fca.example");
  EXPECT_EQ(plain->target, "/api/v2/token?x=1");
  const auto port = HttpUrl::Parse("https://fca.example:8443");
  ASSERT_TRUE(port);
  EXPECT_EQ(port->port, 8443);
  EXPECT_EQ(port->target, "/");
  const auto six = HttpUrl::Parse("http://[::1]:8080?q");
  ASSERT_TRUE(six);
  EXPECT_FALSE(six->tls);
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, 8080);
  EXPECT_EQ(six->target, "/?q");
  EXPECT_TRUE(HttpUrl::Parse("http://127.0.0.1:1/"));
  EXPECT_TRUE(HttpUrl::Parse("http://localhost/"));
}

TEST(HttpUrl, RefusesTheRest) {
  for (const char* text :
       {"", "fca.example", "ftp://fca.example/", "https://", "https:///x", "http://fca.example/",
        "http://128.0.0.1/", "https://user@fca.example/", "https://fca.example/#x", "https://fca.example:0/",
        "https://fca.example:65536/", "https://fca.example:/", "https://fca.example:8x/",
        "https://fca.example/a b", "https://fca.example/\r\nX: y", "https://fca.example\\@evil.example/",
        "https://[::1/", "https://fca.exämple/", "HTTPS://fca.example/"}) {
    EXPECT_FALSE(HttpUrl::Parse(text)) << text;
  }
}

TEST(Percent, EverythingButTheUnreservedIsEncoded) {
  EXPECT_EQ(PercentEncode("azAZ09-_.~"), "azAZ09-_.~");
  EXPECT_EQ(PercentEncode("a b&c=d+é\n"), "a%20b%26c%3Dd%2B%C3%A9%0A");
  const std::pair<std::string_view, std::string_view> fields[] = {{"a", "1 2"}, {"b&", ""}};
  EXPECT_EQ(FormEncode(fields), "a=1%202&b%26=");
}

}  // namespace
}  // namespace aplus
