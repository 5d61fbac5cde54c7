// aplus.requests.v1.Reports: misuse, and what somebody who leaves leaves behind.
#pragma once

#include "aplus/requests/v1/reports.pb.h"
#include "libs/rpc/server.h"
#include "services/requests/rpc/desk.h"

namespace aplus::requests {

class ReportsRpc {
 public:
  explicit ReportsRpc(Desk& desk) : desk_(desk) {}
  void Register(Server& server);

  Task<Result<v1::ReportMisuseResponse>> ReportMisuse(Call& call, const v1::ReportMisuseRequest& request);
  Task<Result<v1::ListMisuseReportsResponse>> ListMisuseReports(Call& call,
                                                                const v1::ListMisuseReportsRequest& request);
  Task<Result<v1::CountOpenRequestsResponse>> CountOpenRequests(Call& call,
                                                                const v1::CountOpenRequestsRequest& request);

 private:
  Desk& desk_;
};

}  // namespace aplus::requests
