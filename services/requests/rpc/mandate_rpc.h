// aplus.requests.v1.MandateForms: the printable mandate (P23).
#pragma once

#include "aplus/api/v1/transfer.pb.h"
#include "aplus/requests/v1/mandate.pb.h"
#include "libs/rpc/server.h"
#include "services/requests/rpc/desk.h"

namespace aplus::requests {

class MandateRpc {
 public:
  explicit MandateRpc(Desk& desk) : desk_(desk) {}
  void Register(Server& server);

  Task<Result<void>> PrintBlank(Call& call, const v1::PrintBlankRequest& request,
                                ServerStream<api::v1::DownloadChunk>& out);
  Task<Result<void>> PrintDraft(Call& call, const v1::PrintDraftRequest& request,
                                ServerStream<api::v1::DownloadChunk>& out);

 private:
  Desk& desk_;
};

}  // namespace aplus::requests
