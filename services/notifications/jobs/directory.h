// What notifying asks of auth, at the moment it is needed: who is behind an id and where mail reaches him.
// Nothing of the answers is kept.
#pragma once

#include <string>
#include <vector>

#include "libs/base/result.h"
#include "libs/runtime/task.h"
#include "services/notifications/domain/occurrence.h"
#include "services/notifications/domain/wording.h"
#include "services/notifications/store/mail_rows.h"

namespace aplus::notifications {

// Somebody who can be reached: an active person, or the mailbox of a group.
struct Reached {
  RecipientKind kind = RecipientKind::kPerson;
  RecipientId id;
  GroupId via_group;  // nil: named
  std::string email;
};

// What must be sent for a login request now.
struct LoginMail {
  enum class What { kNothing, kLink, kNoAccount };
  What what = What::kNothing;
  std::string email;
  LoginLink link;  // of kNoAccount: only who asked and when
};

// Io thread only. Errors: kUnavailable or kTimeout while auth is away.
class Directory {
 public:
  virtual ~Directory() = default;

  // The active ones of the users; of the groups the members with the instructor role and the mailbox. Who is
  // reached in several ways stands once for each, named ones first.
  virtual Task<Result<std::vector<Reached>>> Resolve(std::vector<UserId> users,
                                                     std::vector<GroupId> groups) = 0;
  // The active managers of the groups, through their group.
  virtual Task<Result<std::vector<Reached>>> Managers(std::vector<GroupId> groups) = 0;
  // The active administrators.
  virtual Task<Result<std::vector<Reached>>> Administrators() = 0;
  // Addresses of the users and of the groups' mailboxes alone. `closed_too`: of deactivated accounts as well.
  virtual Task<Result<std::vector<Reached>>> Addresses(std::vector<UserId> users,
                                                       std::vector<GroupId> mailboxes, bool closed_too) = 0;
  // Active people after an id, in the order of their ids; empty: no more.
  virtual Task<Result<std::vector<UserId>>> ActivePeople(UserId after) = 0;
  // Short name of the group's organisation; empty when the group is not known.
  virtual Task<Result<std::string>> OrganisationOf(GroupId group) = 0;
  // The time zone of the user's groups, an IANA name; that of the first area where there are several.
  virtual Task<Result<std::string>> ZoneOf(UserId user) = 0;
  // Mints the token (P10): only when the SMTP connection stands. kNotFound: the request is gone.
  virtual Task<Result<LoginMail>> MintLogin(LoginRequestId request) = 0;
};

}  // namespace aplus::notifications
