// What is new for each person (P74), how he wants to hear of it (P72), and numbers of requests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/random.h"
#include "libs/base/time.h"
#include "libs/postgres/database.h"
#include "services/notifications/store/mail_rows.h"

namespace aplus::notifications {

// One line of a person's list.
struct NoticeRow {
  NoticeId id;
  Time at{};
  Kind kind = Kind::kMessage;
  std::optional<RequestId> request;
  std::string number;
};

struct NewNotice {
  Kind kind = Kind::kMessage;
  UserId user;
  GroupId via_group;  // nil: none
};

struct UserFrequency {
  UserId user;
  Frequency frequency = Frequency::kEach;
};

struct GroupFrequency {
  GroupId group;
  Frequency frequency = Frequency::kEach;
};

// Where a page of a list ends.
struct NoticePlace {
  Time at{};
  NoticeId id;
};

// Io thread only; references must outlive it.
class NoticeStore {
 public:
  NoticeStore(Database& database, const Clock& clock, Random& random)
      : database_(database), clock_(clock), random_(random) {}

  // Newest first; after `place` when given.
  Task<Result<std::vector<NoticeRow>>> List(UserId user, std::optional<NoticePlace> place, int limit,
                                            Deadline deadline);
  // kEach when never chosen.
  Task<Result<Frequency>> FrequencyOf(UserId user, Deadline deadline);
  // Queued.
  static void SetFrequency(Transaction& tx, UserId user, Frequency frequency);

  // For members of the group who chose nothing.
  Task<Result<Frequency>> DefaultOf(GroupId group, Deadline deadline);
  // Queued.
  static void SetDefault(Transaction& tx, GroupId group, Frequency frequency);

  // Within the consumer's transaction: groups with a default of their own.
  static Task<Result<std::vector<GroupFrequency>>> Defaults(Transaction& tx, std::vector<GroupId> groups);
  // Within the consumer's transaction: those who chose something.
  static Task<Result<std::vector<UserFrequency>>> Frequencies(Transaction& tx, std::vector<UserId> users);
  void Add(Transaction& tx, const MailSubject& subject, const std::vector<NewNotice>& notices);
  static void RememberNumber(Transaction& tx, RequestId request, const std::string& number);
  // Who is told when a group cannot be reached (P75); a request that was forgotten stays so.
  static void RememberHelpers(Transaction& tx, RequestId request, const std::vector<UserId>& helpers);
  // Empty when not known.
  static Task<Result<std::string>> NumberOf(Transaction& tx, RequestId request);
  static void ForgetRequest(Transaction& tx, RequestId request);
  static void DropForGroup(Transaction& tx, UserId user, GroupId group);

  // Deletes at most 1 000 notices older than `keep`; answers how many.
  Task<Result<std::int64_t>> Sweep(Duration keep);

  static StatementTable Statements();

 private:
  Database& database_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace aplus::notifications
