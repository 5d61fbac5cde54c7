#include "gateway/transcode/path_template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace aplus::transcode {
namespace {

using ::testing::ElementsAre;

class RouterTest : public ::testing::Test {
 protected:
  void Add(HttpMethod method, std::string_view path, std::size_t route) {
    const auto parsed = ParsePathTemplate(path);
    ASSERT_TRUE(parsed) << path;
    ASSERT_TRUE(router_.Add(method, *parsed, route)) << path;
  }
  Router router_;
};

TEST_F(RouterTest, LiteralsWinAndVariablesAreTriedNext) {
  Add(HttpMethod::kGet, "/v1/requests", 0);
  Add(HttpMethod::kGet, "/v1/requests/counters", 1);
  Add(HttpMethod::kGet, "/v1/requests/{id}", 2);
  Add(HttpMethod::kGet, "/v1/requests/{id}/messages", 3);
  Add(HttpMethod::kPost, "/v1/requests/{id}:close", 4);
  Add(HttpMethod::kPost, "/v1/auth/links:consume", 5);
  Add(HttpMethod::kPost, "/v1/auth/links", 6);
  const auto route = [&](HttpMethod method, std::string_view path) {
    return router_.Find(method, path).route;
  };
  EXPECT_EQ(route(HttpMethod::kGet, "/v1/requests"), 0u);
  EXPECT_EQ(route(HttpMethod::kGet, "/v1/requests/counters"), 1u);
  EXPECT_EQ(route(HttpMethod::kGet, "/v1/requests/abc"), 2u);
  EXPECT_EQ(route(HttpMethod::kGet, "/v1/requests/counters/messages"), 3u);
  EXPECT_EQ(route(HttpMethod::kPost, "/v1/requests/abc:close"), 4u);
  EXPECT_EQ(route(HttpMethod::kPost, "/v1/auth/links:consume"), 5u);
  EXPECT_EQ(route(HttpMethod::kPost, "/v1/auth/links"), 6u);
  EXPECT_THAT(router_.Find(HttpMethod::kPost, "/v1/requests/a%2Fb:close").captures, ElementsAre("a%2Fb"));
  // No verb of ours: the colon belongs to the segment.
  EXPECT_THAT(router_.Find(HttpMethod::kGet, "/v1/requests/a:b").captures, ElementsAre("a:b"));
  EXPECT_THAT(router_.Find(HttpMethod::kGet, "/v1/requests/counters/messages").captures,
              ElementsAre("counters"));
}

TEST_F(RouterTest, NothingElseMatches) {
  Add(HttpMethod::kGet, "/v1/requests", 0);
  Add(HttpMethod::kGet, "/v1/requests/{id}", 1);
  Add(HttpMethod::kPost, "/v1/requests/{id}:close", 2);
  for (const char* path : {"", "/", "/v1", "/v1/", "/v1/requests/", "/v1//requests", "//v1/requests",
                           "/V1/requests", "/v1/requests/a/", "/v1/requests/a/b", "v1/requests",
                           "/v1/requests:close", "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18"}) {
    EXPECT_FALSE(router_.Find(HttpMethod::kGet, path).route) << path;
  }
  EXPECT_FALSE(router_.Find(HttpMethod::kPost, "/v1/requests/:close").route);
}

TEST_F(RouterTest, KnownPathsSayWhichMethodsTheyKnow) {
  Add(HttpMethod::kGet, "/v1/me", 0);
  Add(HttpMethod::kPatch, "/v1/me", 1);
  Add(HttpMethod::kPost, "/v1/requests/{id}:close", 2);
  const PathMatch match = router_.Find(HttpMethod::kDelete, "/v1/me");
  EXPECT_FALSE(match.route);
  EXPECT_EQ(match.allowed,
            1u << static_cast<int>(HttpMethod::kGet) | 1u << static_cast<int>(HttpMethod::kPatch));
  EXPECT_EQ(router_.Find(HttpMethod::kGet, "/v1/requests/a:close").allowed,
            1u << static_cast<int>(HttpMethod::kPost));
  EXPECT_EQ(router_.Find(HttpMethod::kGet, "/v1/nothing").allowed, 0u);
}

TEST_F(RouterTest, OneRoutePerPath) {
  Add(HttpMethod::kGet, "/v1/a/{x}", 0);
  EXPECT_FALSE(router_.Add(HttpMethod::kGet, *ParsePathTemplate("/v1/a/{y}"), 1));
  EXPECT_TRUE(router_.Add(HttpMethod::kPost, *ParsePathTemplate("/v1/a/{y}"), 1));
}

TEST(PathTemplate, WhatIsNotUnderstoodIsRefused) {
  EXPECT_THAT(ParsePathTemplate("/v1/{a.b=*}/x/{c}:go")->variables, ElementsAre("a.b", "c"));
  for (const char* bad :
       {"", "v1", "/", "/v1/", "/v1//a", "/v1/**", "/v1/*", "/v1/{a=**}", "/v1/{a=b/*}", "/v1/{}", "/v1/{A}",
        "/v1/{a", "/v1/a}", "/v1/a b", "/v1/{a}:", "/v1/{a}b", "/v1/é"}) {
    EXPECT_FALSE(ParsePathTemplate(bad)) << bad;
  }
}

TEST(HttpMethodNames, CaseCounts) {
  EXPECT_EQ(HttpMethodFromName("PATCH"), HttpMethod::kPatch);
  EXPECT_EQ(NameOf(HttpMethod::kDelete), "DELETE");
  for (const char* bad : {"", "get", "GET ", "OPTIONS", "TRACE", "CONNECT", "PRI"}) {
    EXPECT_FALSE(HttpMethodFromName(bad)) << bad;
  }
}

}  // namespace
}  // namespace aplus::transcode
