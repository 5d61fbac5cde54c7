#include "libs/crypto/key_cache.h"

#include <gtest/gtest.h>

#include "libs/base/id.h"
#include "tests/unit/libs/crypto/stream_support.h"

namespace aplus {
namespace {

using namespace std::chrono_literals;
using testing::KeyFromSeed;

RequestId IdOf(std::uint8_t number) {
  RequestId id;
  id.bytes[15] = number;
  return id;
}

class KeyCacheTest : public ::testing::Test {
 protected:
  ManualClock clock_{Time{1'000'000s}};
  KeyCache<RequestId> cache_{clock_, 3};
};

TEST_F(KeyCacheTest, P50_AKeyLivesSixtySecondsHoweverOftenItIsUsed) {
  cache_.Put(IdOf(1), KeyFromSeed(1));
  for (int i = 0; i < 59; ++i) {
    clock_.Advance(1s);
    ASSERT_TRUE(cache_.Find(IdOf(1)).value() == KeyFromSeed(1)) << i;
  }
  clock_.Advance(1s);
  EXPECT_FALSE(cache_.Find(IdOf(1)));
}

TEST_F(KeyCacheTest, P50_WhatNobodyAsksForGoesByTheTimer) {
  cache_.Put(IdOf(1), KeyFromSeed(1));
  clock_.Advance(30s);
  cache_.Put(IdOf(2), KeyFromSeed(2));
  clock_.Advance(30s);
  cache_.DropExpired();
  EXPECT_EQ(cache_.size(), 1u);
  clock_.Advance(30s);
  cache_.DropExpired();
  EXPECT_EQ(cache_.size(), 0u);
}

TEST_F(KeyCacheTest, P50_AClockSetBackProlongsNothing) {
  cache_.Put(IdOf(1), KeyFromSeed(1));
  clock_.Set(clock_.Now() - 1h);
  EXPECT_FALSE(cache_.Find(IdOf(1)));
}

TEST_F(KeyCacheTest, TheOldestMakesRoom) {
  for (std::uint8_t i = 1; i <= 3; ++i) cache_.Put(IdOf(i), KeyFromSeed(i));
  cache_.Put(IdOf(1), KeyFromSeed(11));  // put anew: now the youngest
  cache_.Put(IdOf(4), KeyFromSeed(4));
  EXPECT_EQ(cache_.size(), 3u);
  EXPECT_FALSE(cache_.Find(IdOf(2)));
  EXPECT_TRUE(cache_.Find(IdOf(1)).value() == KeyFromSeed(11));
  EXPECT_TRUE(cache_.Find(IdOf(3)) && cache_.Find(IdOf(4)));
}

TEST_F(KeyCacheTest, DroppedIsGoneAndACopyHeldMeanwhileStaysGood) {
  cache_.Put(IdOf(1), KeyFromSeed(1));
  const auto held = cache_.Find(IdOf(1));
  cache_.Drop(IdOf(1));
  EXPECT_FALSE(cache_.Find(IdOf(1)));
  EXPECT_TRUE(held.value() == KeyFromSeed(1));
  cache_.Put(IdOf(1), KeyFromSeed(2));
  clock_.Advance(59s);
  EXPECT_TRUE(cache_.Find(IdOf(1)).value() == KeyFromSeed(2));
}

}  // namespace
}  // namespace aplus
