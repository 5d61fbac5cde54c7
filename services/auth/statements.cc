#include "services/auth/statements.h"

#include "libs/audit/audit_trail.h"
#include "libs/audit/sealer.h"
#include "libs/events/event_log.h"
#include "services/auth/store/account_store.h"
#include "services/auth/store/directory_store.h"
#include "services/auth/store/link_store.h"
#include "services/auth/store/login_mail_store.h"
#include "services/auth/store/login_store.h"
#include "services/auth/store/people_store.h"
#include "services/auth/store/reference_store.h"
#include "services/auth/store/session_store.h"

namespace aplus::auth {

StatementTable AllStatements() {
  StatementTable table;
  table.Add(AuditTrail::Statements())
      .Add(AuditSealer::Statements())
      .Add(EventLog::Statements())
      .Add(AccountStore::Statements())
      .Add(DirectoryStore::Statements())
      .Add(LinkStore::Statements())
      .Add(LoginMailStore::Statements())
      .Add(LoginStore::Statements())
      .Add(PeopleStore::Statements())
      .Add(ReferenceStore::Statements())
      .Add(SessionStore::Statements());
  return table;
}

}  // namespace aplus::auth
