// aplus.requests.v1.Oversight: metadata for managers and administrators (P34).
#pragma once

#include "aplus/requests/v1/oversight.pb.h"
#include "libs/rpc/server.h"
#include "services/requests/rpc/desk.h"

namespace aplus::requests {

class OversightRpc {
 public:
  explicit OversightRpc(Desk& desk) : desk_(desk) {}
  void Register(Server& server);

  Task<Result<v1::GetMetadataResponse>> GetMetadata(Call& call, const v1::GetMetadataRequest& request);
  Task<Result<v1::ListMetadataResponse>> ListMetadata(Call& call, const v1::ListMetadataRequest& request);
  Task<Result<v1::ListCommentsResponse>> ListComments(Call& call, const v1::ListCommentsRequest& request);

 private:
  Desk& desk_;
};

}  // namespace aplus::requests
