#include "services/auth/domain/asked_from.h"

#include <gtest/gtest.h>

namespace aplus::auth {
namespace {

TEST(AskedFrom, browsers_and_systems_as_people_know_them) {
  struct Case {
    const char* user_agent;
    const char* name;
  };
  for (const Case& c : {
           Case{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "Firefox sur Windows"},
           Case{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
                "Chrome/126.0.0.0 "
                "Safari/537.36 Edg/126.0.0.0",
                "Edge sur Windows"},
           Case{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 "
                "Safari/537.36",
                "Chrome sur Linux"},
           Case{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                "Version/17.5 "
                "Safari/605.1.15",
                "Safari sur macOS"},
           Case{"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
                "Gecko) "
                "Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari sur iPhone"},
           Case{"curl/8.0", "un navigateur inconnu"},
           Case{"", "un navigateur inconnu"},
           Case{"something (Windows)", "un navigateur sur Windows"},
       }) {
    EXPECT_EQ(BrowserName(c.user_agent), c.name);
  }
}

TEST(AskedFrom, networks_lose_their_last_part) {
  EXPECT_EQ(NetworkName("203.0.113.77"), "203.0.113.x");
  EXPECT_EQ(NetworkName("2001:db8:1:2::3"), "2001:db8:1::/48");
  EXPECT_EQ(NetworkName("not an address"), "");
  EXPECT_EQ(NetworkName(""), "");
  EXPECT_EQ(AskedFrom("", ""), "un navigateur inconnu");
  EXPECT_EQ(AskedFrom("Firefox/128 Windows", "203.0.113.77"), "Firefox sur Windows, réseau 203.0.113.x");
}

}  // namespace
}  // namespace aplus::auth
