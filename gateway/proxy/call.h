// One API call on its way through: what is known of it once it may run, and how it turns into wire bytes and
// back.
#pragma once

#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/cookies.h"
#include "gateway/http/exchange.h"
#include "gateway/proxy/sessions.h"
#include "gateway/transcode/route_table.h"
#include "libs/rpc/client.h"

namespace aplus::gateway {

// Who serves a route.
struct Backend {
  Channel* channel = nullptr;
  const Method* method = nullptr;
};

struct ProxyCall {
  Exchange& exchange;
  const transcode::Route& route;
  Backend backend;
  const Cookies& cookies;
  Sessions& sessions;
  std::vector<std::string_view> captures;
  std::string session;                         // the cookie's value; empty without one
  std::shared_ptr<const Identity> identity{};  // of callers who are logged in
  CallOptions options{};                       // for the backend; without a deadline yet
};

// Token, ids, addresses and, where the route takes them, Idempotency-Key and If-Match. kKeyRequired, or
// kMalformed when one of these is not what it must be.
Result<void> FillOptions(ProxyCall& call);

// When the backend's answer must be there.
SteadyTime DeadlineOf(const ProxyCall& call);

// The request message without its body: path, query and edge fields. `json`: the body of a route that has
// one.
Result<std::string> RequestWire(const ProxyCall& call, std::string_view json);

// The answer to a unary or upload route, cookies included; forgets a session that it changed.
Result<Response> ToResponse(const ProxyCall& call, const grpc::ByteBuffer& answer);

// The whole of a buffer in one piece, copied only where it has several.
grpc::Slice OneSlice(const grpc::ByteBuffer& buffer);
inline std::string_view ViewOf(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

}  // namespace aplus::gateway
