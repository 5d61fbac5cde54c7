// Every route of the HTTP API, compiled at start-up from the methods' own options (google.api.http and
// aplus.api.v1.rule). Adding an RPC to the protos is all it takes to serve it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aplus/api/v1/options.pb.h"
#include "gateway/transcode/path_template.h"
#include "gateway/transcode/plan.h"
#include "gateway/transcode/request_plan.h"
#include "libs/base/result.h"

namespace google::protobuf {
class DescriptorPool;
class MethodDescriptor;
class ServiceDescriptor;
}  // namespace google::protobuf

namespace aplus::transcode {

struct Route {
  std::string method_name;  // "aplus.requests.v1.Requests.CreateRequest"
  HttpMethod verb = HttpMethod::kGet;
  std::string pattern;  // "/v1/requests/{request_id}:close": as declared, safe for metrics and logs
  api::v1::Rule rule;
  int success = 200;
  RequestPlan request;
  const MessagePlan* response = nullptr;

  std::size_t max_body() const {
    return rule.max_body() > 0 ? static_cast<std::size_t>(rule.max_body()) : 64 * 1024;
  }
};

class RouteTable {
 public:
  // Of the services whose methods carry google.api.http. kInternal whose diagnostic names every route that is
  // wrong, one a line.
  static Result<RouteTable> Compile(std::span<const google::protobuf::ServiceDescriptor* const> services);

  RouteTable(RouteTable&&) noexcept = default;
  RouteTable& operator=(RouteTable&&) noexcept = default;

  // HEAD finds the route of GET. The captures of the match are views into `path`.
  PathMatch Find(HttpMethod method, std::string_view path) const { return router_.Find(method, path); }
  const Route& operator[](std::size_t index) const { return *routes_[index]; }
  std::size_t size() const { return routes_.size(); }

 private:
  RouteTable() = default;
  Result<void> AddMethod(const google::protobuf::MethodDescriptor& method);
  Result<void> AddRoute(const google::protobuf::MethodDescriptor& method, HttpMethod verb,
                        std::string_view pattern, std::string_view body);

  std::unique_ptr<PlanSet> plans_ = std::make_unique<PlanSet>();
  std::vector<std::unique_ptr<Route>> routes_;
  Router router_;
};

}  // namespace aplus::transcode
