#include "gateway/proxy/dispatcher.h"
#include "gateway/proxy/transfers.h"

namespace aplus::gateway {

Task<Result<void>> RunUnary(ProxyCall& call) {
  std::string json;
  if (call.route.request.has_body()) {
    CO_TRY(json, co_await call.exchange.ReadBody(call.route.max_body()));
  }
  CO_TRY(const std::string wire, RequestWire(call, json));
  const grpc::Slice slice(wire.data(), wire.size());
  CallOptions options = call.options;
  options.deadline = DeadlineOf(call);
  CO_TRY(const grpc::ByteBuffer answer,
         co_await call.backend.channel->CallRaw(call.backend.method, grpc::ByteBuffer(&slice, 1),
                                                std::move(options)));
  // What a person has just changed about himself (terms accepted, a session ended) must hold for his next
  // call, and not a second later.
  if (!call.exchange.head().IsSafe() && !call.session.empty() &&
      ServiceOf(call.route.method_name) == "auth") {
    call.sessions.Forget(call.session);
  }
  CO_TRY(Response response, ToResponse(call, answer));
  co_await call.exchange.Send(std::move(response));
  co_return Result<void>();
}

}  // namespace aplus::gateway
