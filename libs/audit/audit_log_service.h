// aplus.audit.v1.AuditLog over gRPC: the same for every service that keeps a trail.
#pragma once

#include <string>
#include <utility>

#include "aplus/audit/v1/audit_log.pb.h"
#include "libs/audit/audit_trail.h"
#include "libs/rpc/call.h"
#include "libs/rpc/server.h"

namespace aplus {

class AuditLogService {
 public:
  // `service`: whose trail it is. References must outlive this, and this the server's calls.
  AuditLogService(std::string service, Database& database, const Clock& clock)
      : service_(std::move(service)), database_(database), clock_(clock) {}
  void Register(Server& server);

  Task<Result<audit::v1::SearchResponse>> Search(Call& call, const audit::v1::SearchRequest& request);
  Task<Result<audit::v1::GetHeadResponse>> GetHead(Call& call, const audit::v1::GetHeadRequest& request);

 private:
  std::string service_;
  Database& database_;
  const Clock& clock_;
};

// What the service does once rights are decided; auth searches its own trail by it.
Task<Result<audit::v1::SearchResponse>> SearchAuditLog(Database& database, std::string service,
                                                       audit::v1::SearchRequest request, Deadline deadline);

}  // namespace aplus
