#include "services/notifications/statements.h"

#include "libs/audit/audit_trail.h"
#include "libs/audit/sealer.h"
#include "libs/events/consumer.h"
#include "libs/postgres/clock_guard.h"
#include "services/notifications/rpc/head_mail.h"
#include "services/notifications/store/delivery_store.h"
#include "services/notifications/store/mail_store.h"
#include "services/notifications/store/notice_store.h"

namespace aplus::notifications {

StatementTable AllStatements() {
  StatementTable all;
  all.Add(MailStore::Statements())
      .Add(DeliveryStore::Statements())
      .Add(NoticeStore::Statements())
      .Add(Consumer::Statements())
      .Add(AuditTrail::Statements())
      .Add(AuditSealer::Statements())
      .Add(ClockGuard::Statements())
      .Add(HeadMail::Statements());
  return all;
}

}  // namespace aplus::notifications
