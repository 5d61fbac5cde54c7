#include "tests/unit/libs/rpc/echo.h"

#include <algorithm>

namespace aplus {

using api::v1::DownloadChunk;
using api::v1::LiveEvent;
using test::v1::EchoRequest;
using test::v1::EchoResponse;
using test::v1::PieceRequest;

class EchoRpc::Visit {
 public:
  explicit Visit(EchoRpc& echo) : echo_(echo) {
    echo_.most_running = std::max(echo_.most_running, ++echo_.running);
  }
  ~Visit() {
    --echo_.running;
    ++(finished ? echo_.handled : echo_.cancelled);
  }
  bool finished = false;

 private:
  EchoRpc& echo_;
};

void EchoRpc::Register(Server& server) {
  for (const char* unary : {"Public", "Short", "Mine", "Terms", "Early", "Inside", "Keyed"}) {
    server.Add(*this, "aplus.test.v1.Echo." + std::string(unary), &EchoRpc::Any);
  }
  server.Add(*this, "aplus.test.v1.Echo.Upload", &EchoRpc::Upload);
  server.Add(*this, "aplus.test.v1.Echo.Download", &EchoRpc::Download);
  server.Add(*this, "aplus.test.v1.Echo.Watch", &EchoRpc::Watch);
}

Task<Result<void>> EchoRpc::Obey(std::string mode, int count) {
  if (mode == "wait" || mode == "stubborn") {
    entered.Set();
    if (mode == "wait") {
      co_await gate.Wait();
    } else {
      co_await Uncancellable(gate.Wait());
    }
  } else if (mode == "sleep") {
    co_await Sleep(std::chrono::milliseconds(count));
  } else if (mode == "throw") {
    throw std::runtime_error("a handler's exception");
  } else if (mode == "impossible") {
    Error error;
    error.reason = Reason::kImpossible;
    error.state = "CLOSED";
    error.version = 7;
    error.diagnostic = "what must not leave";
    co_return Fail(std::move(error));
  } else if (!mode.empty()) {
    co_return Fail(ReasonFromCode(mode).value_or(Reason::kInternal), "what must not leave");
  }
  co_return Result<void>();
}

Task<Result<EchoResponse>> EchoRpc::Any(Call& call, const EchoRequest& request) {
  Visit visit(*this);
  EchoResponse response;
  if (call.deadline != SteadyTime::max()) {
    response.set_left_ms(
        std::chrono::duration_cast<std::chrono::milliseconds>(call.deadline - SteadyClock::now()).count());
  }
  auto obeyed = co_await Obey(request.mode(), request.count());
  visit.finished = true;
  if (!obeyed) co_return Fail(std::move(obeyed).error());
  response.set_text(request.text());
  response.set_peer(call.peer);
  response.set_request_id(call.request_id);
  response.set_trace_id(call.trace.TraceIdText());
  if (call.has_principal()) response.set_user_id(call.principal().user.ToString());
  response.set_client_address(call.client_address);
  response.set_user_agent(call.user_agent);
  if (call.idempotency_key) response.set_idempotency_key(call.idempotency_key->ToString());
  response.set_if_match(call.if_match.value_or(-1));
  co_return response;
}

Task<Result<EchoResponse>> EchoRpc::Upload(Call&, ClientStream<PieceRequest>& in) {
  Visit visit(*this);
  EchoResponse response;
  std::int64_t bytes = 0;
  entered.Set();
  while (true) {
    CO_TRY(std::optional<PieceRequest> piece, co_await in.Read());
    if (!piece) break;
    if (piece->name() == "early") {
      visit.finished = true;
      co_return Fail(Reason::kFileTooLarge);
    }
    if (!piece->name().empty()) response.set_peer(piece->name());
    bytes += static_cast<std::int64_t>(piece->data().size());
  }
  visit.finished = true;
  response.set_text(std::to_string(bytes));
  co_return response;
}

Task<Result<void>> EchoRpc::Download(Call&, const EchoRequest& request, ServerStream<DownloadChunk>& out) {
  Visit visit(*this);
  DownloadChunk chunk;
  chunk.set_data(request.text());
  for (int i = 0; i < request.count(); ++i) CO_TRY_VOID(co_await out.Write(chunk));
  auto obeyed = co_await Obey(request.mode(), 0);
  visit.finished = true;
  co_return obeyed;
}

Task<Result<void>> EchoRpc::Watch(Call&, const EchoRequest& request, ServerStream<LiveEvent>& out) {
  Visit visit(*this);
  LiveEvent event;
  for (int i = 0; i < request.count(); ++i) {
    event.set_cursor(std::to_string(i));
    CO_TRY_VOID(co_await out.Write(event));
  }
  auto obeyed = co_await Obey("wait", 0);
  visit.finished = true;
  co_return obeyed;
}

}  // namespace aplus
