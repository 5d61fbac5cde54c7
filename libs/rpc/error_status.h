// Error ⇄ grpc::Status. Details travel as google.rpc.Status: ErrorInfo {reason = our code, domain "aplus",
// metadata state and version}, BadRequest with the violations, LocalizedMessage in French, RetryInfo.
// Diagnostics never leave the process.
#pragma once

#include <grpcpp/support/status.h>

#include "libs/base/result.h"

namespace aplus {

inline constexpr std::string_view kErrorDomain = "aplus";

grpc::Status ToStatus(const Error& error);

// From a status that another service of ours or the transport gave. Without an ErrorInfo of our domain the
// gRPC code decides (UNAVAILABLE → kUnavailable, DEADLINE_EXCEEDED → kTimeout, CANCELLED → kCancelled, others
// → kInternal), with the transport's message as the diagnostic. Never fails; details that do not parse are
// ignored.
Error ToError(const grpc::Status& status);

// True when the status was made by a service (it carries an ErrorInfo of ours), false when by the transport.
bool HasErrorInfo(const grpc::Status& status);

}  // namespace aplus
