#include "libs/base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

namespace aplus {
namespace {

std::vector<std::uint8_t> Draw(Random& random, std::size_t size) {
  std::vector<std::uint8_t> out(size);
  random.Fill(out);
  return out;
}

TEST(SystemRandomTest, FillsEveryByteOfAnySize) {
  SystemRandom random;
  for (std::size_t size : {0, 1, 31, 256, 257, 100'000}) {
    // A byte that 16 draws leave at zero was not written (chance 2^-128 each).
    std::vector<std::uint8_t> touched(size);
    for (int round = 0; round < 16; ++round) {
      const auto drawn = Draw(random, size);
      std::transform(drawn.begin(), drawn.end(), touched.begin(), touched.begin(),
                     [](auto a, auto b) { return static_cast<std::uint8_t>(a | b); });
    }
    EXPECT_EQ(std::count(touched.begin(), touched.end(), 0), 0) << size;
  }
}

TEST(SeededRandomTest, SameSeedSameBytes) {
  SeededRandom a(42), b(42), c(43);
  const auto from_a = Draw(a, 1000);
  EXPECT_EQ(from_a, Draw(b, 1000));
  EXPECT_NE(from_a, Draw(c, 1000));
}

// First outputs of the reference implementation of xoshiro256** seeded by splitmix64 from 0.
TEST(SeededRandomTest, IsXoshiro256StarStar) {
  SeededRandom random(0);
  std::array<std::uint64_t, 3> words;
  random.Fill({reinterpret_cast<std::uint8_t*>(words.data()), sizeof words});
  EXPECT_EQ(words[0], 0x99ec5f36cb75f2b4u);
  EXPECT_EQ(words[1], 0xbf6e1f784956452au);
  EXPECT_EQ(words[2], 0x1a5f849d4933e6e0u);
}

}  // namespace
}  // namespace aplus
