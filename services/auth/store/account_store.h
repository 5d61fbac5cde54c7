// A person's own account: profile, memberships, terms of use (P1, P7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/audit/audit_trail.h"
#include "libs/base/id.h"
#include "libs/postgres/database.h"
#include "services/auth/store/directory_store.h"

namespace aplus::auth {

struct ProfileRow {
  UserId id;
  std::string email, first_name, last_name, function, phone;
  bool shared = false;
  std::int16_t account_roles = 0;  // AccountRole bits
  std::int32_t accepted_terms = 0;
  std::int32_t current_terms = 0;
};

struct MyGroupRow {
  GroupRow group;
  std::uint8_t roles = 0;  // MembershipRole bits
};

// What a person may change of himself; what is absent stays.
struct ProfileChange {
  std::optional<std::string> first_name, last_name, function, phone;
};

// Io thread only; references must outlive it.
class AccountStore {
 public:
  AccountStore(Database& database, AuditTrail& trail) : database_(database), trail_(trail) {}

  // nullopt: there is no such active account.
  Task<Result<std::optional<ProfileRow>>> Profile(UserId user, Deadline deadline);
  // By name.
  Task<Result<std::vector<MyGroupRow>>> Groups(UserId user, Deadline deadline);
  // The profile as it is afterwards. kNotFound: no such active account.
  Task<Result<ProfileRow>> Change(UserId user, ProfileChange change, AuditEntry line, Deadline deadline);
  // Accepts the terms; again is no error. kStale, with the version in force, when it is another one.
  Task<Result<ProfileRow>> AcceptTerms(UserId user, std::int32_t version, AuditEntry line, Deadline deadline);

  static StatementTable Statements();

 private:
  Task<Result<ProfileRow>> ChangeIn(Transaction& tx, UserId user, ProfileChange change, AuditEntry line);
  Task<Result<ProfileRow>> AcceptIn(Transaction& tx, UserId user, std::int32_t version, AuditEntry line);

  Database& database_;
  AuditTrail& trail_;
};

}  // namespace aplus::auth
