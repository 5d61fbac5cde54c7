// aplus.notifications.v1.PersonalData: everything that the platform holds on the caller, as one file (P53).
// auth and requests answer to his own token, under their own rules. The line of the download is the one that
// requests writes for showing the traces, under the same call.
#pragma once

#include "aplus/api/v1/transfer.pb.h"
#include "aplus/notifications/v1/personal_data.pb.h"
#include "libs/audit/audit_trail.h"
#include "libs/identity/rights.h"
#include "libs/rpc/call.h"
#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "services/notifications/store/delivery_store.h"
#include "services/notifications/store/notice_store.h"

namespace aplus::notifications {

// Io thread only; references must outlive it.
class PersonalDataRpc {
 public:
  PersonalDataRpc(Database& database, NoticeStore& notices, DeliveryStore& deliveries, AuditTrail& trail,
                  Channel& requests, Channel& auth, const Clock& clock)
      : database_(database),
        notices_(notices),
        deliveries_(deliveries),
        trail_(trail),
        requests_(requests),
        auth_(auth),
        clock_(clock) {}
  void Register(Server& server);

  Task<Result<void>> DownloadMyData(Call& call, const v1::DownloadMyDataRequest& request,
                                    ServerStream<api::v1::DownloadChunk>& out);

 private:
  Task<Result<void>> AddAccount(const Call& call, v1::PersonalDataDocument& document);
  Task<Result<void>> AddOwn(const Call& call, v1::PersonalDataDocument& document);
  Task<Result<void>> AddTraces(const Call& call, v1::PersonalDataDocument& document);

  Database& database_;
  NoticeStore& notices_;
  DeliveryStore& deliveries_;
  AuditTrail& trail_;
  Channel& requests_;
  Channel& auth_;
  const Clock& clock_;
};

}  // namespace aplus::notifications
