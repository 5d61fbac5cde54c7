#include "libs/rpc/error_status.h"

#include <charconv>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace aplus {
namespace error_status {

constexpr std::string_view kStateKey = "state";
constexpr std::string_view kVersionKey = "version";

template <class Detail>
void Pack(google::rpc::Status& status, const Detail& detail) {
  status.add_details()->PackFrom(detail);
}

// The answer to a status that no service of ours has made.
Reason FromGrpcCode(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::CANCELLED:
      return Reason::kCancelled;
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return Reason::kTimeout;
    case grpc::StatusCode::UNAVAILABLE:
      return Reason::kUnavailable;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return Reason::kTooLarge;  // gRPC's own: a message above the limit
    default:
      return Reason::kInternal;
  }
}

void ReadInfo(const google::rpc::ErrorInfo& info, Error& error) {
  if (auto reason = ReasonFromCode(info.reason())) {
    error.reason = *reason;
  } else {
    // A newer service may know reasons that we do not.
    error.diagnostic = "unknown reason " + info.reason();
  }
  const auto& metadata = info.metadata();
  if (auto state = metadata.find(std::string(kStateKey)); state != metadata.end())
    error.state = state->second;
  if (auto version = metadata.find(std::string(kVersionKey)); version != metadata.end()) {
    const std::string& text = version->second;
    std::int64_t number = 0;
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure == std::errc() && end == text.data() + text.size()) error.version = number;
  }
}

}  // namespace error_status

grpc::Status ToStatus(const Error& error) {
  const ReasonRow& row = Describe(error.reason);
  google::rpc::Status status;
  status.set_code(row.grpc_code);
  status.set_message(std::string(row.code));

  google::rpc::ErrorInfo info;
  info.set_reason(std::string(row.code));
  info.set_domain(std::string(kErrorDomain));
  if (!error.state.empty()) (*info.mutable_metadata())[std::string(error_status::kStateKey)] = error.state;
  if (error.version) {
    (*info.mutable_metadata())[std::string(error_status::kVersionKey)] = std::to_string(*error.version);
  }
  error_status::Pack(status, info);

  if (!error.violations.empty()) {
    google::rpc::BadRequest bad;
    for (const Error::Violation& violation : error.violations) {
      auto* field = bad.add_field_violations();
      field->set_field(violation.path);
      // "code: sentence"; this version of BadRequest has no field for a code.
      field->set_description(violation.code + ": " + violation.detail);
    }
    error_status::Pack(status, bad);
  }
  google::rpc::LocalizedMessage sentence;
  sentence.set_locale("fr");
  sentence.set_message(error.detail.empty() ? std::string(row.title) : error.detail);
  error_status::Pack(status, sentence);
  if (error.retry_after_seconds) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(*error.retry_after_seconds);
    error_status::Pack(status, retry);
  }
  return grpc::Status(static_cast<grpc::StatusCode>(row.grpc_code), std::string(row.code),
                      status.SerializeAsString());
}

Error ToError(const grpc::Status& status) {
  Error error;
  error.reason = error_status::FromGrpcCode(status.error_code());
  google::rpc::Status details;
  bool ours = false;
  if (!status.error_details().empty() && details.ParseFromString(status.error_details())) {
    for (const auto& any : details.details()) {
      google::rpc::ErrorInfo info;
      google::rpc::BadRequest bad;
      google::rpc::LocalizedMessage sentence;
      google::rpc::RetryInfo retry;
      if (any.Is<google::rpc::ErrorInfo>() && any.UnpackTo(&info) && info.domain() == kErrorDomain) {
        ours = true;
        error_status::ReadInfo(info, error);
      } else if (any.Is<google::rpc::BadRequest>() && any.UnpackTo(&bad)) {
        for (const auto& field : bad.field_violations()) {
          const std::string& text = field.description();
          const std::size_t colon = text.find(": ");
          if (colon == std::string::npos) {
            error.violations.push_back({field.field(), "", text});
          } else {
            error.violations.push_back({field.field(), text.substr(0, colon), text.substr(colon + 2)});
          }
        }
      } else if (any.Is<google::rpc::LocalizedMessage>() && any.UnpackTo(&sentence)) {
        error.detail = sentence.message();
      } else if (any.Is<google::rpc::RetryInfo>() && any.UnpackTo(&retry)) {
        error.retry_after_seconds = static_cast<std::int32_t>(retry.retry_delay().seconds());
      }
    }
  }
  if (ours && error.detail == Describe(error.reason).title) error.detail.clear();
  if (!ours) {
    error = Fail(error.reason, status.error_message()).value();
  }
  return error;
}

bool HasErrorInfo(const grpc::Status& status) {
  google::rpc::Status details;
  if (status.error_details().empty() || !details.ParseFromString(status.error_details())) return false;
  for (const auto& any : details.details()) {
    google::rpc::ErrorInfo info;
    if (any.Is<google::rpc::ErrorInfo>() && any.UnpackTo(&info) && info.domain() == kErrorDomain) return true;
  }
  return false;
}

}  // namespace aplus
