// The strict check against every shape of head we could think of, each also cut at every byte: the verdict
// must not depend on packets.
#include "gateway/http/head_scanner.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/gateway/http/head_shapes.h"

namespace aplus::gateway {
namespace {

using test::ByteShapes;
using test::Get;
using test::NamedShapes;
using test::Shape;

const std::vector<std::string> kHosts = test::ShapeHosts();

// What a scan came to: 0 accepted, -1 wants more, otherwise the status of the refusal.
int Outcome(HeadScanner& scanner, HeadScanner::Verdict verdict) {
  if (verdict == HeadScanner::Verdict::kMore) return -1;
  if (verdict == HeadScanner::Verdict::kComplete) return 0;
  return StatusOf(scanner.fault());
}

int ScanWhole(const std::string& bytes) {
  HeadScanner scanner(kHosts);
  return Outcome(scanner, scanner.Scan(bytes));
}

// In two packets; the memory moves in between, as a growing buffer's does.
int ScanCut(const std::string& bytes, std::size_t cut) {
  HeadScanner scanner(kHosts);
  const std::string first = bytes.substr(0, cut);
  const auto verdict = scanner.Scan(first);
  if (verdict != HeadScanner::Verdict::kMore) return Outcome(scanner, verdict);
  const std::string both = bytes;
  return Outcome(scanner, scanner.Scan(both));
}

int ScanByteByByte(const std::string& bytes) {
  HeadScanner scanner(kHosts);
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    const std::string so_far = bytes.substr(0, size);
    const auto verdict = scanner.Scan(so_far);
    if (verdict != HeadScanner::Verdict::kMore) return Outcome(scanner, verdict);
  }
  return -1;
}

void ExpectVerdict(const Shape& shape) {
  EXPECT_EQ(ScanWhole(shape.bytes), shape.status) << shape.name;
  EXPECT_EQ(ScanByteByByte(shape.bytes), shape.status) << shape.name << ", byte by byte";
  // Long shapes are long with one letter: cutting near their ends and at a few places between says it all.
  const std::size_t step = shape.bytes.size() > 2000 ? 97 : 1;
  for (std::size_t cut = 1; cut < shape.bytes.size(); cut += step) {
    ASSERT_EQ(ScanCut(shape.bytes, cut), shape.status) << shape.name << ", cut at " << cut;
  }
}

TEST(HeadScanner, T_EDGE_01_EveryShapeGetsItsVerdictWhereverItIsCut) {
  std::size_t count = 0;
  for (const Shape& shape : NamedShapes()) {
    ExpectVerdict(shape);
    ++count;
  }
  for (const Shape& shape : ByteShapes()) {
    ExpectVerdict(shape);
    ++count;
  }
  EXPECT_GE(count, 400u);
  RecordProperty("shapes", static_cast<int>(count));
}

TEST(HeadScanner, GivesTheHead) {
  const std::string bytes =
      "POST /v1/requests/a%20b:close?x=1&y HTTP/1.1\r\nhost: aplus.test\r\nContent-Length: 12\r\nCookie: "
      "sid=abc\r\n"
      "Expect: 100-Continue\r\nConnection: foo, Close\r\nX-Empty:\r\n\r\n{\"body\"";
  HeadScanner scanner(kHosts);
  ASSERT_EQ(scanner.Scan(bytes), HeadScanner::Verdict::kComplete);
  EXPECT_EQ(scanner.size(), bytes.size() - 7);
  const RequestHead& head = scanner.head();
  EXPECT_EQ(head.method, HttpMethod::kPost);
  EXPECT_EQ(head.target, "/v1/requests/a%20b:close?x=1&y");
  EXPECT_EQ(head.path, "/v1/requests/a%20b:close");
  EXPECT_EQ(head.query, "x=1&y");
  EXPECT_EQ(head.content_length, 12u);
  EXPECT_EQ(head.Find("COOKIE"), "sid=abc");
  EXPECT_TRUE(head.Has("x-empty"));
  EXPECT_FALSE(head.Has("x-other"));
  EXPECT_TRUE(head.expects_continue);
  EXPECT_FALSE(head.keep_alive);

  scanner.Reset();
  const std::string next = Get("/");
  ASSERT_EQ(scanner.Scan(next), HeadScanner::Verdict::kComplete);
  EXPECT_TRUE(scanner.head().keep_alive);
  EXPECT_EQ(scanner.head().field_count, 1u);
}

TEST(HeadScanner, AnUnfinishedHeadWantsMore) {
  const std::string whole = Get("/v1/me", "Cookie: a=b\r\n");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(ScanWhole(whole.substr(0, size)), -1) << size;
  }
}

}  // namespace
}  // namespace aplus::gateway
