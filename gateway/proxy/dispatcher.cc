#include "gateway/proxy/dispatcher.h"

#include <fmt/format.h>

#include "gateway/http/csrf.h"
#include "gateway/http/problem.h"
#include "gateway/proxy/transfers.h"
#include "libs/runtime/config.h"
#include "libs/telemetry/log.h"

namespace aplus::gateway {
namespace dispatcher_detail {

constexpr std::string_view kApiPrefix = "/v1/";

// "GET, HEAD, PATCH", for a path that knows other methods.
std::string AllowList(std::uint8_t methods) {
  std::string list;
  for (int i = 0; i < 6; ++i) {
    if ((methods & 1u << i) == 0) continue;
    if (!list.empty()) list += ", ";
    list += transcode::NameOf(static_cast<HttpMethod>(i));
  }
  return list;
}

BodyForm FormOf(const transcode::Route& route) {
  if (route.rule.transfer() == api::v1::TRANSFER_UPLOAD) return BodyForm::kRaw;
  return route.request.has_body() ? BodyForm::kJson : BodyForm::kNone;
}

Error Of(Reason reason) {
  Error error;
  error.reason = reason;
  return error;
}

}  // namespace dispatcher_detail

std::string_view ServiceOf(std::string_view method_name) {
  const std::size_t start = method_name.find('.') + 1;
  return method_name.substr(start, method_name.find('.', start) - start);
}

Dispatcher::Dispatcher(const transcode::RouteTable& routes, const MethodTable& methods, Channels& channels,
                       const StaticFiles& files, const Cookies& cookies, Sessions& sessions, Limits& limits,
                       InFlight& in_flight, Metrics& metrics)
    : routes_(routes),
      files_(files),
      cookies_(cookies),
      sessions_(sessions),
      limits_(limits),
      in_flight_(in_flight) {
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const transcode::Route& route = routes[i];
    const Method* method = methods.FindByName(route.method_name);
    if (method == nullptr)
      throw ConfigError(fmt::format("{} is not linked into this program", route.method_name));
    backends_.push_back({&channels.Get(ServiceOf(route.method_name)), method});
  }
  metrics.AddCallback("aplus_gateway_calls_in_flight", "API calls in progress", false,
                      [&in_flight] { return static_cast<double>(in_flight.total()); });
  metrics.AddCallback("aplus_gateway_sessions_cached", "Sessions whose answer is kept for a second", false,
                      [&sessions] { return static_cast<double>(sessions.size()); });
}

Task<> Dispatcher::Handle(Exchange& exchange) {
  const std::string_view path = exchange.head().path;
  if (path.starts_with(dispatcher_detail::kApiPrefix) && path != "/v1/openapi.json") {
    co_await Api(exchange);
  } else {
    co_await Page(exchange);
  }
}

Task<> Dispatcher::Page(Exchange& exchange) {
  exchange.SetRoute("page");
  if (!exchange.head().IsSafe()) {
    co_await Refuse(exchange, dispatcher_detail::Of(Reason::kMethodNotAllowed), "GET, HEAD");
    co_return;
  }
  std::optional<Response> response = files_.Find(exchange.head());
  if (!response) {
    co_await Refuse(exchange, dispatcher_detail::Of(Reason::kNotFound));
    co_return;
  }
  co_await exchange.Send(*std::move(response));
}

Task<> Dispatcher::Api(Exchange& exchange) {
  const RequestHead& head = exchange.head();
  transcode::PathMatch match = routes_.Find(head.method, head.path);
  if (!match.route) {
    exchange.SetRoute("none");
    const bool known = match.allowed != 0;
    co_await Refuse(exchange, dispatcher_detail::Of(known ? Reason::kMethodNotAllowed : Reason::kNotFound),
                    dispatcher_detail::AllowList(match.allowed));
    co_return;
  }
  exchange.SetRoute(routes_[*match.route].pattern);
  const Result<void> done = co_await Run(exchange, *match.route, std::move(match.captures));
  if (!done && !exchange.answered()) co_await Refuse(exchange, done.error());
}

Task<Result<void>> Dispatcher::Run(Exchange& exchange, std::size_t index,
                                   std::vector<std::string_view> captures) {
  const transcode::Route& route = routes_[index];
  const RequestHead& head = exchange.head();
  CO_TRY_VOID(CheckOrigin(head, exchange.edge().site, dispatcher_detail::FormOf(route)));
  ProxyCall call{.exchange = exchange,
                 .route = route,
                 .backend = backends_[index],
                 .cookies = cookies_,
                 .sessions = sessions_,
                 .captures = std::move(captures),
                 .session = std::string(cookies_.Find(head.Find("Cookie"), Cookie::kSession))};
  const bool stream = route.rule.transfer() == api::v1::TRANSFER_EVENTS;
  if (route.rule.caller() != api::v1::CALLER_PUBLIC) {
    if (call.session.empty()) co_return Fail(Reason::kUnauthenticated);
    CallOptions question;
    question.request_id = exchange.request_id();
    question.trace = exchange.trace();
    question.client_address = exchange.client_address();
    // A browser opens its stream again by itself each time that it ends.
    const Sessions::Use use = stream ? Sessions::Use::kNone : Sessions::Use::kCall;
    CO_TRY(call.identity, co_await sessions_.Authenticate(call.session, std::move(question), use));
  }
  const std::string user = call.identity == nullptr ? std::string() : call.identity->user_id;
  CO_TRY(const InFlight::Place place, in_flight_.Enter(user, stream));
  CO_TRY_VOID(co_await limits_.Take(route.rule.limit(), user, exchange.client_address()));
  CO_TRY_VOID(FillOptions(call));
  co_return co_await RunCall(call);
}

Task<Result<void>> Dispatcher::RunCall(ProxyCall& call) {
  switch (call.route.rule.transfer()) {
    case api::v1::TRANSFER_UPLOAD:
      co_return co_await RunUpload(call);
    case api::v1::TRANSFER_DOWNLOAD:
      co_return co_await RunDownload(call);
    case api::v1::TRANSFER_EVENTS:
      co_return co_await RunEvents(call);
    default:
      co_return co_await RunUnary(call);
  }
}

Task<> Dispatcher::Refuse(Exchange& exchange, Error error, std::string allow) {
  if (Describe(error.reason).http_status >= 500) {
    log::Warn("refused", {{log::kRequestId, exchange.request_id()},
                          {log::kReason, Describe(error.reason).code},
                          {log::kDetail, error.diagnostic}});
  }
  Response response = Problem(error, exchange.request_id());
  if (!allow.empty()) response.fields.emplace_back("Allow", std::move(allow));
  co_await exchange.Send(std::move(response));
}

}  // namespace aplus::gateway
