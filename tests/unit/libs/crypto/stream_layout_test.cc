#include "libs/crypto/stream_layout.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/libs/crypto/stream_support.h"

namespace aplus {
namespace {

using testing::Draw;

TEST(StreamLayoutTest, FiguresOfTheDesign) {
  constexpr std::uint64_t kTenMebibytes = 10 * 1024 * 1024;
  EXPECT_EQ(StreamLayout::CiphertextSize(kTenMebibytes), 10'488'376u);
  const auto layout = StreamLayout::Of(10'488'376).value();
  EXPECT_EQ(layout.segment_count(), 161u);
  EXPECT_EQ(layout.plaintext_size(), kTenMebibytes);
  EXPECT_EQ(StreamLayout::CiphertextSize(0), 56u);
  EXPECT_EQ(StreamLayout::Capacity(0), 65'480u);
  EXPECT_EQ(StreamLayout::Capacity(1), 65'520u);
}

// Each plaintext length has one ciphertext length; every other length is nobody's.
TEST(StreamLayoutTest, LengthsThatNoFileHasAreRefused) {
  for (std::uint32_t segment_size : {57u, 64u, 100u}) {
    std::map<std::uint64_t, std::uint64_t> plaintext_of;
    for (std::uint64_t size = 0; size <= 1500; ++size) {
      const std::uint64_t sealed = StreamLayout::CiphertextSize(size, segment_size);
      ASSERT_TRUE(plaintext_of.emplace(sealed, size).second) << sealed;
    }
    for (std::uint64_t sealed = 0; sealed <= 1500; ++sealed) {
      const auto layout = StreamLayout::Of(sealed, segment_size);
      const auto expected = plaintext_of.find(sealed);
      ASSERT_EQ(layout.has_value(), expected != plaintext_of.end()) << sealed;
      if (layout) EXPECT_EQ(layout->plaintext_size(), expected->second);
    }
  }
  EXPECT_FALSE(StreamLayout::Of(1000, 56));
  EXPECT_FALSE(StreamLayout::Of(1000, 0));
  EXPECT_FALSE(StreamLayout::Of(~std::uint64_t{0}));
}

TEST(StreamLayoutTest, SegmentsTileBothSides) {
  for (std::uint64_t size : {0u, 1u, 8u, 9u, 56u, 57u, 104u, 1000u}) {
    const auto layout = StreamLayout::Of(StreamLayout::CiphertextSize(size, 64), 64).value();
    std::uint64_t sealed_at = StreamLayout::kHeaderSize, plain_at = 0;
    for (std::uint32_t segment = 0; segment < layout.segment_count(); ++segment) {
      const ByteRange sealed = layout.Ciphertext(segment);
      const ByteRange plain = layout.Plaintext(segment);
      EXPECT_EQ(sealed.offset, sealed_at);
      EXPECT_EQ(plain.offset, plain_at);
      EXPECT_EQ(sealed.length, plain.length + StreamLayout::kTagSize);
      for (std::uint64_t offset = plain.offset; offset < plain.end(); ++offset) {
        EXPECT_EQ(layout.SegmentOf(offset), segment);
      }
      sealed_at = sealed.end();
      plain_at = plain.end();
    }
    EXPECT_EQ(sealed_at, layout.ciphertext_size());
    EXPECT_EQ(plain_at, size);
  }
}

TEST(StreamLayoutTest, T_CRY_06_RangesBehindTheEndAreNoneAndOverlongOnesAreCut) {
  const auto layout = StreamLayout::Of(StreamLayout::CiphertextSize(100, 64), 64).value();
  EXPECT_FALSE(layout.Plan({100, 1}));
  EXPECT_FALSE(layout.Plan({~std::uint64_t{0}, 1}));
  EXPECT_FALSE(layout.Plan({0, 0}));
  EXPECT_EQ(layout.Plan({99, ~std::uint64_t{0}})->plaintext, (ByteRange{99, 1}));
  EXPECT_EQ(layout.Plan({0, 1000})->plaintext, (ByteRange{0, 100}));
  EXPECT_FALSE(StreamLayout::Of(56, 64)->Plan({0, 1})) << "an empty file has no byte";
}

}  // namespace
}  // namespace aplus
