#include "libs/rpc/handler.h"

namespace aplus {

Task<Result<void>> ServingCall::ReadRequest(google::protobuf::Message& request) {
  auto buffer = co_await ReadBuffer();
  if (!buffer) co_return Fail(std::move(buffer).error());
  if (!*buffer) co_return Fail(Reason::kMalformed, "the call carries no message");
  CO_TRY_VOID(FromByteBuffer(**buffer, request));
  co_return call().method->request_rules->Apply(request);
}

}  // namespace aplus
