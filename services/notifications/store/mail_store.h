// The mail queue: what is queued, who sends it, what became of it. Every change of state names the state and
// the claim it starts from, so that of two processes one wins and the other is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/audit/audit_trail.h"
#include "libs/base/random.h"
#include "libs/base/time.h"
#include "libs/postgres/database.h"
#include "services/notifications/store/mail_rows.h"

namespace aplus::notifications {

// When joined mails leave (P72). Hours of the recipient's day.
struct DigestHours {
  std::vector<std::int32_t> twice_a_day{11, 15};
  std::vector<std::int32_t> daily{11};
  // Late notices beyond the first mail of a day.
  std::vector<std::int32_t> late{8};
  // Not zero: joined mails leave after so long instead, whatever the hour. For tests.
  Duration every{};
};

// Where a conversation with the relay ended; constants of the code and the reply's number, never its text.
struct LastWord {
  std::string step;
  std::string failure;
  std::int16_t code = 0;
};

// Io thread only; references must outlive it.
class MailStore {
 public:
  MailStore(Database& database, const Clock& clock, Random& random)
      : database_(database), clock_(clock), random_(random) {}

  // Queued in the transaction that also moves the cursor: an event's mails are there once, however often the
  // event is handled (P73).
  void Queue(Transaction& tx, const MailSubject& subject, const std::vector<NewMail>& mails,
             const DigestHours& hours);

  // Takes at most `limit` due mails for `lease`; nobody else gets them meanwhile.
  Task<Result<std::vector<ClaimedMail>>> Claim(ClaimId claim, bool urgent, Duration lease, int limit);
  // Committed before DATA. False: somebody else has it, or it is gone.
  Task<Result<bool>> Begin(MailId mail, ClaimId claim);
  // False: not ours any more.
  Task<Result<bool>> Accepted(const ClaimedMail& mail, ClaimId claim, LastWord word);
  // Back into the queue, for `wait`. `ambiguous`: the answer to the final dot was lost. From kQueued or
  // kSending.
  Task<Result<bool>> Deferred(MailId mail, ClaimId claim, MailState from, Duration wait, bool relay_fault,
                              bool ambiguous, LastWord word);
  // To its end: kFailed, kAmbiguous or kDropped. `refused`: the recipient's address is marked.
  Task<Result<bool>> Ended(const ClaimedMail& mail, ClaimId claim, MailState from, MailState to, bool refused,
                           LastWord word);
  // Puts claimed mails back as they were: the process stops, or what is needed to send them is down.
  Task<Result<void>> Release(ClaimId claim, Duration wait);
  // The relay works again: what waited for it is due now.
  Task<Result<void>> WakeAfterRelayFault();

  // The parts of a digest, oldest first.
  Task<Result<std::vector<DigestItem>>> PartsOf(MailId digest);
  // Makes digests of what is due to be joined; answers how many. One process at a time.
  Task<Result<std::int64_t>> Join(const DigestHours& hours);
  // Mails whose sender has been silent in the dot window for longer than `limit`; each goes on as Next says.
  // Answers how many there were.
  Task<Result<std::int64_t>> Recover(Duration limit);

  // Queued: nothing is sent any more about an erased request, to a person who left, or to a closed account.
  static void ForgetRequest(Transaction& tx, RequestId request);
  static void DropForGroup(Transaction& tx, UserId user, GroupId group);
  // `event`: what closed the account; its own mail to him stays.
  static void DropForUser(Transaction& tx, UserId user, EventId event);

  // Deletes at most 1 000 mails that ended longer than `keep` ago; answers how many.
  Task<Result<std::int64_t>> Sweep(Duration keep);
  Task<Result<QueueFigures>> Figures();

  // What was refused, given up or perhaps lost, newest first, at most 1 000.
  Task<Result<std::vector<UndeliveredMail>>> Undelivered();
  // Queues one of them again, or all (nullopt), with the operator's audit line; login links never, their
  // token may lie in somebody's mailbox. Answers how many.
  Task<Result<std::int64_t>> Replay(std::optional<MailId> mail, AuditTrail& trail);

  static StatementTable Statements();

 private:
  Task<Result<std::int64_t>> ReplayIn(Transaction& tx, std::optional<MailId> mail, AuditTrail& trail);
  Task<Result<std::int64_t>> JoinIn(Transaction& tx, DigestHours hours);
  Task<Result<std::int64_t>> RecoverIn(Transaction& tx, Duration limit);
  Task<Result<bool>> AcceptedIn(Transaction& tx, ClaimedMail mail, ClaimId claim, LastWord word);
  Task<Result<bool>> EndedIn(Transaction& tx, ClaimedMail mail, ClaimId claim, MailState from, MailState to,
                             bool refused, LastWord word);
  static TransactionOptions Short();

  Database& database_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace aplus::notifications
