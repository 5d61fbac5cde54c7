#include "libs/base/result.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>

namespace aplus {
namespace {

Result<std::unique_ptr<int>> Half(int value) {
  if (value % 2 != 0) return Fail(Reason::kImpossible, "odd");
  return std::make_unique<int>(value / 2);
}

Result<int> Quarter(int value) {
  TRY(auto half, Half(value));
  TRY(const auto quarter, Half(*half));
  return *quarter;
}

Result<void> CheckQuarter(int value) {
  TRY_VOID(Quarter(value));
  return {};
}

TEST(ResultTest, TryTakesTheValueOrGivesTheErrorBack) {
  EXPECT_EQ(Quarter(12).value(), 3);
  const auto failed = Quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().reason, Reason::kImpossible);
  EXPECT_EQ(failed.error().diagnostic, "odd");
  EXPECT_TRUE(CheckQuarter(4));
  EXPECT_EQ(CheckQuarter(5).error().reason, Reason::kImpossible);
}

TEST(ReasonTest, EveryReasonHasOneCodeAStatusAndAFrenchTitle) {
  std::set<std::string_view> codes;
  for (int i = 0; i < static_cast<int>(Reason::kCount_); ++i) {
    const auto reason = static_cast<Reason>(i);
    const ReasonRow& row = Describe(reason);
    EXPECT_TRUE(codes.insert(row.code).second) << row.code;
    EXPECT_EQ(ReasonFromCode(row.code), reason);
    EXPECT_GE(row.http_status, 400) << row.code;
    EXPECT_LT(row.http_status, 600) << row.code;
    EXPECT_TRUE(row.grpc_code >= 1 && row.grpc_code <= 16) << row.code;
    EXPECT_TRUE(row.title.ends_with('.')) << row.code;
  }
  EXPECT_FALSE(ReasonFromCode("no_such_code"));
  EXPECT_FALSE(ReasonFromCode(""));
}

}  // namespace
}  // namespace aplus
