#include "gateway/transcode/route_table.h"

#include <fmt/format.h>
#include <google/protobuf/descriptor.h>

#include <set>

#include "aplus/api/v1/transfer.pb.h"
#include "google/api/annotations.pb.h"

namespace aplus::transcode {
namespace route_table {

namespace pb = google::protobuf;
using api::v1::Rule;

struct Binding {
  HttpMethod verb;
  std::string pattern;
  std::string body;
};

Result<Binding> ToBinding(const google::api::HttpRule& http) {
  Binding binding{HttpMethod::kGet, {}, http.body()};
  switch (http.pattern_case()) {
    case google::api::HttpRule::kGet:
      binding.verb = HttpMethod::kGet, binding.pattern = http.get();
      break;
    case google::api::HttpRule::kPost:
      binding.verb = HttpMethod::kPost, binding.pattern = http.post();
      break;
    case google::api::HttpRule::kPut:
      binding.verb = HttpMethod::kPut, binding.pattern = http.put();
      break;
    case google::api::HttpRule::kPatch:
      binding.verb = HttpMethod::kPatch, binding.pattern = http.patch();
      break;
    case google::api::HttpRule::kDelete:
      binding.verb = HttpMethod::kDelete, binding.pattern = http.delete_();
      break;
    default:
      return Fail(Reason::kInternal, "custom HTTP methods are not served");
  }
  if (!http.response_body().empty()) return Fail(Reason::kInternal, "response_body is not supported");
  return binding;
}

// What an API may not declare; empty when all is well.
std::string_view Objection(const pb::MethodDescriptor& method, const Rule& rule, const Binding& binding) {
  const bool read = binding.verb == HttpMethod::kGet;
  if (rule.caller() == api::v1::CALLER_UNSPECIFIED) return "rule without caller";
  if (rule.caller() == api::v1::CALLER_SERVICE) return "a method between services has no route";
  if (rule.limit() == api::v1::LIMIT_UNSPECIFIED || rule.limit() == api::v1::LIMIT_NONE)
    return "rule without limit";
  if (read && rule.repeat() != api::v1::REPEAT_SAFE) return "GET never changes anything";
  if (read && !binding.body.empty()) return "GET has no body";
  if (rule.success() != 0 && (rule.success() < 200 || rule.success() > 204 || rule.success() == 203)) {
    return "success is 200, 201, 202 or 204";
  }
  switch (rule.transfer()) {
    case api::v1::TRANSFER_JSON:
      return method.client_streaming() || method.server_streaming() ? "a JSON method is unary" : "";
    case api::v1::TRANSFER_UPLOAD:
      return !method.client_streaming() || method.server_streaming() || binding.verb != HttpMethod::kPost
                 ? "an upload is a client stream by POST"
                 : "";
    case api::v1::TRANSFER_DOWNLOAD:
      return method.client_streaming() || !method.server_streaming() || !read ||
                     method.output_type()->full_name() != api::v1::DownloadChunk::descriptor()->full_name()
                 ? "a download is a server stream of DownloadChunk by GET"
                 : "";
    case api::v1::TRANSFER_EVENTS:
      return method.client_streaming() || !method.server_streaming() || !read ||
                     method.output_type()->full_name() != api::v1::LiveEvent::descriptor()->full_name()
                 ? "events are a server stream of LiveEvent by GET"
                 : "";
    default:
      return "unknown transfer";
  }
}

// Edge fields are filled and taken away at the top of a message; anywhere deeper they would be forgotten.
bool HasNestedEdge(const MessagePlan& plan, bool top, std::set<const MessagePlan*>& seen) {
  if (!seen.insert(&plan).second) return false;
  for (const FieldPlan& field : plan.fields) {
    if (!top && field.edge != Edge::kNone) return true;
    if (field.message != nullptr && HasNestedEdge(*field.message, false, seen)) return true;
  }
  return false;
}

bool HasNestedEdge(const MessagePlan& plan) {
  std::set<const MessagePlan*> seen;
  return HasNestedEdge(plan, true, seen);
}

}  // namespace route_table

Result<RouteTable> RouteTable::Compile(std::span<const google::protobuf::ServiceDescriptor* const> services) {
  RouteTable table;
  std::string problems;
  for (const auto* service : services) {
    for (int i = 0; i < service->method_count(); ++i) {
      const auto& method = *service->method(i);
      if (auto added = table.AddMethod(method); !added) {
        problems += fmt::format("{}: {}\n", method.full_name(), added.error().diagnostic);
      }
    }
  }
  if (!problems.empty()) return Fail(Reason::kInternal, std::move(problems));
  return table;
}

Result<void> RouteTable::AddMethod(const google::protobuf::MethodDescriptor& method) {
  if (!method.options().HasExtension(google::api::http)) return {};
  const google::api::HttpRule& http = method.options().GetExtension(google::api::http);
  const api::v1::Rule& rule = method.options().GetExtension(api::v1::rule);
  std::vector<google::api::HttpRule> bindings(http.additional_bindings().begin(),
                                              http.additional_bindings().end());
  bindings.insert(bindings.begin(), http);
  for (const google::api::HttpRule& declared : bindings) {
    TRY(const route_table::Binding binding, route_table::ToBinding(declared));
    const std::string_view objection = route_table::Objection(method, rule, binding);
    if (!objection.empty()) return Fail(Reason::kInternal, std::string(objection));
    TRY_VOID(AddRoute(method, binding.verb, binding.pattern, binding.body));
  }
  return {};
}

Result<void> RouteTable::AddRoute(const google::protobuf::MethodDescriptor& method, HttpMethod verb,
                                  std::string_view pattern, std::string_view body) {
  TRY(const PathTemplate path, ParsePathTemplate(pattern));
  TRY(const MessagePlan* request, plans_->Compile(*method.input_type()));
  TRY(const MessagePlan* response, plans_->Compile(*method.output_type()));
  if (route_table::HasNestedEdge(*request) || route_table::HasNestedEdge(*response)) {
    return Fail(Reason::kInternal, "an edge field below the top of its message");
  }
  auto route = std::make_unique<Route>();
  route->method_name = method.full_name();
  route->verb = verb;
  route->pattern = pattern;
  route->rule = method.options().GetExtension(api::v1::rule);
  if (route->rule.success() != 0) route->success = route->rule.success();
  TRY(route->request, RequestPlan::Compile(*request, body, path.variables));
  route->response = response;
  if (route->rule.transfer() == api::v1::TRANSFER_UPLOAD) {
    const FieldPlan* bytes = route->request.body_field();
    if (bytes == nullptr || bytes->kind != Kind::kBytes || bytes->shape != Shape::kSingular) {
      return Fail(Reason::kInternal, "the body of an upload is one bytes field");
    }
  }
  TRY_VOID(router_.Add(verb, path, routes_.size()));
  if (verb == HttpMethod::kGet && route->rule.transfer() == api::v1::TRANSFER_JSON) {
    TRY_VOID(router_.Add(HttpMethod::kHead, path, routes_.size()));
  }
  routes_.push_back(std::move(route));
  return {};
}

}  // namespace aplus::transcode
