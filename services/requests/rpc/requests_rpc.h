// aplus.requests.v1.Requests: one coroutine per method, proto in, proto out; acts/ does the work.
#pragma once

#include "aplus/requests/v1/requests.pb.h"
#include "libs/rpc/server.h"
#include "services/requests/rpc/desk.h"

namespace aplus::requests {

class RequestsRpc {
 public:
  explicit RequestsRpc(Desk& desk) : desk_(desk) {}
  void Register(Server& server);

  Task<Result<v1::CreateRequestResponse>> CreateRequest(Call& call, const v1::CreateRequestRequest& request);
  Task<Result<v1::ListRequestsResponse>> ListRequests(Call& call, const v1::ListRequestsRequest& request);
  Task<Result<v1::CountRequestsResponse>> CountRequests(Call& call, const v1::CountRequestsRequest& request);
  Task<Result<v1::GetRequestResponse>> GetRequest(Call& call, const v1::GetRequestRequest& request);
  Task<Result<v1::ActResponse>> MarkRead(Call& call, const v1::MarkReadRequest& request);
  Task<Result<v1::MarkAllSeenResponse>> MarkAllSeen(Call& call, const v1::MarkAllSeenRequest& request);
  Task<Result<v1::ActResponse>> CorrectCitizen(Call& call, const v1::CorrectCitizenRequest& request);
  Task<Result<v1::ListCitizenVersionsResponse>> ListCitizenVersions(
      Call& call, const v1::ListCitizenVersionsRequest& request);
  Task<Result<v1::ActResponse>> TakeCharge(Call& call, const v1::TakeChargeRequest& request);
  Task<Result<v1::ActResponse>> Decline(Call& call, const v1::DeclineRequest& request);
  Task<Result<v1::ActResponse>> MarkProcessed(Call& call, const v1::MarkProcessedRequest& request);
  Task<Result<v1::ActResponse>> Close(Call& call, const v1::CloseRequest& request);
  Task<Result<v1::ActResponse>> Reopen(Call& call, const v1::ReopenRequest& request);
  Task<Result<v1::ActResponse>> InviteGroup(Call& call, const v1::InviteGroupRequest& request);
  Task<Result<v1::ActResponse>> InviteHelper(Call& call, const v1::InviteHelperRequest& request);
  Task<Result<v1::ActResponse>> InviteExpert(Call& call, const v1::InviteExpertRequest& request);
  Task<Result<v1::ActResponse>> RevokeMandate(Call& call, const v1::RevokeMandateRequest& request);
  Task<Result<v1::ActResponse>> Withdraw(Call& call, const v1::WithdrawRequest& request);
  Task<Result<v1::ListHistoryResponse>> ListHistory(Call& call, const v1::ListHistoryRequest& request);
  Task<Result<v1::ListFilesResponse>> ListFiles(Call& call, const v1::ListFilesRequest& request);

 private:
  Desk& desk_;
};

}  // namespace aplus::requests
