#include "libs/base/secret.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <ostream>
#include <type_traits>

namespace aplus {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) { out << value; };

static_assert(!Streamable<SecretString> && !Streamable<SecretBytes>, "secrets do not print");
static_assert(!fmt::is_formattable<SecretString>::value && !fmt::is_formattable<SecretBytes>::value);
static_assert(!std::is_copy_constructible_v<SecretString> && !std::is_copy_assignable_v<SecretString>);
static_assert(!std::is_convertible_v<SecretString, std::string> &&
              !std::is_constructible_v<std::string, SecretString>);

// Short enough to live inside the string object itself, where moving leaves it behind.
constexpr std::string_view kShort = "hunter2hunter2";
const std::string kLong(200, 'k');

bool Contains(const void* memory, std::size_t size, std::string_view needle) {
  return memmem(memory, size, needle.data(), needle.size()) != nullptr;
}

TEST(SecretTest, DestroyingWipesAShortStringInPlace) {
  alignas(SecretString) unsigned char memory[sizeof(SecretString)];
  auto* secret = new (memory) SecretString(std::string(kShort));
  ASSERT_TRUE(Contains(memory, sizeof memory, kShort));
  secret->~SecretString();
  EXPECT_FALSE(Contains(memory, sizeof memory, kShort));
}

TEST(SecretTest, MovingWipesWhereItCameFrom) {
  alignas(SecretString) unsigned char memory[sizeof(SecretString)];
  auto* source = new (memory) SecretString(std::string(kShort));
  SecretString target(std::move(*source));
  EXPECT_EQ(target.Reveal(), kShort);
  EXPECT_FALSE(Contains(memory, sizeof memory, kShort));
  SecretString assigned;
  assigned = std::move(target);
  EXPECT_EQ(assigned.Reveal(), kShort);
  EXPECT_TRUE(target.empty());  // NOLINT(bugprone-use-after-move): that it is empty is the point
  source->~SecretString();
}

TEST(SecretTest, TakingAStringWipesTheOneItWasGiven) {
  std::string given(kShort);
  const SecretString secret(std::move(given));
  EXPECT_TRUE(given.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_FALSE(Contains(&given, sizeof given, kShort));
}

TEST(SecretTest, WipeReachesTheSpareCapacity) {
  std::string text = kLong;
  const char* memory = text.data();
  const std::size_t capacity = text.capacity();
  text.resize(3);
  Wipe(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text.data(), memory) << "wiping must not reallocate";
  EXPECT_TRUE(std::all_of(memory, memory + capacity, [](char c) { return c == 0; }));
}

TEST(SecretTest, AssigningToItselfKeepsTheValue) {
  SecretBytes secret(std::vector<std::uint8_t>{1, 2, 3});
  SecretBytes& same = secret;
  secret = std::move(same);
  EXPECT_EQ(secret.Reveal(), (std::vector<std::uint8_t>{1, 2, 3}));
  EXPECT_EQ(secret.size(), 3u);
}

TEST(SecretTest, ACopyIsASecretOfItsOwn) {
  SecretString original(std::string{kLong});
  SecretString copy = original.Copy();
  original = SecretString();
  EXPECT_EQ(copy.Reveal(), kLong);
}

}  // namespace
}  // namespace aplus
