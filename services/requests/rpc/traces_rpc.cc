#include "services/requests/rpc/traces_rpc.h"

#include "services/requests/acts/tracing.h"
#include "services/requests/rpc/convert.h"

namespace aplus::requests {
namespace traces_rpc {

void ToProto(const TraceRow& row, v1::ListMyTracesResponse::Trace& out) {
  out.set_request_id(row.request.ToString());
  out.set_number(row.number);
  out.set_state(static_cast<v1::RequestState>(row.state));
  out.set_area_id(row.area);
  SetTime(row.created_at, *out.mutable_created_at());
  for (const ParticipantKind part : row.parts) out.add_parts(static_cast<v1::ParticipantKind>(part));
  if (row.opened_at) SetTime(*row.opened_at, *out.mutable_opened_at());
  out.set_messages(row.messages);
  out.set_files(row.files);
}

}  // namespace traces_rpc

void TracesRpc::Register(Server& server) {
  server.Add(*this, "aplus.requests.v1.Traces.ListMyTraces", &TracesRpc::ListMyTraces);
}

Task<Result<v1::ListMyTracesResponse>> TracesRpc::ListMyTraces(Call& call,
                                                               const v1::ListMyTracesRequest& request) {
  const Asker asker = desk_.For(call, request);
  const std::string question = "traces\n" + asker.user.ToString();
  std::optional<RequestId> before;
  if (!request.page_token().empty()) {
    const std::optional<std::string> position = desk_.tokens().Read(question, request.page_token());
    before = position ? RequestId::Parse(*position) : std::nullopt;
    if (!before) co_return Fail(Desk::BadToken());
  }
  const std::int32_t limit = request.page_size() == 0 ? 25 : request.page_size();
  CO_TRY(const TracePage page, co_await ReadMyTraces(desk_.shop(), asker, before, limit));
  v1::ListMyTracesResponse response;
  for (const TraceRow& row : page.traces) traces_rpc::ToProto(row, *response.add_traces());
  if (page.next) response.set_next_page_token(desk_.tokens().Make(question, page.next->ToString()));
  co_return response;
}

}  // namespace aplus::requests
