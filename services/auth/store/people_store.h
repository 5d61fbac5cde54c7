// What other services ask of people and groups: whom to tell, and how those who acted are called (P26).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/id.h"
#include "libs/identity/principal.h"
#include "libs/postgres/database.h"
#include "services/auth/store/codecs.h"

namespace aplus::auth {

struct RecipientRow {
  std::optional<UserId> user;    // none: a group's mailbox
  std::optional<GroupId> group;  // through which the recipient is reached; none when named
  std::string email;
  std::string first_name;
};

struct RecipientQuery {
  std::vector<UserId> users;
  std::vector<GroupId> groups;
  std::uint8_t group_roles = 0;    // MembershipRole bits: members that hold one of them; 0: mailboxes only
  std::uint8_t account_roles = 0;  // AccountRole bits: everybody who holds one of them
  bool deactivated_too = false;    // of `users`: who is excluded is told so (P7)
};

struct PersonRow {
  UserId id;
  std::string first_name, last_name, function, phone;
  bool active = false;
  std::vector<GroupId> groups;  // empty when deactivated
  bool shared = false;
  bool helper = false;
  std::vector<std::string> observed_organisations, observed_areas;  // of an observer (P81)
};

struct GroupDetailRow {
  GroupId id;
  std::string name, organisation_id;
  Side side = Side::kHelper;
  std::vector<std::string> area_ids;
  std::string notice;
  bool addressable = false;
  std::string organisation_short_name;
  std::vector<Identifier> entitled;
};

// Io thread only; the database must outlive it.
class PeopleStore {
 public:
  explicit PeopleStore(Database& database) : database_(database) {}

  // Active people and mailboxes; who is reached in several ways stands once for each.
  Task<Result<std::vector<RecipientRow>>> Recipients(RecipientQuery query, Deadline deadline);
  // Unknown ids are left out.
  Task<Result<std::vector<PersonRow>>> People(std::vector<UserId> users, Deadline deadline);
  Task<Result<std::vector<GroupDetailRow>>> Groups(std::vector<GroupId> groups, Deadline deadline);

  // Active people after an id, a thousand at most.
  Task<Result<std::vector<UserId>>> Everybody(UserId after, Deadline deadline);

  static StatementTable Statements();

 private:
  Database& database_;
};

}  // namespace aplus::auth
