#include "services/auth/domain/return_path.h"

#include <gtest/gtest.h>

namespace aplus::auth {
namespace {

TEST(ReturnPath, P15_paths_of_this_site_are_followed) {
  for (const char* path :
       {"/", "/demandes", "/demandes/0190d000-0000-7000-8000-000000062001", "/demandes?tab=TAB_NEW&q=a%20b",
        "/demandes/1#message-3", "/v10", "/connexions", "/a?next=//elsewhere.test", "/a..b/.c"}) {
    EXPECT_EQ(SafeReturnPath(path), path);
  }
}

TEST(ReturnPath, P15_everything_else_leads_to_the_front_page) {
  const std::string long_path = "/" + std::string(512, 'a');
  for (const std::string_view path : {"",
                                      "demandes",
                                      "//elsewhere.test",
                                      "//elsewhere.test/demandes",
                                      "/\\elsewhere.test",
                                      "\\\\elsewhere.test",
                                      "https://elsewhere.test/",
                                      "javascript:alert(1)",
                                      "/%2F/elsewhere.test",
                                      "/%2felsewhere.test",
                                      "/a//b",
                                      "/%5Celsewhere.test",
                                      "/a/../../b",
                                      "/./a",
                                      "/a/..",
                                      "/%2e%2e/a",
                                      "/a\r\nSet-Cookie: x=y",
                                      "/a%0d%0ax",
                                      "/a b",
                                      "/a\tb",
                                      "/é",
                                      "/a\x7f",
                                      "/v1",
                                      "/v1/me",
                                      "/v1/files/1?preview=1",
                                      "/v1?x",
                                      "/connexion",
                                      "/connexion#t=abc",
                                      "/connexion/",
                                      "/v1:x"}) {
    EXPECT_EQ(SafeReturnPath(path), "/") << path;
  }
  EXPECT_EQ(SafeReturnPath(long_path), "/");
  EXPECT_EQ(SafeReturnPath(std::string_view("/a\0b", 4)), "/");
}

}  // namespace
}  // namespace aplus::auth
