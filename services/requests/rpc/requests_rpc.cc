#include "services/requests/rpc/requests_rpc.h"

#include <utility>

#include "services/requests/acts/answering.h"
#include "services/requests/acts/creating.h"
#include "services/requests/acts/ending.h"
#include "services/requests/acts/inviting.h"
#include "services/requests/acts/listing.h"
#include "services/requests/acts/marking.h"
#include "services/requests/acts/reading.h"
#include "services/requests/rpc/convert.h"

namespace aplus::requests {
namespace requests_rpc {

Task<Result<v1::ActResponse>> Answer(Task<Result<Acted>> act) {
  CO_TRY(const Acted acted, co_await std::move(act));
  v1::ActResponse response;
  response.set_state(static_cast<v1::RequestState>(acted.state));
  response.set_version(acted.version);
  co_return response;
}

// What a list's page tokens are bound to: the asker and everything he asked but the page.
std::string QuestionOf(const Asker& asker, const v1::ListRequestsRequest& request) {
  v1::ListRequestsRequest bare = request;
  bare.clear_page_token();
  bare.clear_page_size();
  return "list\n" + asker.user.ToString() + "\n" + bare.SerializeAsString();
}

}  // namespace requests_rpc

void RequestsRpc::Register(Server& server) {
  server.Add(*this, "aplus.requests.v1.Requests.CreateRequest", &RequestsRpc::CreateRequest);
  server.Add(*this, "aplus.requests.v1.Requests.ListRequests", &RequestsRpc::ListRequests);
  server.Add(*this, "aplus.requests.v1.Requests.CountRequests", &RequestsRpc::CountRequests);
  server.Add(*this, "aplus.requests.v1.Requests.GetRequest", &RequestsRpc::GetRequest);
  server.Add(*this, "aplus.requests.v1.Requests.MarkRead", &RequestsRpc::MarkRead);
  server.Add(*this, "aplus.requests.v1.Requests.MarkAllSeen", &RequestsRpc::MarkAllSeen);
  server.Add(*this, "aplus.requests.v1.Requests.CorrectCitizen", &RequestsRpc::CorrectCitizen);
  server.Add(*this, "aplus.requests.v1.Requests.ListCitizenVersions", &RequestsRpc::ListCitizenVersions);
  server.Add(*this, "aplus.requests.v1.Requests.TakeCharge", &RequestsRpc::TakeCharge);
  server.Add(*this, "aplus.requests.v1.Requests.Decline", &RequestsRpc::Decline);
  server.Add(*this, "aplus.requests.v1.Requests.MarkProcessed", &RequestsRpc::MarkProcessed);
  server.Add(*this, "aplus.requests.v1.Requests.Close", &RequestsRpc::Close);
  server.Add(*this, "aplus.requests.v1.Requests.Reopen", &RequestsRpc::Reopen);
  server.Add(*this, "aplus.requests.v1.Requests.InviteGroup", &RequestsRpc::InviteGroup);
  server.Add(*this, "aplus.requests.v1.Requests.InviteHelper", &RequestsRpc::InviteHelper);
  server.Add(*this, "aplus.requests.v1.Requests.InviteExpert", &RequestsRpc::InviteExpert);
  server.Add(*this, "aplus.requests.v1.Requests.RevokeMandate", &RequestsRpc::RevokeMandate);
  server.Add(*this, "aplus.requests.v1.Requests.Withdraw", &RequestsRpc::Withdraw);
  server.Add(*this, "aplus.requests.v1.Requests.ListHistory", &RequestsRpc::ListHistory);
  server.Add(*this, "aplus.requests.v1.Requests.ListFiles", &RequestsRpc::ListFiles);
}

Task<Result<v1::CreateRequestResponse>> RequestsRpc::CreateRequest(Call& call,
                                                                   const v1::CreateRequestRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const NewRequest fresh, FromProto(request));
  CO_TRY(const Acted acted, co_await requests::CreateRequest(desk_.shop(), asker, fresh));
  v1::CreateRequestResponse response;
  response.set_id(FormatUuid(acted.id));
  response.set_number(acted.number);
  response.set_version(acted.version);
  co_return response;
}

Task<Result<v1::ListRequestsResponse>> RequestsRpc::ListRequests(Call& call,
                                                                 const v1::ListRequestsRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(ListQuery query, FromProto(request, *asker.principal));
  const std::string question = requests_rpc::QuestionOf(asker, request);
  if (!request.page_token().empty()) {
    const std::optional<std::string> position = desk_.tokens().Read(question, request.page_token());
    query.after = position ? PointAt(*position) : std::nullopt;
    if (!query.after) co_return Fail(Desk::BadToken());
  }
  CO_TRY(const ListPage page, co_await requests::ListRequests(desk_.shop(), asker, query));
  v1::ListRequestsResponse response;
  for (const ListLine& line : page.lines) ToProto(page, line, *response.add_requests());
  if (page.next) response.set_next_page_token(desk_.tokens().Make(question, PositionOf(*page.next)));
  co_return response;
}

Task<Result<v1::CountRequestsResponse>> RequestsRpc::CountRequests(Call& call,
                                                                   const v1::CountRequestsRequest& request) {
  const Asker asker = desk_.For(call, request);
  const ListSide side = request.side() == v1::SIDE_UNSPECIFIED ? DefaultSide(*asker.principal)
                                                               : static_cast<ListSide>(request.side());
  CO_TRY(const auto counts, co_await requests::CountRequests(desk_.shop(), asker, side));
  v1::CountRequestsResponse response;
  for (const TabCount& count : counts) {
    auto& tab = *response.add_tabs();
    tab.set_tab(static_cast<v1::Tab>(count.tab));
    tab.set_count(static_cast<std::int32_t>(count.count));
    tab.set_more(count.count >= kCountLimit);
  }
  co_return response;
}

Task<Result<v1::GetRequestResponse>> RequestsRpc::GetRequest(Call& call,
                                                             const v1::GetRequestRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const OpenedRequest opened,
         co_await OpenRequest(desk_.shop(), asker, IdOf<RequestId>(request.request_id())));
  v1::GetRequestResponse response;
  ToProto(opened, *response.mutable_request());
  co_return response;
}

Task<Result<v1::ActResponse>> RequestsRpc::MarkRead(Call& call, const v1::MarkReadRequest& request) {
  const Asker asker = desk_.For(call, request);
  co_return co_await requests_rpc::Answer(requests::MarkRead(desk_.shop(), asker,
                                                             IdOf<RequestId>(request.request_id()),
                                                             OptionalId<MessageId>(request.message_id())));
}

Task<Result<v1::MarkAllSeenResponse>> RequestsRpc::MarkAllSeen(Call& call,
                                                               const v1::MarkAllSeenRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const AllSeen done,
         co_await requests::MarkAllSeen(desk_.shop(), asker, OptionalId<GroupId>(request.group_id())));
  v1::MarkAllSeenResponse response;
  response.set_seen(done.seen);
  response.set_more(done.more);
  co_return response;
}

Task<Result<v1::ActResponse>> RequestsRpc::CorrectCitizen(Call& call,
                                                          const v1::CorrectCitizenRequest& request) {
  const Asker asker = desk_.For(call, request);
  const Correction correction{.request = IdOf<RequestId>(request.request_id()),
                              .citizen = FromProto(request.citizen()),
                              .signed_by = request.signed_by()};
  co_return co_await requests_rpc::Answer(requests::CorrectCitizen(desk_.shop(), asker, correction));
}

Task<Result<v1::ListCitizenVersionsResponse>> RequestsRpc::ListCitizenVersions(
    Call& call, const v1::ListCitizenVersionsRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const CitizenVersions read,
         co_await ReadCitizenVersions(desk_.shop(), asker, IdOf<RequestId>(request.request_id())));
  v1::ListCitizenVersionsResponse response;
  for (const OldCitizen& old : read.versions) ToProto(old, read.cards, *response.add_versions());
  co_return response;
}

Task<Result<v1::ActResponse>> RequestsRpc::TakeCharge(Call& call, const v1::TakeChargeRequest& request) {
  const Asker asker = desk_.For(call, request);
  const Reply reply{.request = IdOf<RequestId>(request.request_id()),
                    .group = OptionalId<GroupId>(request.group_id()),
                    .text = request.text(),
                    .signed_by = request.signed_by(),
                    .proposed = std::nullopt};
  co_return co_await requests_rpc::Answer(requests::TakeCharge(desk_.shop(), asker, reply));
}

Task<Result<v1::ActResponse>> RequestsRpc::Decline(Call& call, const v1::DeclineRequest& request) {
  const Asker asker = desk_.For(call, request);
  const Reply reply{.request = IdOf<RequestId>(request.request_id()),
                    .group = OptionalId<GroupId>(request.group_id()),
                    .text = request.text(),
                    .signed_by = request.signed_by(),
                    .proposed = OptionalId<GroupId>(request.proposed_group_id())};
  co_return co_await requests_rpc::Answer(requests::Decline(desk_.shop(), asker, reply));
}

Task<Result<v1::ActResponse>> RequestsRpc::MarkProcessed(Call& call,
                                                         const v1::MarkProcessedRequest& request) {
  const Asker asker = desk_.For(call, request);
  const Reply reply{.request = IdOf<RequestId>(request.request_id()),
                    .group = OptionalId<GroupId>(request.group_id()),
                    .text = request.text(),
                    .signed_by = request.signed_by(),
                    .proposed = std::nullopt};
  co_return co_await requests_rpc::Answer(requests::MarkProcessed(desk_.shop(), asker, reply));
}

Task<Result<v1::ActResponse>> RequestsRpc::Close(Call& call, const v1::CloseRequest& request) {
  const Asker asker = desk_.For(call, request);
  const Closing closing{.request = IdOf<RequestId>(request.request_id()),
                        .usefulness = static_cast<Usefulness>(request.usefulness()),
                        .comment = request.comment(),
                        .signed_by = request.signed_by()};
  co_return co_await requests_rpc::Answer(requests::Close(desk_.shop(), asker, closing));
}

Task<Result<v1::ActResponse>> RequestsRpc::Reopen(Call& call, const v1::ReopenRequest& request) {
  const Asker asker = desk_.For(call, request);
  const Ending ending{.request = IdOf<RequestId>(request.request_id()),
                      .reason = request.reason(),
                      .signed_by = request.signed_by()};
  co_return co_await requests_rpc::Answer(requests::Reopen(desk_.shop(), asker, ending));
}

Task<Result<v1::ActResponse>> RequestsRpc::InviteGroup(Call& call, const v1::InviteGroupRequest& request) {
  const Asker asker = desk_.For(call, request);
  const GroupInvitation invitation{.request = IdOf<RequestId>(request.request_id()),
                                   .groups = IdsOf<GroupId>(request.group_ids()),
                                   .text = request.text(),
                                   .signed_by = request.signed_by()};
  co_return co_await requests_rpc::Answer(InviteGroups(desk_.shop(), asker, invitation));
}

Task<Result<v1::ActResponse>> RequestsRpc::InviteHelper(Call& call, const v1::InviteHelperRequest& request) {
  const Asker asker = desk_.For(call, request);
  const HelperInvitation invitation{.request = IdOf<RequestId>(request.request_id()),
                                    .users = IdsOf<UserId>(request.user_ids()),
                                    .signed_by = request.signed_by()};
  co_return co_await requests_rpc::Answer(InviteHelpers(desk_.shop(), asker, invitation));
}

Task<Result<v1::ActResponse>> RequestsRpc::InviteExpert(Call& call, const v1::InviteExpertRequest& request) {
  const Asker asker = desk_.For(call, request);
  const ExpertInvitation invitation{.request = IdOf<RequestId>(request.request_id()),
                                    .signed_by = request.signed_by()};
  co_return co_await requests_rpc::Answer(InviteExperts(desk_.shop(), asker, invitation));
}

Task<Result<v1::ActResponse>> RequestsRpc::RevokeMandate(Call& call,
                                                         const v1::RevokeMandateRequest& request) {
  const Asker asker = desk_.For(call, request);
  const Ending ending{
      .request = IdOf<RequestId>(request.request_id()), .reason = {}, .signed_by = request.signed_by()};
  co_return co_await requests_rpc::Answer(requests::RevokeMandate(desk_.shop(), asker, ending));
}

Task<Result<v1::ActResponse>> RequestsRpc::Withdraw(Call& call, const v1::WithdrawRequest& request) {
  const Asker asker = desk_.For(call, request);
  const Ending ending{
      .request = IdOf<RequestId>(request.request_id()), .reason = {}, .signed_by = request.signed_by()};
  co_return co_await requests_rpc::Answer(requests::Withdraw(desk_.shop(), asker, ending));
}

Task<Result<v1::ListHistoryResponse>> RequestsRpc::ListHistory(Call& call,
                                                               const v1::ListHistoryRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const Page page,
         desk_.PageOf(asker, "history", request.request_id(), request.page_size(), request.page_token()));
  CO_TRY(const ThreadPage history,
         co_await ReadHistory(desk_.shop(), asker, IdOf<RequestId>(request.request_id()), page));
  v1::ListHistoryResponse response;
  for (const ThreadLine& line : history.lines) {
    auto& entry = *response.add_entries();
    SetTime(line.row.at, *entry.mutable_at());
    SetActor(history.cards, line.row.actor, line.row.actor_group, "", *entry.mutable_actor());
    entry.set_kind(static_cast<v1::EntryKind>(line.row.kind));
  }
  response.set_next_page_token(desk_.TokenFor(asker, "history", request.request_id(), history.next));
  co_return response;
}

Task<Result<v1::ListFilesResponse>> RequestsRpc::ListFiles(Call& call, const v1::ListFilesRequest& request) {
  const Asker asker = desk_.For(call, request);
  CO_TRY(const FileList list, co_await ReadFiles(desk_.shop(), asker, IdOf<RequestId>(request.request_id())));
  v1::ListFilesResponse response;
  for (const ListedFile& file : list.files) ToProto(file, list.cards, *response.add_files());
  co_return response;
}

}  // namespace aplus::requests
