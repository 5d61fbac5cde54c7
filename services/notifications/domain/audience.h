// Who is told of what happened (P70): the rules alone. Addresses, and who is a member of a group at this
// moment, are auth's to say.
#pragma once

#include <string>
#include <vector>

#include "services/notifications/domain/kind.h"
#include "services/notifications/domain/occurrence.h"

namespace aplus::notifications {

// People who are told the same thing.
struct Circle {
  Kind kind = Kind::kMessage;
  // Named persons.
  std::vector<UserId> users;
  // Groups: every member with the instructor role, and the group's mailbox.
  std::vector<GroupId> groups;
  // Groups of which every manager is told, and nobody else.
  std::vector<GroupId> managers = {};
  // Never told, though a member of a group above: who acted, and who counts as helper side where the
  // circle is the instructors' (P28).
  std::vector<UserId> except;
  // Every administrator.
  bool administrators = false;
};

// The request a mail is about, for its number, its link and the organisation it names.
struct Subject {
  RequestId request;
  std::string number;
  // Whose organisation the mail names: who wrote, asked or answered. Nil: none.
  GroupId from;
  // What became of these mails is for the instructors' eyes alone (P28).
  bool instructors_only = false;
};

struct Announcement {
  Subject subject;
  std::vector<Circle> circles;  // a person in several gets the first
};

// What is announced; no circles: nothing. Login, accounts, erasure and departures are not announcements: the
// expander handles them.
Announcement Announce(const Occurrence& occurrence);

}  // namespace aplus::notifications
