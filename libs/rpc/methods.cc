#include "libs/rpc/methods.h"

#include <google/protobuf/descriptor_database.h>

#include <algorithm>
#include <array>
#include <set>

#include "aplus/api/v1/transfer.pb.h"
#include "google/api/annotations.pb.h"
#include "libs/identity/rights.h"

namespace aplus {
namespace methods {

using google::protobuf::MethodDescriptor;

constexpr std::int32_t kDefaultDeadlineMs = 10'000;
constexpr std::int32_t kMostDeadlineMs = 600'000;

// Answered before or around every handler, so that no rule needs to name them.
constexpr std::array kChainReasons = {
    Reason::kInvalidArgument,
    Reason::kMalformed,
    Reason::kUnauthenticated,
    Reason::kTermsRequired,
    Reason::kForbidden,
    Reason::kRateLimited,
    Reason::kMethodNotAllowed,
    Reason::kTooLarge,
    Reason::kTimeout,
    Reason::kCancelled,
    Reason::kUnavailable,
    Reason::kInternal,
    Reason::kKeyRequired,
    Reason::kCsrf,
    Reason::kUnsupportedMediaType,
    Reason::kSecondFactorRequired,
};

bool IsServiceName(std::string_view name) {
  return !name.empty() && name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Fills the route; false when the annotation is absent or of a kind that we do not serve.
bool ReadRoute(const MethodDescriptor& descriptor, Method& method) {
  if (!descriptor.options().HasExtension(google::api::http)) return false;
  const google::api::HttpRule& http = descriptor.options().GetExtension(google::api::http);
  switch (http.pattern_case()) {
    case google::api::HttpRule::kGet:
      method.http_verb = "GET";
      method.http_path = http.get();
      break;
    case google::api::HttpRule::kPut:
      method.http_verb = "PUT";
      method.http_path = http.put();
      break;
    case google::api::HttpRule::kPost:
      method.http_verb = "POST";
      method.http_path = http.post();
      break;
    case google::api::HttpRule::kDelete:
      method.http_verb = "DELETE";
      method.http_path = http.delete_();
      break;
    case google::api::HttpRule::kPatch:
      method.http_verb = "PATCH";
      method.http_path = http.patch();
      break;
    default:
      return false;
  }
  method.http_body = http.body();
  return method.http_path.starts_with('/');
}

class Compiler {
 public:
  Compiler(const MethodDescriptor& descriptor, std::vector<std::string>& problems)
      : descriptor_(descriptor), problems_(problems) {}

  std::unique_ptr<Method> Compile() {
    auto method = std::make_unique<Method>();
    method->descriptor = &descriptor_;
    method->name = descriptor_.full_name();
    method->service = descriptor_.service()->full_name();
    method->short_name = descriptor_.name();
    method->path = "/" + method->service + "/" + method->short_name;
    method->rule = descriptor_.options().GetExtension(api::v1::rule);
    Kind(*method);
    if (descriptor_.options().HasExtension(api::v1::rule)) {
      Declared(*method);
      Route(*method);
      Reasons(*method);
    } else {
      Problem("declares no rule");
    }
    const std::int32_t deadline_ms =
        method->rule.deadline_ms() == 0 ? kDefaultDeadlineMs : method->rule.deadline_ms();
    if (deadline_ms < 1 || deadline_ms > kMostDeadlineMs) Problem("has a deadline_ms out of range");
    method->deadline = std::chrono::milliseconds(deadline_ms);
    method->request_rules = MessageRules::Compile(*descriptor_.input_type(), problems_);
    return method;
  }

 private:
  void Problem(const std::string& what) { problems_.push_back(descriptor_.full_name() + ": " + what); }

  void Kind(Method& method) {
    if (descriptor_.client_streaming() && descriptor_.server_streaming()) Problem("streams both ways");
    method.kind = descriptor_.client_streaming()   ? StreamKind::kClientStream
                  : descriptor_.server_streaming() ? StreamKind::kServerStream
                                                   : StreamKind::kUnary;
  }

  // Everything that options.proto calls needed.
  void Declared(const Method& method) {
    const api::v1::Rule& rule = method.rule;
    if (!OperationFromCode(rule.operation()))
      Problem("operation \"" + rule.operation() + "\" is in no rights table");
    if (rule.caller() == api::v1::CALLER_UNSPECIFIED) Problem("does not say who may call");
    if (rule.audit() == api::v1::AUDIT_UNSPECIFIED) Problem("does not say what is audited");
    if (rule.repeat() == api::v1::REPEAT_UNSPECIFIED) Problem("does not say what a repeated call does");
    if (rule.limit() == api::v1::LIMIT_UNSPECIFIED) Problem("declares no rate limit");
    // P90. Between services the caller's own method is audited.
    if (!method.IsForServices() && rule.repeat() != api::v1::REPEAT_SAFE &&
        rule.repeat() != api::v1::REPEAT_UNSPECIFIED && rule.audit() == api::v1::AUDIT_NONE) {
      Problem("changes something and is not audited");
    }
    for (const std::string& service : rule.services()) {
      if (!IsServiceName(service)) Problem("names a service that is none: \"" + service + "\"");
    }
    if (method.IsForServices()) {
      if (rule.services().empty()) Problem("is for services and names none");
      if (rule.limit() != api::v1::LIMIT_NONE) Problem("is for services and has a limit");
      if (!rule.partner_scope().empty()) Problem("is for services and has a partner_scope");
    } else if (rule.limit() == api::v1::LIMIT_NONE) {
      Problem("is reachable over HTTP without a limit");
    }
    if (rule.caller() == api::v1::CALLER_PUBLIC && !rule.partner_scope().empty()) {
      Problem("is public and has a partner_scope");
    }
    if (rule.max_body() < 0) Problem("has a negative max_body");
    constexpr std::array kSuccess = {0, 200, 201, 202, 204};
    if (std::find(kSuccess.begin(), kSuccess.end(), rule.success()) == kSuccess.end()) {
      Problem("has a success status that is none");
    }
  }

  void Route(Method& method) {
    const api::v1::Rule& rule = method.rule;
    const bool has_route = ReadRoute(descriptor_, method);
    if (method.IsForServices()) {
      if (has_route) Problem("is for services and has a route");
      return;
    }
    if (!has_route) {
      Problem("has no route");
      return;
    }
    if (method.http_verb == "GET" && rule.repeat() != api::v1::REPEAT_SAFE &&
        rule.repeat() != api::v1::REPEAT_UNSPECIFIED) {
      Problem("is a GET that changes");
    }
    if (method.http_verb == "GET" && !method.http_body.empty()) Problem("is a GET with a body");
    if (rule.cacheable() && method.http_verb != "GET") Problem("is cacheable and no GET");
    const bool upload = rule.transfer() == api::v1::TRANSFER_UPLOAD;
    const bool download = rule.transfer() == api::v1::TRANSFER_DOWNLOAD;
    const bool events = rule.transfer() == api::v1::TRANSFER_EVENTS;
    if (upload != (method.kind == StreamKind::kClientStream) ||
        (download || events) != (method.kind == StreamKind::kServerStream)) {
      Problem("its transfer does not fit the way it streams");
    }
    if (download &&
        descriptor_.output_type()->full_name() != api::v1::DownloadChunk::descriptor()->full_name()) {
      Problem("is a download that does not answer aplus.api.v1.DownloadChunk");
    }
    if (events && descriptor_.output_type()->full_name() != api::v1::LiveEvent::descriptor()->full_name()) {
      Problem("is an event stream that does not answer aplus.api.v1.LiveEvent");
    }
  }

  void Reasons(Method& method) {
    for (const std::string& code : method.rule.reasons()) {
      if (auto reason = ReasonFromCode(code)) {
        method.reasons.set(static_cast<std::size_t>(*reason));
      } else {
        Problem("reason \"" + code + "\" is none");
      }
    }
    // What a key brings with it goes without saying (SECURITY 3.4).
    if (method.rule.repeat() == api::v1::REPEAT_KEY_REQUIRED ||
        method.rule.repeat() == api::v1::REPEAT_KEY_ACCEPTED) {
      method.reasons.set(static_cast<std::size_t>(Reason::kKeyReused));
      method.reasons.set(static_cast<std::size_t>(Reason::kKeyRunning));
    }
    const auto declares = [&](Reason reason) {
      return method.reasons.test(static_cast<std::size_t>(reason));
    };
    if (method.rule.takes_version() && !declares(Reason::kStale))
      Problem("takes a version and does not declare stale");
  }

  const MethodDescriptor& descriptor_;
  std::vector<std::string>& problems_;
};

}  // namespace methods

bool IsChainReason(Reason reason) {
  return std::find(methods::kChainReasons.begin(), methods::kChainReasons.end(), reason) !=
         methods::kChainReasons.end();
}

Result<MethodTable> MethodTable::Compile(const google::protobuf::DescriptorPool& pool,
                                         std::span<const std::string> services) {
  MethodTable table;
  std::vector<std::string> problems;
  std::set<std::string> routes;
  for (const std::string& name : services) {
    const google::protobuf::ServiceDescriptor* service = pool.FindServiceByName(name);
    if (service == nullptr) {
      problems.push_back("no service " + name + " is linked into this program");
      continue;
    }
    for (int i = 0; i < service->method_count(); ++i) {
      auto method = methods::Compiler(*service->method(i), problems).Compile();
      method->index = table.methods_.size();
      if (!table.by_path_.emplace(method->path, method.get()).second) {
        problems.push_back("the service " + name + " is named twice");
        break;
      }
      if (!method->http_verb.empty() && !routes.insert(method->http_verb + " " + method->http_path).second) {
        problems.push_back(method->name + ": another method has its route");
      }
      table.by_name_.emplace(method->name, method.get());
      table.methods_.push_back(std::move(method));
    }
  }
  if (!problems.empty()) {
    // The same message type may belong to several methods.
    std::sort(problems.begin(), problems.end());
    problems.erase(std::unique(problems.begin(), problems.end()), problems.end());
    std::string text;
    for (const std::string& problem : problems) text += (text.empty() ? "" : "\n") + problem;
    return Fail(Reason::kInternal, std::move(text));
  }
  return table;
}

Result<MethodTable> MethodTable::CompileLinked() {
  const google::protobuf::DescriptorPool& pool = *google::protobuf::DescriptorPool::generated_pool();
  // The generated pool builds files when they are asked for; the database behind it knows all that are
  // linked.
  std::vector<std::string> files;
  google::protobuf::DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<std::string> services;
  for (const std::string& name : files) {
    if (!name.starts_with("aplus/")) continue;
    const google::protobuf::FileDescriptor* file = pool.FindFileByName(name);
    for (int i = 0; file != nullptr && i < file->service_count(); ++i) {
      services.push_back(file->service(i)->full_name());
    }
  }
  std::ranges::sort(services);
  return Compile(pool, services);
}

const Method* MethodTable::Find(std::string_view path) const {
  auto found = by_path_.find(path);
  return found == by_path_.end() ? nullptr : found->second;
}

const Method* MethodTable::FindByName(std::string_view name) const {
  auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace aplus
