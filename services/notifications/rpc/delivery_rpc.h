// aplus.notifications.v1.Delivery: what became of the mails (P75). Who may know what of a request is decided
// by requests, with the reader's own token.
#pragma once

#include "aplus/notifications/v1/delivery.pb.h"
#include "aplus/requests/v1/internal.pb.h"
#include "libs/audit/audit_trail.h"
#include "libs/rpc/call.h"
#include "libs/rpc/client.h"
#include "libs/rpc/server.h"
#include "services/notifications/rpc/place_token.h"
#include "services/notifications/store/delivery_store.h"

namespace aplus::notifications {

// Io thread only; references must outlive it.
class DeliveryRpc {
 public:
  DeliveryRpc(Database& database, DeliveryStore& deliveries, AuditTrail& trail, Channel& requests,
              Channel& auth, PlaceTokens& tokens, const Clock& clock)
      : database_(database),
        deliveries_(deliveries),
        trail_(trail),
        requests_(requests),
        auth_(auth),
        tokens_(tokens),
        clock_(clock) {}
  void Register(Server& server);

  Task<Result<v1::GetDeliveryResponse>> GetDelivery(Call& call, const v1::GetDeliveryRequest& request);
  Task<Result<v1::ListUndeliveredResponse>> ListUndelivered(Call& call,
                                                            const v1::ListUndeliveredRequest& request);

 private:
  Database& database_;
  DeliveryStore& deliveries_;
  AuditTrail& trail_;
  Channel& requests_;
  Channel& auth_;
  PlaceTokens& tokens_;
  const Clock& clock_;
};

}  // namespace aplus::notifications
