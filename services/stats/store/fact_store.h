// Facts in the database: written by the consumers of events, in the transactions that move their cursors.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/database.h"
#include "services/stats/domain/fact.h"

namespace aplus::stats {

// What auth says of a group.
struct GroupFact {
  GroupId group;
  std::string organisation;
  bool helper_side = false;
  std::vector<std::string> areas;
};

// Everything is static: the transaction is all that is needed.
class FactStore {
 public:
  // One event of a request: reads the fact, applies the change, writes it, with its groups and who was
  // active.
  static Task<Result<void>> Record(Transaction& tx, Change change);
  // Queued.
  static void SaveGroup(Transaction& tx, const GroupFact& group);
  static void SaveMembership(Transaction& tx, UserId user, GroupId group, bool member);
  // Somebody was there: counts for each of his groups as the log knows them at this point.
  static void NoteLogin(Transaction& tx, UserId user, Time at);
  // Everything built from the logs goes, so that it can be built anew.
  static void DeleteAll(Transaction& tx);

  static StatementTable Statements();
};

}  // namespace aplus::stats
