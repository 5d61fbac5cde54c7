// aplus.requests.v1.Traces: what requests hold on a person (P53).
#pragma once

#include "aplus/requests/v1/traces.pb.h"
#include "libs/rpc/server.h"
#include "services/requests/rpc/desk.h"

namespace aplus::requests {

class TracesRpc {
 public:
  explicit TracesRpc(Desk& desk) : desk_(desk) {}
  void Register(Server& server);

  Task<Result<v1::ListMyTracesResponse>> ListMyTraces(Call& call, const v1::ListMyTracesRequest& request);

 private:
  Desk& desk_;
};

}  // namespace aplus::requests
