#include "services/auth/store/entrances.h"

#include <utility>

#include "services/auth/store/account_notice.h"

namespace aplus::auth {
namespace entrances {

constexpr Statement<Affected, UserId> kMarkLogin{"account_mark_login", R"sql(
  UPDATE account
     SET last_login_at = clock_timestamp()
   WHERE id = $1                                               -- account_pkey
)sql"};

}  // namespace entrances

NewSession Entrances::Enter(Transaction& tx, Entrance entrance) {
  tx.Send(entrances::kMarkLogin, entrance.user);
  NewSession session = sessions_.Begin(tx, entrance.user, entrance.shared, std::move(entrance.browser),
                                       std::move(entrance.proof));
  events::v1::LoggedIn event;
  event.set_user_id(entrance.user.ToString());
  events_.Append(tx, DomainEvent::Of(event, {.groups = {}, .users = {entrance.user}}));
  if (entrance.privileged) {
    Notify(tx, events_, entrance.user, events::v1::ACCOUNT_NOTICE_KIND_LOGGED_IN);
  }
  entrance.line.actor_kind = AuditActor::kPerson;
  entrance.line.actor = entrance.user.bytes;
  entrance.line.object_kind = "session";
  entrance.line.object = session.id.bytes;
  trail_.Record(tx, entrance.line);
  return session;
}

StatementTable Entrances::Statements() { return aplus::Statements(entrances::kMarkLogin); }

}  // namespace aplus::auth
