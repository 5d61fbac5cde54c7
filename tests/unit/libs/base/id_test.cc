#include "libs/base/id.h"

#include <absl/hash/hash_testing.h>
#include <gtest/gtest.h>

#include <set>
#include <type_traits>
#include <unordered_set>

namespace aplus {
namespace {

using namespace std::chrono_literals;

// RFC 9562 appendix A.6: the example of a UUIDv7.
constexpr std::string_view kRfcExample = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f";
constexpr std::int64_t kRfcExampleMillis = 0x017f22e279b0;

static_assert(!std::is_convertible_v<UserId, RequestId>, "ids of different things must not mix");

class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::uint8_t value) : value_(value) {}
  void Fill(std::span<std::uint8_t> out) override { std::fill(out.begin(), out.end(), value_); }

 private:
  std::uint8_t value_;
};

TEST(UuidTest, HasTheLayoutOfRfc9562WhateverTheRandomBits) {
  const ManualClock clock(Time{std::chrono::milliseconds{kRfcExampleMillis}});
  for (int value : {0x00, 0xff, 0x5a}) {
    FixedRandom random(static_cast<std::uint8_t>(value));
    const UuidBytes bytes = NewUuid(clock, random);
    EXPECT_EQ(FormatUuid(bytes).substr(0, 15), kRfcExample.substr(0, 15));
    EXPECT_EQ(bytes[6] >> 4, 7);
    EXPECT_EQ(bytes[8] >> 6, 2);
    EXPECT_EQ(bytes[15], value);
  }
}

TEST(UuidTest, LaterMillisecondsSortLater) {
  ManualClock clock(Time{1'700'000'000s});
  SeededRandom random(7);
  RequestId last = RequestId::New(clock, random);
  for (int i = 0; i < 1000; ++i) {
    clock.Advance(1ms);
    const RequestId next = RequestId::New(clock, random);
    EXPECT_LT(last, next);
    EXPECT_LT(last.ToString(), next.ToString());
    last = next;
  }
}

TEST(UuidTest, SystemRandomDoesNotRepeat) {
  SystemRandom random;
  const ManualClock clock(Time{1'700'000'000s});
  std::unordered_set<UserId> seen;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(seen.insert(UserId::New(clock, random)).second);
}

TEST(UuidTest, AClockBefore1970DoesNotWrapAround) {
  FixedRandom random(0);
  EXPECT_EQ(FormatUuid(NewUuid(ManualClock(Time{-5s}), random)), "00000000-0000-7000-8000-000000000000");
}

TEST(UuidTest, TextRoundTrips) {
  const auto id = FileId::Parse(kRfcExample);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->ToString(), kRfcExample);
  EXPECT_FALSE(id->IsNil());
  EXPECT_TRUE(FileId{}.IsNil());
}

TEST(UuidTest, OnlyTheOneFormIsAnId) {
  const std::string good(kRfcExample);
  for (std::string bad : {std::string(), good + "0", good.substr(1), "{" + good.substr(2) + "}",
                          std::string(36, '-'), std::string("017f22e2079b0-7cc3-98c4-dc0c0c07398f"),
                          std::string("017f22e279b0-7cc3-98c4-dc0c-0c07398f"),
                          std::string("017f22e2-79b0-7cc3-98c4-dc0c0c07398g")}) {
    EXPECT_FALSE(UserId::Parse(bad)) << bad;
  }
}

// RFC 9562 section 4: read in either case, written in lower case.
TEST(UuidTest, CapitalsAreReadAndNotWritten) {
  const auto id = UserId::Parse("017F22E2-79B0-7CC3-98C4-DC0C0C07398F");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->ToString(), kRfcExample);
}

TEST(UuidTest, HashesAgreeWithEquality) {
  SystemRandom random;
  const SystemClock clock;
  const UserId one = UserId::New(clock, random);
  const UserId two = UserId::New(clock, random);
  EXPECT_TRUE(absl::VerifyTypeImplementsAbslHashCorrectly({one, two, UserId{}, UserId{one.bytes}}));
  EXPECT_EQ(std::hash<UserId>{}(one), std::hash<UserId>{}(UserId{one.bytes}));
}

}  // namespace
}  // namespace aplus
