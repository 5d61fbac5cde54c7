// What became of the mails (P75): of one request, of one person, and which addresses fail. Never computed
// over more than the reader may read (P28).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/time.h"
#include "libs/postgres/database.h"
#include "services/notifications/store/mail_rows.h"

namespace aplus::notifications {

// Stored nowhere; as DeliveryState of delivery.proto.
enum class Delivered : std::int16_t { kUnknown, kNone, kWaiting, kReached, kFailed };

// The mails about a request to one recipient, through one group or by name.
struct DeliveryRow {
  std::optional<GroupId> group;
  RecipientKind recipient_kind = RecipientKind::kPerson;
  RecipientId recipient;
  Delivered state = Delivered::kNone;
};

// An address that fails.
struct FailingRow {
  RecipientId recipient;
  RecipientKind recipient_kind = RecipientKind::kPerson;
  std::int16_t code = 0;
  std::int32_t failures = 0;
  Time since{}, last_at{};
};
struct FailingPlace {
  Time last_at{};
  RecipientId recipient;
};

// A mail that went, or goes, to a person.
struct MailTrace {
  Kind kind = Kind::kMessage;
  std::string number;
  Time at{};
  MailState state = MailState::kQueued;
};

// A group that could not be reached about a request, and who has to hear of it.
struct UnreachedRow {
  RequestId request;
  GroupId group;
  Time since{};
  std::string number;
  std::vector<UserId> helpers;
};

// Io thread only; the database must outlive it.
class DeliveryStore {
 public:
  explicit DeliveryStore(Database& database) : database_(database) {}

  // `instructors`: for a reader of what is between instructors.
  Task<Result<std::vector<DeliveryRow>>> OfRequest(RequestId request, bool instructors, Deadline deadline);
  // The latest failure first; after `place` when given.
  Task<Result<std::vector<FailingRow>>> Failing(std::optional<FailingPlace> place, int limit,
                                                Deadline deadline);
  // Newest first, at most `limit`.
  Task<Result<std::vector<MailTrace>>> MailsTo(UserId user, int limit, Deadline deadline);

  // Queued: these groups have nobody who could be reached.
  static void NoteUnreached(Transaction& tx, RequestId request, const std::vector<GroupId>& groups);
  // Finds groups to which every mail about one thing failed, in the last day; answers how many are new.
  Task<Result<std::int64_t>> FindUnreached();
  // Those that nobody has been told of yet.
  Task<Result<std::vector<UnreachedRow>>> Untold(int limit);
  // Within the transaction that queues the mails; false: somebody else was faster.
  static Task<Result<bool>> MarkTold(Transaction& tx, RequestId request, GroupId group);
  static void ForgetRequest(Transaction& tx, RequestId request);

  static StatementTable Statements();

 private:
  Database& database_;
};

}  // namespace aplus::notifications

namespace aplus {

template <>
struct DbEnum<notifications::Delivered> {
  static constexpr auto kLast = notifications::Delivered::kFailed;
};

}  // namespace aplus
