#include <utility>

#include "services/requests/acts/answering.h"
#include "services/requests/acts/case.h"
#include "services/requests/acts/checks.h"
#include "services/requests/acts/correcting.h"
#include "services/requests/acts/marking.h"
#include "services/requests/acts/naming.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/sealing.h"
#include "services/requests/acts/telling.h"
#include "services/requests/store/contents_rows.h"
#include "services/requests/store/message_draft_rows.h"

namespace aplus::requests {
namespace post_message {

Act ActOf(const Case& on, Lane lane) {
  switch (AuthorOf(on.relation)) {
    case Author::kHelperSide:
      return Act::kHelperMessage;
    case Author::kInstructorSide:
      return lane == Lane::kAll ? Act::kAnswer : Act::kPrivateMessage;
    default:
      return Act::kExpertMessage;
  }
}

// The right to write in that lane; the state's word comes with the right act.
Task<Result<Case>> Open(Transaction& tx, const Asker& asker, const NewMessage& message) {
  const bool for_all = message.lane == Lane::kAll;
  // Every message but a helper's on a processed request keeps the state, and all are impossible on a closed
  // one.
  co_return co_await OpenCase(tx, message.request, asker, for_all ? Operation::kR5 : Operation::kR6,
                              Act::kPrivateMessage);
}

Result<void> Check(const Case& on, const Asker& asker, const NewMessage& message) {
  TRY_VOID(CheckSigner(asker, message.signed_by));
  if (!message.citizen.IsEmpty()) TRY_VOID(CheckCorrection(on, asker, message.citizen));
  const bool answers = ActOf(on, message.lane) == Act::kAnswer;
  if (message.standard_procedure && !answers) {
    return Fail(
        Violation("standardProcedure", "forbidden",
                  "Seule une réponse d’un instructeur, visible par tous, peut signaler une procédure."));
  }
  return {};
}

// What the message does to state, group and clock.
Result<void> Move(Transaction& tx, Case& on, Act act, const std::optional<GroupId>& group,
                  events::v1::MessagePosted& told) {
  const State before = on.row.state;
  on.row.state = After(before, act).value_or(before);
  if (act == Act::kHelperMessage && before == State::kProcessed) {
    BackInProgress(tx, on);
    told.set_back_in_progress(true);
  }
  told.set_from_helper_side(act == Act::kHelperMessage);
  if (!IsAnswer(act)) return {};
  TRY_VOID(MoveGroup(tx, on, *group, act));
  told.set_answer(true);
  told.set_first_answer(NoteAnswer(on));
  if (told.first_answer()) {
    TRY(const Duration worked, WorkedSince(on));
    told.set_working_delay(Microseconds(worked));
  }
  return {};
}

Task<Result<Acted>> In(Transaction& tx, const Workshop& shop, const Asker& asker, const NewMessage& message,
                       const std::optional<FieldCipher>& cipher) {
  CO_TRY(Case on, co_await Open(tx, asker, message));
  CO_TRY_VOID(Check(on, asker, message));
  if (!cipher) co_return Fail(Reason::kErased);
  const Act act = ActOf(on, message.lane);
  const bool instructor = AuthorOf(on.relation) == Author::kInstructorSide;
  Doer doer = DoerOf(asker, std::nullopt);
  if (instructor) {
    CO_TRY(doer.group, ActingGroup(on, message.group));
  } else if (on.relation.HelperSide()) {
    doer.group = on.row.creator_group;
  }

  events::v1::MessagePosted told;
  CO_TRY_VOID(Move(tx, on, act, doer.group, told));
  const MessageId entry = AddEntry(tx, shop, on,
                                   {.kind = EntryKind::kMessage,
                                    .lane = message.lane,
                                    .actor = doer.user,
                                    .actor_group = doer.group,
                                    .is_message = true,
                                    .standard_procedure = message.standard_procedure});
  on.row.standard_procedure |= message.standard_procedure;
  CO_TRY_VOID(AddText(tx, shop, on, entry, message.lane, *cipher, message.text, message.signed_by));
  CO_TRY_VOID(co_await AttachFiles(tx, shop, asker, on.row.id, Distinct(message.files), message.lane, entry));
  if (!message.citizen.IsEmpty()) {
    CO_TRY_VOID(co_await ApplyCorrection(tx, shop, on, {message.citizen, doer, message.signed_by}, *cipher));
  }
  tx.Send(kDropMessageDraft, on.row.id, asker.user);
  // A private word says nothing to the other side, not even that the request was opened (P28).
  if (instructor && message.lane == Lane::kAll)
    CO_TRY_VOID(co_await NoteOpened(tx, shop, on, asker, doer.group));
  CO_TRY_VOID(SaveCase(tx, shop, on));

  told.set_message_id(entry.ToString());
  told.set_visibility(static_cast<v1::Visibility>(message.lane));
  told.set_standard_procedure(message.standard_procedure);
  Tell(tx, shop, on, doer, std::move(told), message.lane);
  co_return AnswerOf(on, entry.bytes);
}

}  // namespace post_message

Task<Result<Acted>> PostMessage(const Workshop& shop, const Asker& asker, const NewMessage& message) {
  const Subject subject{.operation = message.lane == Lane::kAll ? Operation::kR5 : Operation::kR6,
                        .kind = "request",
                        .id = message.request.bytes,
                        .signed_by = message.signed_by};
  CO_TRY(auto cipher, co_await shop.keys.Find(message.request, asker.deadline));
  auto post = [&](Transaction& tx) { return post_message::In(tx, shop, asker, message, cipher); };
  co_return co_await RunAct(shop, asker, subject, post);
}

}  // namespace aplus::requests
