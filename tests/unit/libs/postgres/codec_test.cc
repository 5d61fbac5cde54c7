#include "libs/postgres/codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace aplus {
namespace {

enum class Shade : std::uint8_t { kLight, kDark };
enum class Word : std::uint8_t { kYes, kNo };

}  // namespace

template <>
struct DbEnum<Shade> {
  static constexpr Shade kLast = Shade::kDark;
};
template <>
struct DbEnum<Word> {
  static constexpr std::array<std::string_view, 2> kTexts{"oui", "non"};
};

namespace {

template <class T>
std::string Encoded(const T& value) {
  std::string out;
  Codec<T>::Encode(value, out);
  return out;
}

template <class T>
void ExpectRoundTrip(const T& value) {
  T back{};
  ASSERT_TRUE(Codec<T>::Decode(Encoded(value), back));
  EXPECT_EQ(back, value);
}

TEST(Codec, GivesBackWhatItTook) {
  for (const std::int64_t value : {INT64_MIN, std::int64_t{-1}, std::int64_t{0}, INT64_MAX})
    ExpectRoundTrip(value);
  ExpectRoundTrip<std::int32_t>(-123456);
  ExpectRoundTrip<std::int16_t>(-2);
  ExpectRoundTrip<std::uint64_t>(UINT64_MAX);
  ExpectRoundTrip(true);
  ExpectRoundTrip(-1.5e300);
  ExpectRoundTrip<std::string>("é\n\x01");
  ExpectRoundTrip(Bytes{0, 255, 7});
  ExpectRoundTrip(std::array<std::uint8_t, 32>{1, 2, 3});
  ExpectRoundTrip(UserId{UuidBytes{9, 8, 7}});
  ExpectRoundTrip(Time{Duration{1'778'600'000'123'456}});
  ExpectRoundTrip(Time{Duration{-1}});
  ExpectRoundTrip(Time::max());
  ExpectRoundTrip(Time::min());
  ExpectRoundTrip(Duration{-5'000'001});
  ExpectRoundTrip(std::chrono::year_month_day(std::chrono::year{2024} / 2 / 29));
  ExpectRoundTrip(std::chrono::year_month_day(std::chrono::year{1931} / 12 / 1));
  ExpectRoundTrip(Shade::kDark);
  ExpectRoundTrip(Word::kNo);
  ExpectRoundTrip(std::vector<std::string>{"", "a", "bc"});
  ExpectRoundTrip(std::vector<GroupId>{});
  ExpectRoundTrip(std::vector<GroupId>{GroupId{UuidBytes{1}}, GroupId{UuidBytes{2}}});
  ExpectRoundTrip(std::vector<Bytes>{{1}, {}});
}

TEST(Codec, RefusesValuesOutsideTheDeclaredOnes) {
  Shade shade{};
  EXPECT_FALSE(Codec<Shade>::Decode(Encoded<std::int16_t>(2), shade));
  EXPECT_FALSE(Codec<Shade>::Decode(Encoded<std::int16_t>(-1), shade));
  Word word{};
  EXPECT_FALSE(Codec<Word>::Decode("peut-être", word));
  Time time{};
  EXPECT_FALSE(Codec<Time>::Decode(Encoded(INT64_MAX - 1), time)) << "later than fits";
  Duration duration{};
  EXPECT_FALSE(Codec<Duration>::Decode(std::string(8, '\0') + std::string("\0\0\0\0\0\0\0\1", 8), duration))
      << "a month has no fixed length";
  EXPECT_FALSE(Codec<Duration>::Decode("\x7f" + std::string(11, '\x7f') + std::string(4, '\0'), duration))
      << "longer than fits";
}

TEST(Codec, RefusesEveryOtherLength) {
  for (std::size_t length = 0; length < 40; ++length) {
    const std::string in(length, '\0');
    std::int64_t number;
    EXPECT_EQ(Codec<std::int64_t>::Decode(in, number), length == 8);
    bool truth;
    EXPECT_EQ(Codec<bool>::Decode(in, truth), length == 1);
    UserId id;
    EXPECT_EQ(Codec<UserId>::Decode(in, id), length == 16);
    std::array<std::uint8_t, 32> hash;
    EXPECT_EQ((Codec<std::array<std::uint8_t, 32>>::Decode(in, hash)), length == 32);
  }
  bool truth;
  EXPECT_FALSE(Codec<bool>::Decode("\x02", truth));
}

TEST(Codec, ArraysThatLieAboutTheirSizeAllocateNothing) {
  std::string in = Encoded(std::vector<std::int32_t>{1, 2, 3});
  in.replace(12, 4, "\x7f\xff\xff\xff");
  std::vector<std::int32_t> out;
  EXPECT_FALSE(Codec<std::vector<std::int32_t>>::Decode(in, out));
  EXPECT_EQ(out.capacity(), 0u);
}

TEST(Codec, NoBytesAreUndefinedBehaviour) {
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const std::string good = Encoded(std::vector<std::string>{"un", "deux", ""});
  for (int i = 0; i < 20000; ++i) {
    std::string bad = good;
    for (unsigned changes = 1 + random() % 4; changes > 0; --changes)
      bad[random() % bad.size()] = static_cast<char>(random());
    bad.resize(random() % (bad.size() + 1));
    std::vector<std::string> out;
    if (Codec<std::vector<std::string>>::Decode(bad, out)) EXPECT_LE(out.size(), 3u);
  }
}

}  // namespace
}  // namespace aplus
