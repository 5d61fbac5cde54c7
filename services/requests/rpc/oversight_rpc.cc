#include "services/requests/rpc/oversight_rpc.h"

#include "services/requests/acts/overseeing.h"
#include "services/requests/rpc/convert.h"

namespace aplus::requests {
namespace oversight_rpc {

std::string QuestionOf(const Asker& asker, const v1::ListMetadataRequest& request) {
  v1::ListMetadataRequest bare = request;
  bare.clear_page_token();
  bare.clear_page_size();
  return "metadata\n" + asker.user.ToString() + "\n" + bare.SerializeAsString();
}

OverseeQuery FromProto(const v1::ListMetadataRequest& request) {
  OverseeQuery query;
  query.group = OptionalId<GroupId>(request.group_id());
  if (!request.area_id().empty()) query.area = request.area_id();
  if (request.state() != v1::REQUEST_STATE_UNSPECIFIED) query.state = static_cast<State>(request.state());
  if (request.has_late()) query.late = request.late();
  query.limit = request.page_size() == 0 ? 25 : request.page_size();
  return query;
}

void ToProto(const CommentRow& row, v1::ListCommentsResponse::Comment& out) {
  out.set_number(row.number);
  SetTime(row.at, *out.mutable_at());
  if (row.usefulness) out.set_usefulness(static_cast<v1::Usefulness>(*row.usefulness));
  out.set_comment(row.text);
  out.set_area_id(row.area);
  out.set_creator_group_id(row.creator_group.ToString());
  for (const std::string& organisation : row.organisations) out.add_organisation_ids(organisation);
}

}  // namespace oversight_rpc

void OversightRpc::Register(Server& server) {
  server.Add(*this, "aplus.requests.v1.Oversight.GetMetadata", &OversightRpc::GetMetadata);
  server.Add(*this, "aplus.requests.v1.Oversight.ListMetadata", &OversightRpc::ListMetadata);
  server.Add(*this, "aplus.requests.v1.Oversight.ListComments", &OversightRpc::ListComments);
}

Task<Result<v1::GetMetadataResponse>> OversightRpc::GetMetadata(Call& call,
                                                                const v1::GetMetadataRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const OverseenPage page,
         co_await Oversee(desk_.shop(), asker, IdOf<RequestId>(request.request_id())));
  v1::GetMetadataResponse response;
  requests::ToProto(page.requests.front(), page.cards, *response.mutable_request());
  co_return response;
}

Task<Result<v1::ListMetadataResponse>> OversightRpc::ListMetadata(Call& call,
                                                                  const v1::ListMetadataRequest& request) {
  const Asker asker = desk_.For(call, request);
  OverseeQuery query = oversight_rpc::FromProto(request);
  const std::string question = oversight_rpc::QuestionOf(asker, request);
  if (!request.page_token().empty()) {
    const std::optional<std::string> position = desk_.tokens().Read(question, request.page_token());
    query.before = position ? RequestId::Parse(*position) : std::nullopt;
    if (!query.before) co_return Fail(Desk::BadToken());
  }
  CO_TRY(const OverseenPage page, co_await OverseeGroups(desk_.shop(), asker, query));
  v1::ListMetadataResponse response;
  for (const Overseen& one : page.requests) requests::ToProto(one, page.cards, *response.add_requests());
  if (page.next) response.set_next_page_token(desk_.tokens().Make(question, page.next->ToString()));
  co_return response;
}

Task<Result<v1::ListCommentsResponse>> OversightRpc::ListComments(Call& call,
                                                                  const v1::ListCommentsRequest& request) {
  const Asker asker = desk_.For(call, request);
  const std::string question = "comments\n" + asker.user.ToString();
  std::optional<ListPoint> after;
  if (!request.page_token().empty()) {
    const std::optional<std::string> position = desk_.tokens().Read(question, request.page_token());
    after = position ? PointAt(*position) : std::nullopt;
    if (!after) co_return Fail(Desk::BadToken());
  }
  const std::int32_t limit = request.page_size() == 0 ? 25 : request.page_size();
  CO_TRY(const CommentPage page, co_await ReadComments(desk_.shop(), asker, after, limit));
  v1::ListCommentsResponse response;
  for (const CommentRow& row : page.comments) oversight_rpc::ToProto(row, *response.add_comments());
  if (page.next) response.set_next_page_token(desk_.tokens().Make(question, PositionOf(*page.next)));
  co_return response;
}

}  // namespace aplus::requests
