#include "services/files/domain/byte_range.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace aplus::files {
namespace {

constexpr RangeAnswer kWhole{RangeAnswer::Kind::kWhole, 0, 1000};
constexpr RangeAnswer kBehind{RangeAnswer::Kind::kUnsatisfiable, 0, 0};
constexpr RangeAnswer Part(std::uint64_t offset, std::uint64_t length) {
  return {RangeAnswer::Kind::kPart, offset, length};
}

struct RangeCase {
  std::string range;
  RangeAnswer expected;
  std::string if_range = "";
};

TEST(ByteRange, T_CRY_06_rfc9110_table) {
  const RangeCase cases[] = {
      {"", kWhole},
      {"bytes=0-0", Part(0, 1)},
      {"bytes=0-99", Part(0, 100)},
      {"bytes=990-", Part(990, 10)},
      {"bytes=999-999", Part(999, 1)},
      {"bytes=-1", Part(999, 1)},
      {"bytes=-1000", Part(0, 1000)},
      {"bytes=0-", Part(0, 1000)},
      // Cut at the end.
      {"bytes=900-5000", Part(900, 100)},
      {"bytes=-5000", Part(0, 1000)},
      {"bytes=0-99999999999999999999999999", Part(0, 1000)},
      {"bytes=-99999999999999999999999999", Part(0, 1000)},
      // Behind the end.
      {"bytes=1000-", kBehind},
      {"bytes=1000-1001", kBehind},
      {"bytes=99999999999999999999999999-", kBehind},
      {"bytes=-0", kBehind},
      {"bytes=-00", kBehind},
      // Several ranges are answered whole.
      {"bytes=0-1,5-6", kWhole},
      {"bytes=0-1,", kWhole},
      {"bytes=,0-1", kWhole},
      {"bytes=0-0,0-0,0-0,0-0", kWhole},
      // Not of the form: ignored.
      {"bytes=", kWhole},
      {"bytes", kWhole},
      {"bytes=-", kWhole},
      {"bytes=5", kWhole},
      {"bytes=9-5", kWhole},
      {"bytes=a-b", kWhole},
      {"bytes=0x1-2", kWhole},
      {"bytes=+1-2", kWhole},
      {"bytes=1 - 2", kWhole},
      {"bytes=1--2", kWhole},
      {"bytes=--2", kWhole},
      {"bytes=1.5-2", kWhole},
      {"bytes =0-1", kWhole},
      {"bytes:0-1", kWhole},
      {"octets=0-1", kWhole},
      {"seconds=0-1", kWhole},
      {"=0-1", kWhole},
      {"0-1", kWhole},
      {"bytesx=0-1", kWhole},
      {std::string("bytes=0-1\0", 10), kWhole},
      {"bytes=0-1;q=1", kWhole},
      // Range units know no case; white space around is no part of the value.
      {"BYTES=0-1", Part(0, 2)},
      {" bytes=0-1 ", Part(0, 2)},
      // If-Range: only the very tag.
      {"bytes=0-1", Part(0, 2), "\"tag\""},
      {"bytes=0-1", kWhole, "\"other\""},
      {"bytes=0-1", kWhole, "W/\"tag\""},
      {"bytes=0-1", kWhole, "tag"},
      {"bytes=0-1", kWhole, "Sat, 29 Oct 1994 19:43:31 GMT"},
      {"bytes=2000-", kWhole, "\"other\""},
  };
  for (const RangeCase& one : cases) {
    EXPECT_EQ(ResolveRange(one.range, one.if_range, "\"tag\"", 1000), one.expected)
        << one.range << " if-range " << one.if_range;
  }
}

TEST(ByteRange, content_range_names_first_last_and_size) {
  EXPECT_EQ(WriteContentRange(Part(0, 100), 1000), "bytes 0-99/1000");
  EXPECT_EQ(WriteContentRange(Part(999, 1), 1000), "bytes 999-999/1000");
}

TEST(ByteRange, T_CRY_06_any_header_gives_a_range_within_the_file) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  constexpr std::string_view kAlphabet = "bytes=0123456789-, ;";
  for (int i = 0; i < 200'000; ++i) {
    std::string header = i % 2 == 0 ? "bytes=" : "";
    for (std::size_t length = random() % 12; length > 0; --length)
      header += kAlphabet[random() % kAlphabet.size()];
    const std::uint64_t size = 1 + random() % 100;
    const RangeAnswer answer = ResolveRange(header, "", "\"tag\"", size);
    if (answer.kind == RangeAnswer::Kind::kUnsatisfiable) continue;
    ASSERT_GT(answer.length, 0u) << header;
    ASSERT_LE(answer.offset + answer.length, size) << header;
  }
}

}  // namespace
}  // namespace aplus::files
