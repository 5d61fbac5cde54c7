#include "libs/rpc/metadata.h"

#include <gtest/gtest.h>

namespace aplus {
namespace {

TEST(Metadata, RequestIds) {
  for (const char* good : {"a", "0190f0f0-0000-7000-8000-000000000001", "A_b.c-9"})
    EXPECT_TRUE(IsRequestId(good));
  for (const std::string& bad : {std::string(), std::string("a b"), std::string("é"), std::string("a\n"),
                                 std::string(65, 'a'), std::string("a\"b")}) {
    EXPECT_FALSE(IsRequestId(bad)) << bad;
  }
}

TEST(Metadata, KeysAndVersions) {
  EXPECT_FALSE(ReadIdempotencyKey("")->has_value());
  EXPECT_TRUE(ReadIdempotencyKey("0190f0f0-0000-7000-8000-000000000001")->has_value());
  for (const char* bad : {"x", "0190F0F0-0000-7000-8000-000000000001", "0190f0f0000070008000000000000001"}) {
    EXPECT_EQ(ReadIdempotencyKey(bad).error().reason, Reason::kMalformed) << bad;
  }
  EXPECT_FALSE(ReadIfMatch("")->has_value());
  EXPECT_EQ(**ReadIfMatch("0"), 0);
  EXPECT_EQ(**ReadIfMatch("9223372036854775807"), INT64_MAX);
  for (const char* bad : {"-1", "x", "1x", " 1", "1 ", "\"1\"", "9223372036854775808", "0x1", "+1"}) {
    EXPECT_EQ(ReadIfMatch(bad).error().reason, Reason::kMalformed) << bad;
  }
}

TEST(Metadata, ValuesArePrintable) {
  EXPECT_EQ(ToMetadataText("abc", 10), "abc");
  EXPECT_EQ(ToMetadataText("abcdef", 3), "abc");
  EXPECT_EQ(ToMetadataText("a\r\nb\t\x7f\xc3\xa9", 99), "a??b????");
}

}  // namespace
}  // namespace aplus
