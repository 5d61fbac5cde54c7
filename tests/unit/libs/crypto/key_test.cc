#include "libs/crypto/key.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/crypto.h>

#include <fstream>
#include <string>
#include <type_traits>
#include <vector>

namespace aplus {
namespace {

static_assert(!std::is_copy_constructible_v<Key> && !std::is_copy_assignable_v<Key>);
static_assert(!std::is_default_constructible_v<Key>, "there is no key that nobody made");
static_assert(!fmt::is_formattable<Key>::value);

long LockedKilobytes() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmLck:") continue;
    long kilobytes = 0;
    status >> kilobytes;
    return kilobytes;
  }
  return -1;
}

TEST(KeyTest, LivesInLockedMemoryWhereTheMachineAllowsIt) {
  SystemRandom random;
  const Key key = Key::Generate(random);
  EXPECT_TRUE(CRYPTO_secure_allocated(key.Reveal().data()));
  if (!KeyMemoryIsLocked()) GTEST_SKIP() << "RLIMIT_MEMLOCK allows no locked memory here";
  EXPECT_GE(LockedKilobytes(), 512);
}

TEST(KeyTest, GeneratedKeysDifferAndCopiesDoNot) {
  SystemRandom random;
  const Key one = Key::Generate(random);
  const Key two = Key::Generate(random);
  EXPECT_FALSE(one == two);
  EXPECT_TRUE(one == one.Copy());
  EXPECT_NE(one.Reveal().data(), one.Copy().Reveal().data());
}

TEST(KeyTest, IsExactly32Bytes) {
  for (std::size_t size : {0, 1, 16, 31, 33, 64}) EXPECT_FALSE(Key::FromBytes(Bytes(size))) << size;
  EXPECT_TRUE(Key::FromBytes(Bytes(32)));
}

// A full secure heap makes OpenSSL's own private keys fail; ours step aside before.
TEST(KeyTest, ManyKeysLeaveRoomInTheSecureHeap) {
  SeededRandom random(1);
  std::vector<Key> keys;
  for (int i = 0; i < 20'000; ++i) keys.push_back(Key::Generate(random));
  EXPECT_LE(CRYPTO_secure_used(), 256u * 1024);
  EXPECT_FALSE(CRYPTO_secure_allocated(keys.back().Reveal().data()));
  void* other = OPENSSL_secure_malloc(4096);
  EXPECT_TRUE(CRYPTO_secure_allocated(other));
  OPENSSL_secure_free(other);
  keys.clear();
  const Key next = Key::Generate(random);
  EXPECT_TRUE(CRYPTO_secure_allocated(next.Reveal().data()));
}

}  // namespace
}  // namespace aplus
