// aplus.notifications.v1.Notifications: each person's own list and preferences, nobody else's.
#pragma once

#include "aplus/notifications/v1/notifications.pb.h"
#include "libs/audit/audit_trail.h"
#include "libs/identity/rights.h"
#include "libs/rpc/call.h"
#include "libs/rpc/server.h"
#include "services/notifications/rpc/place_token.h"
#include "services/notifications/store/notice_store.h"

namespace aplus::notifications {

// Io thread only; references must outlive it.
class NotificationsRpc {
 public:
  NotificationsRpc(Database& database, NoticeStore& notices, AuditTrail& trail, PlaceTokens& tokens,
                   const Clock& clock)
      : database_(database), notices_(notices), trail_(trail), tokens_(tokens), clock_(clock) {}
  void Register(Server& server);

  Task<Result<v1::ListNotificationsResponse>> ListNotifications(Call& call,
                                                                const v1::ListNotificationsRequest& request);
  Task<Result<v1::GetPreferencesResponse>> GetPreferences(Call& call,
                                                          const v1::GetPreferencesRequest& request);
  Task<Result<v1::SetPreferencesResponse>> SetPreferences(Call& call,
                                                          const v1::SetPreferencesRequest& request);

  Task<Result<v1::GetGroupDefaultResponse>> GetGroupDefault(Call& call,
                                                            const v1::GetGroupDefaultRequest& request);
  Task<Result<v1::SetGroupDefaultResponse>> SetGroupDefault(Call& call,
                                                            const v1::SetGroupDefaultRequest& request);

 private:
  Result<void> Authorise(const Call& call, Operation operation) const;
  Task<Result<GroupId>> MayDecideFor(const Call& call, std::string group);
  Task<Result<void>> ChooseFor(Transaction& tx, GroupId group, Frequency frequency, AuditEntry line);
  Task<Result<void>> Choose(Transaction& tx, UserId user, Frequency frequency, AuditEntry line);

  Database& database_;
  NoticeStore& notices_;
  AuditTrail& trail_;
  PlaceTokens& tokens_;
  const Clock& clock_;
};

}  // namespace aplus::notifications
