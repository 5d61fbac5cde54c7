#include "services/auth/statements.h"

#include "libs/audit/audit_trail.h"
#include "libs/audit/sealer.h"
#include "libs/events/event_log.h"
#include "libs/postgres/clock_guard.h"
#include "services/auth/store/account_store.h"
#include "services/auth/store/anonymous_rows.h"
#include "services/auth/store/directory_store.h"
#include "services/auth/store/entrances.h"
#include "services/auth/store/group_admin_rows.h"
#include "services/auth/store/import_rows.h"
#include "services/auth/store/link_store.h"
#include "services/auth/store/login_mail_store.h"
#include "services/auth/store/login_store.h"
#include "services/auth/store/member_rows.h"
#include "services/auth/store/people_store.h"
#include "services/auth/store/provider_store.h"
#include "services/auth/store/reference_store.h"
#include "services/auth/store/search_rows.h"
#include "services/auth/store/second_factor_store.h"
#include "services/auth/store/session_store.h"
#include "services/auth/store/staff_rows.h"
#include "services/auth/store/upkeep_rows.h"

namespace aplus::auth {

StatementTable AllStatements() {
  StatementTable table;
  table.Add(AuditTrail::Statements())
      .Add(AuditSealer::Statements())
      .Add(ClockGuard::Statements())
      .Add(EventLog::Statements())
      .Add(AccountStore::Statements())
      .Add(DirectoryStore::Statements())
      .Add(Entrances::Statements())
      .Add(LinkStore::Statements())
      .Add(LoginMailStore::Statements())
      .Add(LoginStore::Statements())
      .Add(PeopleStore::Statements())
      .Add(ProviderStore::Statements())
      .Add(ReferenceStore::Statements())
      .Add(SecondFactorStore::Statements())
      .Add(SessionStore::Statements());
  table.Add(kLockGroup, kLockGroupsOf, kActingRoles, kManages, kRolesOf, kOtherManagers, kLockByEmail,
            kLockById, kPutMember, kDropMember, kNoteDeparture, kForgetDeparture, kDepartedRoles, kDepartures,
            kForgetOldDepartures);
  table.Add(kStaff, kStaffGroups, kOpenAccount, kLockStanding, kLosses, kHeirs, kIsHeir, kSessionCount,
            kCloseAccount, kReopenAccount, kNoteExclusion, kGiveEmail, kEndLinks, kPlatformStaff,
            kLockPlatformStaff, kGiveAccountRoles, kUnknownScope, kForgetObservedOrganisations,
            kForgetObservedAreas, kObserveOrganisations, kObserveAreas, kPublishTerms);
  table.Add(kGroupDetails, kSearchMyGroups, kSearchGroups, kOrganisationSide, kMakeGroup, kChangeGroup,
            kUnknownAreas, kServeAreas, kLeaveAreas, kLockOrganisation, kUnknownThemes, kSaveOrganisation,
            kOrganisationAddThemes, kOrganisationDropThemes);
  table.Add(kFindColleagues, kFindPeople);
  table.Add(kKnownAccounts, kKeepImport, kDropRows, kKeepRows, kFindImport, kLockImport, kImportFigures,
            kImportRows, kGrantsMore, kMakeAccounts, kPlanTaken, kGiveMemberships, kMarkLeftOut, kMarkImport,
            kTakeMemberships, kUnusedAccounts, kRemoveAccounts, kMarkUndone, kEndSessionsOf, kManagersLeft,
            kForgetImports);
  table.Add(kIdleAccounts, kLockIdle, kNoteWarning, kLongGone, kAnonymise);
  return table;
}

}  // namespace aplus::auth
