#include "services/notifications/store/mail_store.h"

#include "services/notifications/store/mail_statements.h"

namespace aplus::notifications {

using std::chrono::seconds;

// Jobs of our own: no caller waits, so what is slow may be slow for a while.
TransactionOptions MailStore::Short() {
  return {
      .deadline = SteadyClock::now() + seconds(10), .principal = DbPrincipal::System(), .repeatable = true};
}

void MailStore::Queue(Transaction& tx, const MailSubject& subject, const std::vector<NewMail>& mails,
                      const DigestHours& hours) {
  std::vector<MailId> ids;
  std::vector<Kind> kinds;
  std::vector<RecipientKind> recipient_kinds;
  std::vector<RecipientId> recipients;
  std::vector<GroupId> groups;
  std::vector<std::int16_t> departures;
  std::vector<std::string> zones;
  bool urgent = false;
  for (const NewMail& mail : mails) {
    if (mail.departure == Departure::kNever) continue;
    ids.push_back(MailId::New(clock_, random_));
    kinds.push_back(mail.kind);
    recipient_kinds.push_back(mail.recipient_kind);
    recipients.push_back(mail.recipient);
    groups.push_back(mail.via_group);
    departures.push_back(static_cast<std::int16_t>(mail.departure));
    zones.push_back(mail.zone);
    urgent = urgent || mail.kind == Kind::kLogin;
  }
  if (ids.empty()) return;
  tx.Send(mail_sql::kQueue, subject.event, subject.request, subject.number, subject.organisation, subject.at,
          ids, kinds, recipient_kinds, recipients, groups, departures, zones, hours.twice_a_day, hours.daily,
          hours.every, urgent, subject.instructors_only);
}

Task<Result<std::vector<ClaimedMail>>> MailStore::Claim(ClaimId claim, bool urgent, Duration lease,
                                                        int limit) {
  co_return co_await database_.Write(Short(), mail_sql::kClaim, claim, urgent, lease, limit);
}

Task<Result<bool>> MailStore::Begin(MailId mail, ClaimId claim) {
  // Not repeatable: a commit whose answer is lost may have happened, and then the claim is what recovers it.
  CO_TRY(const Affected changed, co_await database_.Write(Short(), mail_sql::kBegin, mail, claim));
  co_return changed.rows == 1;
}

Task<Result<bool>> MailStore::Accepted(const ClaimedMail& mail, ClaimId claim, LastWord word) {
  co_return co_await database_.Transact(Short(),
                                        [&](Transaction& tx) { return AcceptedIn(tx, mail, claim, word); });
}

Task<Result<bool>> MailStore::AcceptedIn(Transaction& tx, ClaimedMail mail, ClaimId claim, LastWord word) {
  auto changed = tx.Send(mail_sql::kAccepted, mail.id, claim, word.step, word.code);
  tx.Send(mail_sql::kClearRefused, mail.recipient);
  CO_TRY(const Affected affected, co_await changed.Await());
  co_return affected.rows == 1;
}

Task<Result<bool>> MailStore::Deferred(MailId mail, ClaimId claim, MailState from, Duration wait,
                                       bool relay_fault, bool ambiguous, LastWord word) {
  CO_TRY(const Affected changed,
         co_await database_.Write(Short(), mail_sql::kDeferred, mail, claim, from, wait, relay_fault,
                                  ambiguous ? 1 : 0, word.step, word.failure, word.code));
  co_return changed.rows == 1;
}

Task<Result<bool>> MailStore::Ended(const ClaimedMail& mail, ClaimId claim, MailState from, MailState to,
                                    bool refused, LastWord word) {
  co_return co_await database_.Transact(
      Short(), [&](Transaction& tx) { return EndedIn(tx, mail, claim, from, to, refused, word); });
}

Task<Result<bool>> MailStore::EndedIn(Transaction& tx, ClaimedMail mail, ClaimId claim, MailState from,
                                      MailState to, bool refused, LastWord word) {
  auto changed = tx.Send(mail_sql::kEnded, mail.id, claim, from, to, to == MailState::kAmbiguous ? 1 : 0,
                         word.step, word.failure, word.code);
  // A login request is nobody's address to mark.
  if (refused && mail.recipient_kind != RecipientKind::kLoginRequest) {
    tx.Send(mail_sql::kMarkRefused, mail.recipient, mail.recipient_kind, word.code);
  }
  CO_TRY(const Affected affected, co_await changed.Await());
  co_return affected.rows == 1;
}

Task<Result<void>> MailStore::Release(ClaimId claim, Duration wait) {
  CO_TRY(const Affected released, co_await database_.Write(Short(), mail_sql::kRelease, claim, wait));
  static_cast<void>(released);
  co_return Result<void>();
}

Task<Result<void>> MailStore::WakeAfterRelayFault() {
  CO_TRY(const Affected woken, co_await database_.Write(Short(), mail_sql::kWake));
  static_cast<void>(woken);
  co_return Result<void>();
}

Task<Result<std::vector<DigestItem>>> MailStore::PartsOf(MailId digest) {
  co_return co_await database_.Query(
      {.deadline = SteadyClock::now() + seconds(10), .principal = DbPrincipal::System()}, mail_sql::kPartsOf,
      digest);
}

Task<Result<std::int64_t>> MailStore::Join(const DigestHours& hours) {
  co_return co_await database_.Transact(Short(), [&](Transaction& tx) { return JoinIn(tx, hours); });
}

Task<Result<std::int64_t>> MailStore::JoinIn(Transaction& tx, DigestHours hours) {
  CO_TRY(const auto locked, co_await tx.RunOne(mail_sql::kJoinLock));
  if (!locked.value_or(false)) co_return 0;
  tx.Send(mail_sql::kPostponeLate, hours.late);
  CO_TRY(const Affected joined, co_await tx.Run(mail_sql::kJoin));
  co_return joined.rows;
}

Task<Result<std::int64_t>> MailStore::Recover(Duration limit) {
  co_return co_await database_.Transact(Short(), [&](Transaction& tx) { return RecoverIn(tx, limit); });
}

Task<Result<std::int64_t>> MailStore::RecoverIn(Transaction& tx, Duration limit) {
  CO_TRY(const std::vector<OrphanedMail> orphans, co_await tx.Run(mail_sql::kOrphans, limit));
  for (const OrphanedMail& orphan : orphans) {
    const auto next = Next(MailState::kSending, MailStep::kLoseDot,
                           {.login = orphan.kind == Kind::kLogin, .ambiguities = orphan.ambiguities});
    tx.Send(mail_sql::kRecovered, orphan.id, next.value_or(MailState::kAmbiguous));
  }
  co_return static_cast<std::int64_t>(orphans.size());
}

void MailStore::ForgetRequest(Transaction& tx, RequestId request) {
  tx.Send(mail_sql::kForgetRequest, request);
}

void MailStore::DropForGroup(Transaction& tx, UserId user, GroupId group) {
  tx.Send(mail_sql::kDropForGroup, user, group);
}

void MailStore::DropForUser(Transaction& tx, UserId user, EventId event) {
  tx.Send(mail_sql::kDropForUser, user, event);
}

Task<Result<std::int64_t>> MailStore::Sweep(Duration keep) {
  CO_TRY(const Affected swept, co_await database_.Write(Short(), mail_sql::kSweep, keep));
  co_return swept.rows;
}

Task<Result<QueueFigures>> MailStore::Figures() {
  CO_TRY(const auto figures, co_await database_.QueryOne({.deadline = SteadyClock::now() + seconds(10),
                                                          .principal = DbPrincipal::System()},
                                                         mail_sql::kFigures));
  co_return figures.value_or(QueueFigures{});
}

Task<Result<std::vector<UndeliveredMail>>> MailStore::Undelivered() {
  co_return co_await database_.Query(
      {.deadline = SteadyClock::now() + seconds(10), .principal = DbPrincipal::System()},
      mail_sql::kUndelivered);
}

Task<Result<std::int64_t>> MailStore::Replay(std::optional<MailId> mail, AuditTrail& trail) {
  co_return co_await database_.Transact(Short(), [&](Transaction& tx) { return ReplayIn(tx, mail, trail); });
}

Task<Result<std::int64_t>> MailStore::ReplayIn(Transaction& tx, std::optional<MailId> mail,
                                               AuditTrail& trail) {
  CO_TRY(const Affected queued, co_await tx.Run(mail_sql::kReplay, mail));
  if (queued.rows == 0) co_return 0;
  AuditEntry line = OperatorLine("replay-mail");
  line.object_kind = "mail";
  if (mail) line.object = mail->bytes;
  trail.Record(tx, line);
  co_return queued.rows;
}

StatementTable MailStore::Statements() {
  using namespace mail_sql;
  return aplus::Statements(kQueue, kClaim, kBegin, kAccepted, kDeferred, kEnded, kMarkRefused, kClearRefused,
                           kRelease, kWake, kPartsOf, kJoinLock, kPostponeLate, kJoin, kOrphans, kRecovered,
                           kForgetRequest, kDropForGroup, kDropForUser, kSweep, kFigures, kUndelivered,
                           kReplay);
}

}  // namespace aplus::notifications
