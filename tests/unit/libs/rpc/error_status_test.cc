#include "libs/rpc/error_status.h"

#include <gtest/gtest.h>

#include <string>

namespace aplus {
namespace {

TEST(ErrorStatus, WhatIsSaidComesBack) {
  Error error;
  error.reason = Reason::kStale;
  error.detail = "Quelqu’un a répondu.";
  error.violations = {{"citizen.nir", "format", "13 : ou 15 caractères."}, {"subject", "required", ""}};
  error.state = "REQUEST_STATE_CLOSED";
  error.version = 42;
  error.retry_after_seconds = 3;
  error.diagnostic = "row 17";
  const grpc::Status status = ToStatus(error);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_TRUE(HasErrorInfo(status));
  EXPECT_EQ(status.error_details().find("row 17"), std::string::npos) << "diagnostics stay inside";
  const Error back = ToError(status);
  EXPECT_EQ(back.reason, error.reason);
  EXPECT_EQ(back.detail, error.detail);
  ASSERT_EQ(back.violations.size(), 2u);
  EXPECT_EQ(back.violations[0].path, "citizen.nir");
  EXPECT_EQ(back.violations[0].code, "format");
  EXPECT_EQ(back.violations[0].detail, "13 : ou 15 caractères.");
  EXPECT_EQ(back.state, error.state);
  EXPECT_EQ(back.version, error.version);
  EXPECT_EQ(back.retry_after_seconds, error.retry_after_seconds);
}

TEST(ErrorStatus, EveryReasonSurvives) {
  for (int i = 0; i < static_cast<int>(Reason::kCount_); ++i) {
    Error error;
    error.reason = static_cast<Reason>(i);
    const Error back = ToError(ToStatus(error));
    EXPECT_EQ(back.reason, error.reason);
    EXPECT_TRUE(back.detail.empty()) << "the title says enough";
  }
}

TEST(ErrorStatus, TheTransportsOwnFailures) {
  EXPECT_EQ(ToError({grpc::StatusCode::UNAVAILABLE, "connection refused"}).reason, Reason::kUnavailable);
  EXPECT_EQ(ToError({grpc::StatusCode::DEADLINE_EXCEEDED, ""}).reason, Reason::kTimeout);
  EXPECT_EQ(ToError({grpc::StatusCode::CANCELLED, ""}).reason, Reason::kCancelled);
  EXPECT_EQ(ToError({grpc::StatusCode::NOT_FOUND, "no such method"}).reason, Reason::kInternal)
      << "only a service of ours may say that something does not exist";
  EXPECT_FALSE(HasErrorInfo({grpc::StatusCode::UNAVAILABLE, ""}));
}

TEST(ErrorStatus, HostileDetailsAreIgnored) {
  for (const std::string& details :
       {std::string("\xff\xff\xff"), std::string(10'000, '\x0a'), std::string("{}")}) {
    EXPECT_EQ(ToError({grpc::StatusCode::INTERNAL, "x", details}).reason, Reason::kInternal);
  }
}

}  // namespace
}  // namespace aplus
