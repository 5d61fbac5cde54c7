// Names of people and groups, which auth keeps. Answers are kept for a short while; what was known is given
// again while auth does not answer.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <set>
#include <vector>

#include "libs/postgres/transaction.h"
#include "libs/rpc/client.h"
#include "services/requests/domain/people.h"

namespace aplus::requests {

// What was asked and is known; unknown ids are left out. A value of its own.
struct Cards {
  absl::flat_hash_map<UserId, Person> people;
  absl::flat_hash_map<GroupId, GroupCard> groups;

  const Person* Find(const UserId& user) const {
    const auto found = people.find(user);
    return found == people.end() ? nullptr : &found->second;
  }
  const GroupCard* Find(const GroupId& group) const {
    const auto found = groups.find(group);
    return found == groups.end() ? nullptr : &found->second;
  }
};

// Io thread.
class Directory {
 public:
  // How long a name may be out of date.
  static constexpr Duration kFresh = std::chrono::seconds(30);

  // References outlive this.
  Directory(Channel& auth, const Clock& clock) : auth_(auth), clock_(clock) {}

  // For showing: answers kept ones. kUnavailable when auth is down and something was never known.
  Task<Result<Cards>> Names(std::set<UserId> users, std::set<GroupId> groups, Deadline deadline);
  // For deciding (creating, inviting): asks auth now.
  Task<Result<Cards>> Ask(std::set<UserId> users, std::set<GroupId> groups, Deadline deadline);
  // Ids of the active experts (P27, P42).
  Task<Result<std::vector<UserId>>> Experts(Deadline deadline);

 private:
  template <class T>
  struct Kept {
    T card;
    Time at;
  };
  void MakeRoom();

  Channel& auth_;
  const Clock& clock_;
  absl::flat_hash_map<UserId, Kept<Person>> people_;
  absl::flat_hash_map<GroupId, Kept<GroupCard>> groups_;
};

}  // namespace aplus::requests
