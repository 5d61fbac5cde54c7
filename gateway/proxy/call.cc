#include "gateway/proxy/call.h"

#include <charconv>

#include "gateway/transcode/wire_to_json.h"
#include "libs/base/text.h"
#include "libs/rpc/metadata.h"

namespace aplus::gateway {
namespace call_detail {

using transcode::Edge;

constexpr std::size_t kMaxUserAgent = 200;

// A version as If-Match carries it: "7", with its quotes; a bare number is forgiven.
Result<std::int64_t> ParseVersion(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  std::int64_t version = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (problem != std::errc{} || end != text.data() + text.size() || version < 0) {
    Error error;
    error.reason = Reason::kMalformed;
    error.detail = "L’en-tête If-Match ne contient pas un numéro de version.";
    return Fail(std::move(error));
  }
  return version;
}

// What the edge knows for a field; empty: nothing.
Result<std::string> EdgeText(const ProxyCall& call, Edge edge) {
  const RequestHead& head = call.exchange.head();
  std::string_view text;
  switch (edge) {
    case Edge::kSessionCookie:
      return call.session;
    case Edge::kBindingCookie:
      return std::string(call.cookies.Find(head.Find("Cookie"), Cookie::kBinding));
    case Edge::kClientAddress:
      return call.exchange.client_address();
    case Edge::kUserAgent:
      return ToMetadataText(head.Find("User-Agent"), kMaxUserAgent);
    case Edge::kContentLength:
      return std::to_string(head.content_length);
    case Edge::kContentType:
      text = head.Find("Content-Type");
      break;
    case Edge::kContentDisposition:
      text = head.Find("Content-Disposition");
      break;
    case Edge::kRange:
      text = head.Find("Range");
      break;
    case Edge::kIfRange:
      text = head.Find("If-Range");
      break;
    case Edge::kLastEventId:
      text = head.Find("Last-Event-ID");
      break;
    case Edge::kNone:
      return std::string();
  }
  if (!IsValidUtf8(text)) return Fail(Reason::kMalformed, "a header that is no UTF-8");
  return std::string(text);
}

// Set-Cookie for one field of the answer; nothing when it is not there and knows it.
Result<void> AppendCookie(const ProxyCall& call, const transcode::FieldPlan& field,
                          const std::vector<transcode::EdgeValue>& values, Response& response) {
  const Cookie cookie = field.edge == Edge::kSessionCookie ? Cookie::kSession : Cookie::kBinding;
  std::string_view value;
  bool present = false;
  for (const transcode::EdgeValue& candidate : values) {
    if (candidate.edge != field.edge) continue;
    value = candidate.text;
    present = true;
  }
  if (!present && field.presence) return {};
  auto text = call.cookies.Set(cookie, value);
  if (!text) return Fail(Reason::kInternal, call.route.method_name + " answered a cookie that is no token");
  response.fields.emplace_back("Set-Cookie", *std::move(text));
  if (cookie != Cookie::kSession) return {};
  if (!call.session.empty()) call.sessions.Forget(call.session);
  // Logged out: nothing of this person stays in the browser.
  if (value.empty()) response.fields.emplace_back("Clear-Site-Data", "\"cache\", \"cookies\", \"storage\"");
  return {};
}

}  // namespace call_detail

Result<void> FillOptions(ProxyCall& call) {
  const RequestHead& head = call.exchange.head();
  CallOptions& options = call.options;
  options.request_id = call.exchange.request_id();
  options.trace = call.exchange.trace();
  options.client_address = call.exchange.client_address();
  options.user_agent = ToMetadataText(head.Find("User-Agent"), call_detail::kMaxUserAgent);
  if (call.identity != nullptr) options.token = call.identity->token;
  const auto repeat = call.route.rule.repeat();
  if (repeat == api::v1::REPEAT_KEY_REQUIRED || repeat == api::v1::REPEAT_KEY_ACCEPTED) {
    TRY(options.idempotency_key, ReadIdempotencyKey(head.Find("Idempotency-Key")));
    if (!options.idempotency_key && repeat == api::v1::REPEAT_KEY_REQUIRED) return Fail(Reason::kKeyRequired);
  }
  if (call.route.rule.takes_version() && head.Has("If-Match")) {
    TRY(options.if_match, call_detail::ParseVersion(head.Find("If-Match")));
  }
  return {};
}

SteadyTime DeadlineOf(const ProxyCall& call) { return SteadyClock::now() + call.backend.method->deadline; }

Result<std::string> RequestWire(const ProxyCall& call, std::string_view json) {
  const transcode::RequestPlan& plan = call.route.request;
  std::string wire;
  wire.reserve(json.size() + 256);
  if (plan.has_body() && call.route.rule.transfer() != api::v1::TRANSFER_UPLOAD) {
    TRY_VOID(plan.AppendBody(json, wire));
  }
  TRY_VOID(plan.AppendPath(call.captures, wire));
  TRY_VOID(plan.AppendQuery(call.exchange.head().query, wire));
  for (const transcode::FieldPlan* field : plan.edges()) {
    TRY(const std::string text, call_detail::EdgeText(call, field->edge));
    if (!text.empty()) transcode::RequestPlan::AppendEdge(*field, text, wire);
  }
  return wire;
}

grpc::Slice OneSlice(const grpc::ByteBuffer& buffer) {
  grpc::Slice slice;
  if (buffer.TrySingleSlice(&slice).ok()) return slice;
  const auto copied = buffer.DumpToSingleSlice(&slice);
  return copied.ok() ? slice : grpc::Slice();
}

Result<Response> ToResponse(const ProxyCall& call, const grpc::ByteBuffer& answer) {
  const grpc::Slice slice = OneSlice(answer);
  const transcode::MessagePlan& plan = *call.route.response;
  Response response;
  response.status = call.route.success;
  transcode::JsonBuffer json;
  std::vector<transcode::EdgeValue> edges;
  TRY_VOID(transcode::WireToJson(plan, ViewOf(slice), json, &edges));
  for (const transcode::FieldPlan& field : plan.fields) {
    if (field.edge != transcode::Edge::kSessionCookie && field.edge != transcode::Edge::kBindingCookie)
      continue;
    TRY_VOID(call_detail::AppendCookie(call, field, edges, response));
  }
  if (response.status == 204) return response;
  response.content_type = "application/json";
  if (call.route.rule.cacheable()) response.cache_control = "private, max-age=3600";
  response.body = std::move(json);
  return response;
}

}  // namespace aplus::gateway
