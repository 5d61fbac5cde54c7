#include "services/requests/acts/ending.h"

#include <utility>

#include "services/requests/acts/naming.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/sealing.h"
#include "services/requests/acts/telling.h"
#include "services/requests/domain/subject.h"
#include "services/requests/store/comment_rows.h"
#include "services/requests/store/contents_rows.h"
#include "services/requests/store/erasure_rows.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {
namespace ending {

// P31: what is said for the statistics team names nobody.
Task<Result<void>> CheckWords(Transaction& tx, const Case& on, const std::string& comment,
                              const FieldCipher& cipher) {
  CO_TRY(std::optional<ContentsRow> contents, co_await tx.RunOne(kReadContents, on.row.id));
  if (!contents) co_return Fail(Reason::kErased);
  CO_TRY(const std::string sealed,
         cipher.Open(CitizenPlace(on.row.id, contents->citizen_version), contents->citizen));
  CO_TRY(const Citizen citizen, ParseCitizen(AsBytes(sealed)));
  co_return CheckComment(comment, citizen);
}

Task<Result<Acted>> CloseIn(Transaction& tx, const Workshop& shop, const Asker& asker, const Closing& closing,
                            const std::optional<FieldCipher>& cipher) {
  CO_TRY(Case on, co_await OpenCase(tx, closing.request, asker, Operation::kR9, Act::kClose));
  CO_TRY_VOID(CheckSigner(asker, closing.signed_by));
  if (!cipher) co_return Fail(Reason::kErased);
  if (!closing.comment.empty()) CO_TRY_VOID(co_await CheckWords(tx, on, closing.comment, *cipher));
  const Doer doer = DoerOf(asker, on.row.creator_group);
  const MessageId entry =
      AddEntry(tx, shop, on, {.kind = EntryKind::kClosed, .actor = doer.user, .actor_group = doer.group});
  CO_TRY_VOID(AddText(tx, shop, on, entry, Lane::kAll, *cipher, "", closing.signed_by));
  if (!closing.comment.empty()) tx.Send(kSaveComment, on.row.id, on.now, closing.comment);
  on.row.usefulness = closing.usefulness;
  CO_TRY_VOID(CloseCase(tx, shop, on, CloseReason::kSolved, shop.rules.request_erasure, "P51"));
  events::v1::RequestClosed told;
  told.set_reason(v1::CLOSE_REASON_SOLVED);
  told.set_usefulness(static_cast<v1::Usefulness>(closing.usefulness));
  Tell(tx, shop, on, doer, std::move(told));
  co_return AnswerOf(on);
}

// Nothing that was due may come back: the worker may have begun.
bool StillThere(const Case& on) { return !on.row.erased_at && on.row.erase_at && *on.row.erase_at > on.now; }

Task<Result<Acted>> ReopenIn(Transaction& tx, const Workshop& shop, const Asker& asker, const Ending& ending,
                             const std::optional<FieldCipher>& cipher) {
  CO_TRY(Case on, co_await OpenCase(tx, ending.request, asker, Operation::kR10, Act::kReopen));
  CO_TRY_VOID(CheckSigner(asker, ending.signed_by));
  if (!cipher || !StillThere(on)) co_return Fail(Reason::kErased);
  RequestRow& row = on.row;
  row.state = StateAfterReopening(row.first_answer_at.has_value());
  row.closed_at.reset();
  row.close_reason.reset();
  row.usefulness.reset();
  row.erase_at.reset();
  row.clock_started_at = on.now;
  row.last_answer_at.reset();
  BackInProgress(tx, on);
  tx.Send(kCancelErasure, row.id);
  const Doer doer = DoerOf(asker, row.creator_group);
  const MessageId entry = AddEntry(tx, shop, on,
                                   {.kind = EntryKind::kReopened,
                                    .actor = doer.user,
                                    .actor_group = doer.group,
                                    .is_message = !ending.reason.empty()});
  CO_TRY_VOID(AddText(tx, shop, on, entry, Lane::kAll, *cipher, ending.reason, ending.signed_by));
  CO_TRY_VOID(SaveCase(tx, shop, on));
  Tell(tx, shop, on, doer, events::v1::RequestReopened());
  co_return AnswerOf(on);
}

// Closed and erased at once, by a person.
struct Taken {
  Operation operation;
  Act act;
  EntryKind kind;
  CloseReason reason;
  const char* rule;
};
constexpr Taken kRevoked{Operation::kR18, Act::kRevokeMandate, EntryKind::kMandateRevoked,
                         CloseReason::kRevoked, "P23"};
constexpr Taken kWithdrawn{Operation::kR22, Act::kWithdraw, EntryKind::kWithdrawn, CloseReason::kWithdrawn,
                           "P36"};

Task<Result<Acted>> TakeBackIn(Transaction& tx, const Workshop& shop, const Asker& asker,
                               const Ending& ending, Taken taken) {
  CO_TRY(Case on, co_await OpenCase(tx, ending.request, asker, taken.operation, taken.act));
  CO_TRY_VOID(CheckSigner(asker, ending.signed_by));
  const bool opened = on.row.opened_at.has_value();
  if (taken.act == Act::kWithdraw && opened) co_return Fail(on.Refusal(Reason::kImpossible));
  const Doer doer = DoerOf(asker, on.row.creator_group);
  AddEntry(tx, shop, on, {.kind = taken.kind, .actor = doer.user, .actor_group = doer.group});
  CO_TRY_VOID(CloseCase(tx, shop, on, taken.reason, Duration(0), taken.rule));
  events::v1::RequestClosed told;
  told.set_reason(static_cast<v1::CloseReason>(taken.reason));
  Tell(tx, shop, on, doer, std::move(told));
  co_return AnswerOf(on);
}

}  // namespace ending

Result<void> CloseCase(Transaction& tx, const Workshop& shop, Case& on, CloseReason reason,
                       Duration erased_after, const std::string& rule) {
  RequestRow& row = on.row;
  row.state = State::kClosed;
  row.closed_at = on.now;
  row.close_reason = reason;
  row.erase_at = on.now + erased_after;
  tx.Send(kScheduleErasure, row.id, rule, *row.erase_at);
  return SaveCase(tx, shop, on);
}

Task<Result<Acted>> Close(const Workshop& shop, const Asker& asker, const Closing& closing) {
  CO_TRY(auto cipher, co_await shop.keys.Find(closing.request, asker.deadline));
  auto act = [&](Transaction& tx) { return ending::CloseIn(tx, shop, asker, closing, cipher); };
  co_return co_await RunAct(shop, asker, AboutRequest(Operation::kR9, closing.request, closing.signed_by),
                            act);
}

Task<Result<Acted>> Reopen(const Workshop& shop, const Asker& asker, const Ending& ending) {
  CO_TRY(auto cipher, co_await shop.keys.Find(ending.request, asker.deadline));
  auto act = [&](Transaction& tx) { return ending::ReopenIn(tx, shop, asker, ending, cipher); };
  co_return co_await RunAct(shop, asker, AboutRequest(Operation::kR10, ending.request, ending.signed_by),
                            act);
}

Task<Result<Acted>> RevokeMandate(const Workshop& shop, const Asker& asker, const Ending& ending) {
  auto act = [&](Transaction& tx) { return ending::TakeBackIn(tx, shop, asker, ending, ending::kRevoked); };
  co_return co_await RunAct(shop, asker, AboutRequest(Operation::kR18, ending.request, ending.signed_by),
                            act);
}

Task<Result<Acted>> Withdraw(const Workshop& shop, const Asker& asker, const Ending& ending) {
  auto act = [&](Transaction& tx) { return ending::TakeBackIn(tx, shop, asker, ending, ending::kWithdrawn); };
  co_return co_await RunAct(shop, asker, AboutRequest(Operation::kR22, ending.request, ending.signed_by),
                            act);
}

}  // namespace aplus::requests
