#include "services/requests/acts/answering.h"

#include <algorithm>
#include <utility>

#include "services/requests/acts/case.h"
#include "services/requests/acts/checks.h"
#include "services/requests/acts/marking.h"
#include "services/requests/acts/naming.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/telling.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {
namespace answering {

struct Quick {
  Operation operation;
  Act act;
  EntryKind kind;
};
constexpr Quick kTakesCharge{Operation::kR7, Act::kTakeCharge, EntryKind::kTakenInCharge};
constexpr Quick kDeclines{Operation::kR7, Act::kDecline, EntryKind::kDeclined};
constexpr Quick kProcesses{Operation::kR8, Act::kMarkProcessed, EntryKind::kProcessed};

// What taking charge, declining and processing have in common, up to the event.
Task<Result<Case>> ReplyIn(Transaction& tx, const Workshop& shop, const Asker& asker, const Reply& reply,
                           Quick quick, const std::optional<FieldCipher>& cipher, const Cards& cards,
                           GroupId& group) {
  CO_TRY(Case on, co_await OpenCase(tx, reply.request, asker, quick.operation, quick.act));
  CO_TRY_VOID(CheckSigner(asker, reply.signed_by));
  CO_TRY(group, ActingGroup(on, reply.group));
  if (reply.proposed && !IsAddressable(cards.Find(*reply.proposed))) {
    co_return Fail(NotAddressable("proposedGroupId"));
  }
  if (!cipher) co_return Fail(Reason::kErased);
  CO_TRY_VOID(MoveGroup(tx, on, group, quick.act, reply.proposed));
  on.row.state = After(on.row.state, quick.act).value_or(on.row.state);
  const Doer doer = DoerOf(asker, group);
  const MessageId entry = AddEntry(tx, shop, on,
                                   {.kind = quick.kind,
                                    .actor = doer.user,
                                    .actor_group = group,
                                    .is_message = !reply.text.empty(),
                                    .group = quick.act == Act::kDecline ? reply.proposed : std::nullopt});
  CO_TRY_VOID(AddText(tx, shop, on, entry, Lane::kAll, *cipher, reply.text, reply.signed_by));
  CO_TRY_VOID(co_await NoteOpened(tx, shop, on, asker, group));
  co_return std::move(on);
}

Task<Result<Acted>> TakeChargeIn(Transaction& tx, const Workshop& shop, const Asker& asker,
                                 const Reply& reply, const std::optional<FieldCipher>& cipher) {
  GroupId group;
  CO_TRY(Case on, co_await ReplyIn(tx, shop, asker, reply, kTakesCharge, cipher, {}, group));
  on.row.in_charge_user = DoerOf(asker, group).user;
  on.row.in_charge_group = group;
  events::v1::RequestTakenInCharge told;
  told.set_group_id(group.ToString());
  told.set_first_answer(NoteAnswer(on));
  if (told.first_answer()) {
    CO_TRY(const Duration worked, WorkedSince(on));
    told.set_working_delay(Microseconds(worked));
  }
  CO_TRY_VOID(SaveCase(tx, shop, on));
  Tell(tx, shop, on, DoerOf(asker, group), std::move(told));
  co_return AnswerOf(on);
}

Task<Result<Acted>> DeclineIn(Transaction& tx, const Workshop& shop, const Asker& asker, const Reply& reply,
                              const std::optional<FieldCipher>& cipher, const Cards& cards) {
  GroupId group;
  CO_TRY(Case on, co_await ReplyIn(tx, shop, asker, reply, kDeclines, cipher, cards, group));
  if (on.row.in_charge_group == group) {
    on.row.in_charge_group.reset();
    on.row.in_charge_user.reset();
  }
  events::v1::RequestDeclined told;
  told.set_group_id(group.ToString());
  if (reply.proposed) told.set_proposed_group_id(reply.proposed->ToString());
  told.set_nobody_left(std::ranges::all_of(
      on.groups, [](const AddressedRow& addressed) { return addressed.state == GroupState::kDeclined; }));
  CO_TRY_VOID(SaveCase(tx, shop, on));
  Tell(tx, shop, on, DoerOf(asker, group), std::move(told));
  co_return AnswerOf(on);
}

Task<Result<Acted>> MarkProcessedIn(Transaction& tx, const Workshop& shop, const Asker& asker,
                                    const Reply& reply, const std::optional<FieldCipher>& cipher) {
  GroupId group;
  CO_TRY(Case on, co_await ReplyIn(tx, shop, asker, reply, kProcesses, cipher, {}, group));
  on.row.processed_at = on.now;
  events::v1::RequestProcessed told;
  told.set_group_id(group.ToString());
  told.set_first_answer(NoteAnswer(on));
  CO_TRY(const Duration worked, WorkedSince(on));
  told.set_working_delay(Microseconds(worked));
  CO_TRY_VOID(SaveCase(tx, shop, on));
  Tell(tx, shop, on, DoerOf(asker, group), std::move(told));
  co_return AnswerOf(on);
}

}  // namespace answering

Task<Result<Acted>> TakeCharge(const Workshop& shop, const Asker& asker, const Reply& reply) {
  CO_TRY(auto cipher, co_await shop.keys.Find(reply.request, asker.deadline));
  auto act = [&](Transaction& tx) { return answering::TakeChargeIn(tx, shop, asker, reply, cipher); };
  co_return co_await RunAct(shop, asker, AboutRequest(Operation::kR7, reply.request, reply.signed_by), act);
}

Task<Result<Acted>> Decline(const Workshop& shop, const Asker& asker, const Reply& reply) {
  std::set<GroupId> proposed;
  if (reply.proposed) proposed.insert(*reply.proposed);
  CO_TRY(const Cards cards, co_await shop.directory.Ask({}, std::move(proposed), asker.deadline));
  CO_TRY(auto cipher, co_await shop.keys.Find(reply.request, asker.deadline));
  auto act = [&](Transaction& tx) { return answering::DeclineIn(tx, shop, asker, reply, cipher, cards); };
  co_return co_await RunAct(shop, asker, AboutRequest(Operation::kR7, reply.request, reply.signed_by), act);
}

Task<Result<Acted>> MarkProcessed(const Workshop& shop, const Asker& asker, const Reply& reply) {
  CO_TRY(auto cipher, co_await shop.keys.Find(reply.request, asker.deadline));
  auto act = [&](Transaction& tx) { return answering::MarkProcessedIn(tx, shop, asker, reply, cipher); };
  co_return co_await RunAct(shop, asker, AboutRequest(Operation::kR8, reply.request, reply.signed_by), act);
}

}  // namespace aplus::requests
