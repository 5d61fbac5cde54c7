#include "services/requests/rpc/page_tokens.h"

#include <gtest/gtest.h>

namespace aplus::requests {
namespace {

PageTokens Tokens() {
  SeededRandom random(7);
  return PageTokens(Key::Generate(random));
}

TEST(PageTokens, ATokenIsGoodForItsQuestionOnly) {
  PageTokens tokens = Tokens();
  const std::string token = tokens.Make("list\nme\nTAB_NEW", "position");
  EXPECT_EQ(tokens.Read("list\nme\nTAB_NEW", token), "position");
  EXPECT_EQ(tokens.Read("list\nyou\nTAB_NEW", token), std::nullopt);
  EXPECT_EQ(tokens.Read("list\nme\nTAB_NEWp", token), std::nullopt);
}

TEST(PageTokens, NoBitMayChange) {
  PageTokens tokens = Tokens();
  const std::string token = tokens.Make("q", PositionOf(41));
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(tokens.Read("q", other), std::nullopt) << i;
  }
  EXPECT_EQ(tokens.Read("q", ""), std::nullopt);
  EXPECT_EQ(tokens.Read("q", "!"), std::nullopt);
}

TEST(PageTokens, PositionsRoundTrip) {
  const ListPoint point{.key = *ParseTime("2026-05-12T15:00:00.123456Z"),
                        .id = *RequestId::Parse("0190d000-0000-7000-8000-000000062001")};
  const auto read = PointAt(PositionOf(point));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->key, point.key);
  EXPECT_EQ(read->id, point.id);
  EXPECT_EQ(NumberAt(PositionOf(2'000'000'000)), 2'000'000'000);
  EXPECT_EQ(NumberAt("x"), std::nullopt);
  EXPECT_EQ(PointAt("x"), std::nullopt);
}

}  // namespace
}  // namespace aplus::requests
