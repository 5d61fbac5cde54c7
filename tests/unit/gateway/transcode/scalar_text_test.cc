#include "gateway/transcode/scalar_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace aplus::transcode {
namespace {

TEST(ScalarText, NumbersFollowTheJsonGrammar) {
  for (const char* good : {"0", "-0", "1", "-1", "10", "1.5", "1e5", "1E+5", "1e-5", "0.0", "-0.1e1"}) {
    EXPECT_TRUE(IsJsonNumber(good)) << good;
  }
  for (const char* bad : {"",    "-",        "+1",  "01", "00", ".5",  "1.",    "1e",    "1e+", "0x1",
                          "1_0", "Infinity", "NaN", "1 ", " 1", "--1", "1.5.5", "1e5e5", "-.5", "١"}) {
    EXPECT_FALSE(IsJsonNumber(bad)) << bad;
  }
}

TEST(ScalarText, IntegersAreExactOrRefused) {
  EXPECT_EQ(ParseSigned("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(ParseSigned("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_FALSE(ParseSigned("9223372036854775808"));
  EXPECT_FALSE(ParseSigned("-9223372036854775809"));
  EXPECT_EQ(ParseUnsigned("18446744073709551615"), std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(ParseUnsigned("18446744073709551616"));
  EXPECT_FALSE(ParseUnsigned("-1"));
  EXPECT_FALSE(ParseUnsigned("-0"));
  EXPECT_EQ(ParseSigned("1.0"), 1);
  EXPECT_EQ(ParseSigned("1e2"), 100);
  EXPECT_FALSE(ParseSigned("1.5"));
  EXPECT_FALSE(ParseSigned("1e-1"));
  EXPECT_FALSE(ParseSigned("1e300"));
  EXPECT_FALSE(ParseSigned("-2712939480461485.18"));
  EXPECT_EQ(ParseSigned("-27129394804614851.8e-1"), std::nullopt);
  EXPECT_EQ(ParseSigned("120e-1"), 12);
  EXPECT_EQ(ParseSigned("0.0012e4"), 12);
  EXPECT_EQ(ParseSigned("0e999999999999"), 0);
  EXPECT_EQ(ParseSigned("0.000"), 0);
  EXPECT_FALSE(ParseSigned("1e-999999999999"));
  EXPECT_FALSE(ParseSigned("1e999999999999"));
  // 2^53 + 1 cannot be told from 2^53 in this notation.
  EXPECT_FALSE(ParseSigned("9007199254740994.0"));
}

TEST(ScalarText, RealsAreFinite) {
  EXPECT_EQ(ParseReal("1.5", false), 1.5);
  EXPECT_EQ(ParseReal("1e308", false), 1e308);
  EXPECT_FALSE(ParseReal("1e309", false));
  EXPECT_FALSE(ParseReal("-1e99999", false));
  EXPECT_EQ(ParseReal("1e-99999", false), 0.0);
  EXPECT_EQ(ParseReal("0e99999", false), 0.0);
  EXPECT_FALSE(ParseReal("1e39", true));
  EXPECT_TRUE(ParseReal("1e38", true));
}

TEST(ScalarText, Timestamps) {
  const auto check = [](std::string_view text, std::int64_t seconds, std::int32_t nanos) {
    const auto value = ParseTimestamp(text);
    ASSERT_TRUE(value) << text;
    EXPECT_EQ(value->seconds, seconds) << text;
    EXPECT_EQ(value->nanos, nanos) << text;
  };
  check("1970-01-01T00:00:00Z", 0, 0);
  check("1969-12-31T23:59:59.999Z", -1, 999'000'000);
  check("2026-05-12T17:00:00+02:00", 1778598000, 0);
  check("0001-01-01T00:00:00Z", -62135596800, 0);
  check("9999-12-31T23:59:59.999999999Z", 253402300799, 999'999'999);
  check("2024-02-29T12:00:00.5-00:30", 1709209800, 500'000'000);
  for (const char* bad : {"",
                          "2026-05-12",
                          "2026-05-12T17:00:00",
                          "2026-05-12 17:00:00Z",
                          "2026-13-01T00:00:00Z",
                          "2026-02-29T00:00:00Z",
                          "2026-05-12T24:00:00Z",
                          "2026-05-12T17:60:00Z",
                          "2026-05-12T17:00:60Z",
                          "2026-05-12T17:00:00.Z",
                          "2026-05-12T17:00:00.1234567890Z",
                          "2026-05-12T17:00:00+2:00",
                          "2026-05-12T17:00:00+24:00",
                          "0000-01-01T00:00:00Z",
                          "0001-01-01T00:00:00+00:01",
                          "2026-05-12t17:00:00z",
                          "9999-12-31T23:59:59-00:01",
                          "2026-05-12T17:00:00Z ",
                          "-026-05-12T17:00:00Z",
                          "+2026-05-12T17:00:00Z"}) {
    EXPECT_FALSE(ParseTimestamp(bad)) << bad;
  }
  EXPECT_EQ(FormatTimestamp({0, 0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatTimestamp({-1, 999'000'000}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(FormatTimestamp({0, 1000}), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(FormatTimestamp({0, 1}), "1970-01-01T00:00:00.000000001Z");
  EXPECT_FALSE(FormatTimestamp({253402300800, 0}));
  EXPECT_FALSE(FormatTimestamp({std::numeric_limits<std::int64_t>::min(), 0}));
  EXPECT_FALSE(FormatTimestamp({0, -1}));
  EXPECT_FALSE(FormatTimestamp({0, 1'000'000'000}));
}

TEST(ScalarText, Durations) {
  EXPECT_EQ(ParseDuration("1.5s")->nanos, 500'000'000);
  EXPECT_EQ(ParseDuration("-0.5s")->nanos, -500'000'000);
  EXPECT_EQ(ParseDuration("-315576000000s")->seconds, -315576000000);
  for (const char* bad : {"", "s", "1", "1m", "1.s", ".5s", "1.1234567890s", "315576000001s",
                          "315576000000.1s", "+1s", "--1s", "1 s", "9999999999999s", "-s"}) {
    EXPECT_FALSE(ParseDuration(bad)) << bad;
  }
  EXPECT_EQ(FormatDuration({-1, -500'000'000}), "-1.500s");
  EXPECT_EQ(FormatDuration({0, -1}), "-0.000000001s");
  EXPECT_FALSE(FormatDuration({1, -1}));
  EXPECT_FALSE(FormatDuration({std::numeric_limits<std::int64_t>::min(), 0}));
}

TEST(ScalarText, Base64) {
  const auto decode = [](std::string_view text) -> std::optional<std::string> {
    std::string out = "kept";
    if (!DecodeBase64(text, out)) {
      EXPECT_EQ(out, "kept");
      return std::nullopt;
    }
    return out.substr(4);
  };
  EXPECT_EQ(decode(""), "");
  EXPECT_EQ(decode("YQ=="), "a");
  EXPECT_EQ(decode("YQ"), "a");
  EXPECT_EQ(decode("YWI="), "ab");
  EXPECT_EQ(decode("YWJj"), "abc");
  EXPECT_EQ(decode("-_-_"), decode("+/+/"));
  for (const char* bad :
       {"Y", "YQ=", "YR==", "YWJ=", "YWJj=", "YWJj====", "Y Q=", "YQ==YQ==", "+_+_", "=", "==", "YQ\n=="}) {
    EXPECT_FALSE(decode(bad)) << bad;
  }
  std::string room(EncodedBase64Size(2), '\0');
  EncodeBase64("ab", room.data());
  EXPECT_EQ(room, "YWI=");
}

TEST(ScalarText, FieldMaskPaths) {
  EXPECT_EQ(SnakePath("citizen.birthDate"), "citizen.birth_date");
  EXPECT_FALSE(SnakePath("birth_date"));
  EXPECT_FALSE(SnakePath("Birth"));
  EXPECT_FALSE(SnakePath("citizen.Birth"));
  EXPECT_FALSE(SnakePath("birthDAte"));
  EXPECT_FALSE(SnakePath(""));
  EXPECT_EQ(CamelPath("citizen.birth_date"), "citizen.birthDate");
  EXPECT_FALSE(CamelPath("birth__date"));
  EXPECT_FALSE(CamelPath("birth_"));
  EXPECT_FALSE(CamelPath("birth_1"));
  EXPECT_FALSE(CamelPath("Birth"));
  EXPECT_FALSE(CamelPath("citizen._birth"));
  EXPECT_FALSE(CamelPath("a_b_c"));
  EXPECT_FALSE(CamelPath(""));
}

}  // namespace
}  // namespace aplus::transcode
