// Decides what a request is and in which order it is checked: pages, or route → origin → session → room →
// rate → body → backend.
#pragma once

#include <string_view>
#include <vector>

#include "gateway/http/cookies.h"
#include "gateway/http/exchange.h"
#include "gateway/http/static_files.h"
#include "gateway/proxy/call.h"
#include "gateway/proxy/limits.h"
#include "gateway/proxy/sessions.h"
#include "gateway/transcode/route_table.h"
#include "libs/rpc/client.h"
#include "libs/rpc/methods.h"

namespace aplus::gateway {

class Dispatcher final : public Handler {
 public:
  // All references outlive it. ConfigError when a route's service is not among the configured ones or its
  // method not in the table.
  Dispatcher(const transcode::RouteTable& routes, const MethodTable& methods, Channels& channels,
             const StaticFiles& files, const Cookies& cookies, Sessions& sessions, Limits& limits,
             InFlight& in_flight, Metrics& metrics);

  Task<> Handle(Exchange& exchange) override;

 private:
  Task<> Page(Exchange& exchange);
  Task<> Api(Exchange& exchange);
  Task<Result<void>> Run(Exchange& exchange, std::size_t route, std::vector<std::string_view> captures);
  Task<Result<void>> RunCall(ProxyCall& call);
  Task<> Refuse(Exchange& exchange, Error error, std::string allow = {});

  const transcode::RouteTable& routes_;
  const StaticFiles& files_;
  const Cookies& cookies_;
  Sessions& sessions_;
  Limits& limits_;
  InFlight& in_flight_;
  std::vector<Backend> backends_;  // by route
};

// The service that serves a method: "aplus.requests.v1.Requests.Get…" → "requests".
std::string_view ServiceOf(std::string_view method_name);

}  // namespace aplus::gateway
