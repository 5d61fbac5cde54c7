// Telling the owner of an account by mail what happened to its security.
#pragma once

#include "aplus/events/v1/auth.pb.h"
#include "libs/base/id.h"
#include "libs/events/event_log.h"
#include "libs/postgres/database.h"

namespace aplus::auth {

// Queued: told when the transaction commits.
inline void Notify(Transaction& tx, EventWriter& events, const UserId& user,
                   events::v1::AccountNoticeKind kind) {
  events::v1::AccountNotice event;
  event.set_user_id(user.ToString());
  event.set_kind(kind);
  events.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {user}}));
}

}  // namespace aplus::auth
