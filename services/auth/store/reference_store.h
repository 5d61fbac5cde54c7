// Writes what people do not make by hand: areas, organisations, themes; demonstration groups and accounts;
// the first administrator. Rows are found by id and brought to what is given; what did not change makes no
// event.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libs/audit/audit_trail.h"
#include "libs/base/id.h"
#include "libs/events/event_log.h"
#include "libs/postgres/database.h"
#include "services/auth/store/codecs.h"

namespace aplus::auth {

struct AreaRecord {
  std::string id, name, time_zone, holidays;
};

struct ThemeRecord {
  std::string id, name;
  std::vector<std::string> suggested_subjects;
};

struct OrganisationRecord {
  std::string id, short_name, full_name;
  Side side = Side::kHelper;
  std::vector<std::string> theme_ids;
  std::vector<Identifier> entitled;
  std::string notice;
};

struct ReferenceData {
  std::vector<AreaRecord> areas;
  std::vector<ThemeRecord> themes;  // in the order of the screen
  std::vector<OrganisationRecord> organisations;
};

struct GroupRecord {
  GroupId id;
  std::string organisation_id, name;
  std::vector<std::string> area_ids;
  std::string mailbox, notice, france_services_number;
};

struct MembershipRecord {
  GroupId group;
  std::uint8_t roles = 0;  // MembershipRole bits
};

struct UserRecord {
  UserId id;
  std::string email, first_name, last_name, function, phone;
  bool shared = false;
  std::uint8_t account_roles = 0;  // AccountRole bits
  std::vector<std::string> observed_organisations, observed_areas;
  std::vector<MembershipRecord> memberships;
};

struct DemoData {
  std::vector<GroupRecord> groups;
  std::vector<UserRecord> users;
};

// How many rows changed.
struct LoadReport {
  std::int64_t changed = 0;
};

// Io thread only; references must outlive it.
class ReferenceStore {
 public:
  ReferenceStore(Database& database, EventWriter& events, AuditTrail& trail, const Clock& clock,
                 Random& random)
      : database_(database), events_(events), trail_(trail), clock_(clock), random_(random) {}

  // One transaction: everything or nothing.
  Task<Result<LoadReport>> LoadReference(ReferenceData data, Deadline deadline);
  // Likewise. kConflict: an address or a group's name belongs to another id already.
  Task<Result<LoadReport>> LoadDemo(DemoData data, Deadline deadline);
  // Makes the account, or makes an account without memberships an administrator; answers whether anything
  // changed. kImpossible: it belongs to groups (P2), or is deactivated.
  Task<Result<bool>> CreateAdministrator(std::string email, Deadline deadline);

  static StatementTable Statements();

 private:
  Task<Result<LoadReport>> LoadReferenceIn(Transaction& tx, const ReferenceData& data);
  Task<Result<LoadReport>> LoadDemoIn(Transaction& tx, const DemoData& data);
  Task<Result<std::int64_t>> StoreGroup(Transaction& tx, const GroupRecord& group);
  Task<Result<std::int64_t>> StoreUser(Transaction& tx, const UserRecord& user);
  Task<Result<bool>> CreateAdministratorIn(Transaction& tx, std::string email);
  // A line of the system's own.
  void Trace(Transaction& tx, std::string operation, std::string object_kind, const UuidBytes& object);

  Database& database_;
  EventWriter& events_;
  AuditTrail& trail_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace aplus::auth
