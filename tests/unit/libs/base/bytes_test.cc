#include "libs/base/bytes.h"

#include <gtest/gtest.h>

#include <utility>

#include "libs/base/random.h"

namespace aplus {
namespace {

// RFC 4648 section 10, padding taken off.
TEST(Base64UrlTest, KnownAnswers) {
  for (const auto& [plain, encoded] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
           {"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}}) {
    EXPECT_EQ(ToBase64Url(AsBytes(plain)), encoded);
    const auto back = FromBase64Url(encoded);
    ASSERT_TRUE(back) << encoded;
    EXPECT_EQ(AsText(*back), plain);
  }
  EXPECT_EQ(ToBase64Url(Bytes{0xfb, 0xff, 0xbf}), "-_-_");
}

TEST(Base64UrlTest, ASecondSpellingIsRefused) {
  for (std::string_view bad :
       {"Zg==", "Zh", "Zm9", "Z", "Zm9vY", "Zm9v\n", "Zm 9v", "+/+/", "Zm9v=", "\xc3\xa9"}) {
    EXPECT_FALSE(FromBase64Url(bad)) << bad;
  }
}

TEST(HexTest, KnownAnswersAndRefusals) {
  EXPECT_EQ(ToHex(Bytes{0x00, 0x0f, 0xff}), "000fff");
  EXPECT_EQ(FromHex("000FfF"), (Bytes{0x00, 0x0f, 0xff}));
  EXPECT_EQ(FromHex(""), Bytes{});
  for (std::string_view bad : {"0", "000", "0g", "0x00", " 00", "00 "}) EXPECT_FALSE(FromHex(bad)) << bad;
}

TEST(CrockfordTest, P10_FiveBytesAreEightCharactersThatForgiveTyping) {
  const Bytes code{0x08, 0x43, 0x1f, 0x00, 0x21};
  const std::string text = ToCrockford(code);
  EXPECT_EQ(text, "111HY011");
  for (std::string_view typed : {"111HY011", "ilihyo1l", "LLIH-YOIL", " 111h y011 "}) {
    EXPECT_EQ(FromCrockford(typed), code) << typed;
  }
  for (std::string_view bad : {"111HY01U", "111HY01", "111HY0111", "111HY01!", "111HY01é"}) {
    EXPECT_FALSE(FromCrockford(bad)) << bad;
  }
}

TEST(BytesTest, EveryEncodingRoundTripsRandomBytes) {
  SeededRandom random(20260512);
  for (std::size_t size = 0; size < 200; ++size) {
    Bytes bytes(size);
    random.Fill(bytes);
    EXPECT_EQ(FromHex(ToHex(bytes)), bytes);
    EXPECT_EQ(FromBase64Url(ToBase64Url(bytes)), bytes);
    EXPECT_EQ(FromCrockford(ToCrockford(bytes)), bytes);
  }
}

TEST(BytesTest, ConstantTimeEqualsIsEquality) {
  EXPECT_TRUE(ConstantTimeEquals("", ""));
  EXPECT_TRUE(ConstantTimeEquals("secret", "secret"));
  EXPECT_FALSE(ConstantTimeEquals("secret", "secreT"));
  EXPECT_FALSE(ConstantTimeEquals("Secret", "secret"));
  EXPECT_FALSE(ConstantTimeEquals("secret", "secre"));
}

}  // namespace
}  // namespace aplus
