// T-CRY-03, 04, 05: whatever is done to a stored object, it is refused and nothing of a bad segment is
// readable (OpenObject checks that refused bytes are wiped).
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/libs/crypto/stream_support.h"

namespace aplus {
namespace {

using namespace aplus::testing;

constexpr std::uint32_t kSmall = 64;
constexpr std::uint32_t kReal = StreamLayout::kSegmentSize;

class StreamTamperTest : public ::testing::Test {
 protected:
  Bytes Seal(std::size_t size, std::uint32_t segment_size, std::string_view context = kContext) {
    return SealObject(dek_, context, PatternOf(size), random_, segment_size);
  }
  void ExpectRefused(const Bytes& object, std::uint32_t segment_size, std::string_view context = kContext) {
    ASSERT_EQ(OpenObject(dek_, context, object, segment_size), std::nullopt);
  }
  // Where segment i stands in an object of many segments; the header goes with none.
  static std::span<std::uint8_t> SegmentIn(Bytes& object, std::size_t segment) {
    return std::span(object).subspan(segment * kSmall, kSmall);
  }

  static constexpr std::uint64_t kSeed = 20260517;
  ::testing::ScopedTrace trace_{__FILE__, __LINE__, kSeed};
  SeededRandom random_{kSeed};
  Key dek_ = KeyFromSeed(11);
};

TEST_F(StreamTamperTest, T_CRY_03_EveryFlippedBitOfThreeSizesIsRefused) {
  for (std::size_t size : {0, 8, 200}) {
    const Bytes object = Seal(size, kSmall);
    ASSERT_EQ(OpenObject(dek_, kContext, object, kSmall), PatternOf(size));
    for (std::size_t bit = 0; bit < object.size() * 8; ++bit) {
      Bytes flipped = object;
      flipped[bit / 8] ^= static_cast<std::uint8_t>(1 << bit % 8);
      SCOPED_TRACE(bit);
      ExpectRefused(flipped, kSmall);
    }
  }
}

TEST_F(StreamTamperTest, T_CRY_03_EveryTruncationOfThreeSizesIsRefused) {
  for (std::size_t size : {0, 8, 1000}) {
    const Bytes object = Seal(size, kSmall);
    for (std::size_t left = 0; left < object.size(); ++left) {
      SCOPED_TRACE(left);
      ExpectRefused(Bytes(object.begin(), object.begin() + static_cast<std::ptrdiff_t>(left)), kSmall);
    }
  }
}

TEST_F(StreamTamperTest, T_CRY_03_BytesPutBehindAreRefused) {
  for (std::size_t size : {0, 8, 1000}) {
    Bytes longer = Seal(size, kSmall);
    for (int added = 0; added < 200; ++added) {
      longer.push_back(0);
      ExpectRefused(longer, kSmall);
    }
  }
}

// At the real segment size every byte is too much for the gate: the edges, and random places between.
TEST_F(StreamTamperTest, T_CRY_03_FilesOfRealSegmentsRefuseFlipsCutsAndSplices) {
  for (std::size_t size : {std::size_t{65'480}, std::size_t{65'481}, std::size_t{200'000}}) {
    SCOPED_TRACE(size);
    const Bytes object = Seal(size, kReal);
    ASSERT_TRUE(OpenObject(dek_, kContext, object, kReal) == PatternOf(size));
    std::vector<std::size_t> places;
    for (std::size_t edge = 0; edge <= object.size(); edge += kReal) {
      for (std::size_t i = edge < 20 ? 0 : edge - 20; i < std::min(edge + 60, object.size()); ++i)
        places.push_back(i);
    }
    for (int i = 0; i < 150; ++i) places.push_back(Draw(random_, object.size()));
    for (std::size_t at : places) {
      SCOPED_TRACE(at);
      Bytes flipped = object;
      flipped[at] ^= static_cast<std::uint8_t>(1 << Draw(random_, 8));
      ExpectRefused(flipped, kReal);
      ExpectRefused(Bytes(object.begin(), object.begin() + static_cast<std::ptrdiff_t>(at)), kReal);
      Bytes spliced = object;
      const std::size_t end = std::min(at + 16, object.size());
      random_.Fill(std::span(spliced).subspan(at, end - at));
      if (spliced != object) ExpectRefused(spliced, kReal);
    }
  }
}

TEST_F(StreamTamperTest, T_CRY_04_SegmentsMovedWithinAFileAreRefused) {
  const Bytes object = Seal(8 + 5 * 48, kSmall);  // six full segments
  ASSERT_EQ(object.size(), 6 * kSmall);
  ASSERT_TRUE(OpenObject(dek_, kContext, object, kSmall));
  for (std::size_t to = 1; to < 6; ++to) {
    for (std::size_t from = 1; from < 6; ++from) {
      if (from == to) continue;
      Bytes copied = object;
      std::ranges::copy(SegmentIn(copied, from), SegmentIn(copied, to).begin());
      ExpectRefused(copied, kSmall);
      Bytes swapped = object;
      std::ranges::swap_ranges(SegmentIn(swapped, from), SegmentIn(swapped, to));
      ExpectRefused(swapped, kSmall);
    }
    Bytes dropped = object;
    dropped.erase(dropped.begin() + static_cast<std::ptrdiff_t>(to * kSmall),
                  dropped.begin() + static_cast<std::ptrdiff_t>((to + 1) * kSmall));
    ExpectRefused(dropped, kSmall);
    Bytes doubled = object;
    const Bytes again(SegmentIn(doubled, to).begin(), SegmentIn(doubled, to).end());
    doubled.insert(doubled.begin() + static_cast<std::ptrdiff_t>(to * kSmall), again.begin(), again.end());
    ExpectRefused(doubled, kSmall);
  }
}

// Even under one key and one context (which never happens: a key seals one file) the salt keeps files apart.
TEST_F(StreamTamperTest, T_CRY_04_SegmentsOfAnotherFileAreRefused) {
  const Bytes one = Seal(8 + 5 * 48, kSmall);
  Bytes other = Seal(8 + 5 * 48, kSmall);
  for (std::size_t segment = 0; segment < 6; ++segment) {
    Bytes spliced = one;
    const std::size_t skip = segment == 0 ? StreamLayout::kHeaderSize : 0;
    std::ranges::copy(SegmentIn(other, segment).subspan(skip),
                      SegmentIn(spliced, segment).begin() + static_cast<std::ptrdiff_t>(skip));
    ExpectRefused(spliced, kSmall);
  }
  Bytes head_of_other = one;
  std::copy_n(other.begin(), StreamLayout::kHeaderSize, head_of_other.begin());
  ExpectRefused(head_of_other, kSmall);
}

TEST_F(StreamTamperTest, T_CRY_05_WholeObjectsSwappedAreRefused) {
  const Bytes one = Seal(1000, kSmall, "aplus/file/1:one:request");
  const Bytes other = Seal(1000, kSmall, "aplus/file/1:other:request");
  ASSERT_TRUE(OpenObject(dek_, "aplus/file/1:one:request", one, kSmall));
  ExpectRefused(one, kSmall, "aplus/file/1:other:request");
  ExpectRefused(other, kSmall, "aplus/file/1:one:request");
  ExpectRefused(one, kSmall, "aplus/file/1:one:elsewhere");
  EXPECT_EQ(OpenObject(KeyFromSeed(12), "aplus/file/1:one:request", one, kSmall), std::nullopt);
  ExpectRefused(one, kSmall * 2, "aplus/file/1:one:request");
}

}  // namespace
}  // namespace aplus
