#include "libs/rpc/identity_cache.h"

#include <gtest/gtest.h>

#include "tests/unit/libs/rpc/rig.h"

namespace aplus {
namespace {

using std::chrono::seconds;

class IdentityCacheTest : public ::testing::Test {
 protected:
  IdentityCache Cache(std::size_t capacity) {
    return IdentityCache(IdentityTokenVerifier::Create({{"k", key_.public_pem}}).value(), capacity);
  }
  std::string Token(Time now) { return issuer_.Issue(Rig::Somebody(), now).value(); }

  IdentityKey key_ = NewIdentityKey();
  SystemRandom random_;
  IdentityTokenIssuer issuer_ = IdentityTokenIssuer::Create("k", key_.private_pem, random_).value();
  const Time now_ = Time(seconds(1'770'000'000));
};

TEST_F(IdentityCacheTest, VerifiesOnceAndForgetsWhatHasExpired) {
  IdentityCache cache = Cache(10);
  const std::string token = Token(now_);
  auto first = cache.Verify(token, now_);
  ASSERT_TRUE(first);
  EXPECT_EQ((*first)->user, Rig::Somebody().user);
  EXPECT_EQ(cache.Verify(token, now_ + seconds(20))->get(), first->get()) << "the very same";
  EXPECT_TRUE(cache.Verify(token, now_ + seconds(34)));
  EXPECT_FALSE(cache.Verify(token, now_ + seconds(35))) << "kept no longer than it is good";
  EXPECT_EQ(cache.size(), 0u);
  EXPECT_EQ((*first)->token, token) << "who still holds it may go on";
}

TEST_F(IdentityCacheTest, KeepsNothingBad) {
  IdentityCache cache = Cache(10);
  std::string token = Token(now_);
  EXPECT_FALSE(cache.Verify("", now_));
  EXPECT_FALSE(cache.Verify("nonsense", now_));
  EXPECT_FALSE(cache.Verify(std::string(1'000'000, 'a'), now_));
  EXPECT_TRUE(cache.Verify(token, now_));
  token.back() = token.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(cache.Verify(token, now_)) << "a neighbour of a kept one is another";
  EXPECT_EQ(cache.size(), 1u);
}

TEST_F(IdentityCacheTest, NeverGrowsBeyondItsCapacity) {
  IdentityCache cache = Cache(8);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(cache.Verify(Token(now_ + seconds(i)), now_ + seconds(i)));
    EXPECT_LE(cache.size(), 8u);
  }
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(cache.Verify(Token(now_ + seconds(200)), now_ + seconds(200)));
    EXPECT_LE(cache.size(), 8u);
  }
}

}  // namespace
}  // namespace aplus
