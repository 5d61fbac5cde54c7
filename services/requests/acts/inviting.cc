#include "services/requests/acts/inviting.h"

#include <algorithm>
#include <utility>

#include "services/requests/acts/checks.h"
#include "services/requests/acts/naming.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/telling.h"
#include "services/requests/store/contents_rows.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {
namespace inviting {

// In whose name: the helper side acts for the creator's group, an instructor for his own, an expert for
// nobody.
Doer DoerOn(const Case& on, const Asker& asker) {
  if (on.relation.HelperSide()) return DoerOf(asker, on.row.creator_group);
  if (!on.facts.instructor_groups.empty()) return DoerOf(asker, on.facts.instructor_groups.front());
  return DoerOf(asker, std::nullopt);
}

// New readers find what was written before they came, private lines only where they are instructors.
void LetFind(Transaction& tx, const Workshop& shop, const Case& on, const std::vector<GroupId>& groups) {
  SearchTokens tokens;
  for (const GroupId& group : groups) tokens.push_back(shop.index.Principal(group));
  tx.Send(kAddSearchReaders, on.row.id, tokens, true);
}

// Addressed for the first time, or again after it had declined. Answers whether anything changed.
bool Address(Transaction& tx, Case& on, const GroupCard& card) {
  if (AddressedRow* before = on.FindGroup(card.id)) {
    if (before->state != GroupState::kDeclined) return false;
    before->state = GroupState::kWaiting;
    before->proposed.reset();
    tx.Send(kSaveAddressed, on.row.id, card.id, before->state, before->proposed, on.now);
    return true;
  }
  const AddressedRow& added =
      on.groups.emplace_back(AddressedRow{.group = card.id,
                                          .organisation = card.organisation_id,
                                          .entitled = static_cast<std::int16_t>(card.entitled),
                                          .state = GroupState::kWaiting,
                                          .invited_at = on.now});
  tx.Send(kInsertAddressed, on.row.id, added.group, added.organisation, added.entitled, added.state,
          added.invited_at);
  return true;
}

// The words of the invitation: on the first line when all may read them, between instructors when one of them
// wrote.
Result<void> AddWords(Transaction& tx, const Workshop& shop, Case& on, const GroupInvitation& invitation,
                      const Doer& doer, MessageId first, const FieldCipher& cipher) {
  if (on.lane == Lane::kAll) {
    return AddText(tx, shop, on, first, Lane::kAll, cipher, invitation.text, invitation.signed_by);
  }
  TRY_VOID(AddText(tx, shop, on, first, Lane::kAll, cipher, "", invitation.signed_by));
  if (invitation.text.empty()) return {};
  const MessageId words = AddEntry(tx, shop, on,
                                   {.kind = EntryKind::kMessage,
                                    .lane = Lane::kInstructors,
                                    .actor = doer.user,
                                    .actor_group = doer.group,
                                    .is_message = true});
  return AddText(tx, shop, on, words, Lane::kInstructors, cipher, invitation.text, invitation.signed_by);
}

Task<Result<Acted>> GroupsIn(Transaction& tx, const Workshop& shop, const Asker& asker,
                             const GroupInvitation& invitation, const Cards& cards,
                             const std::optional<FieldCipher>& cipher) {
  CO_TRY(Case on, co_await OpenCase(tx, invitation.request, asker, Operation::kR12, Act::kInviteGroup));
  CO_TRY_VOID(CheckSigner(asker, invitation.signed_by));
  for (std::size_t i = 0; i < invitation.groups.size(); ++i) {
    if (!IsAddressable(cards.Find(invitation.groups[i]))) {
      co_return Fail(NotAddressable("groupIds[" + std::to_string(i) + "]"));
    }
  }
  if (!cipher) co_return Fail(Reason::kErased);
  const Doer doer = DoerOn(on, asker);
  std::vector<GroupId> invited;
  std::optional<MessageId> first;
  events::v1::GroupsInvited told;
  for (const GroupId& group : Distinct(invitation.groups)) {
    if (!Address(tx, on, *cards.Find(group))) continue;
    const MessageId entry = AddEntry(
        tx, shop, on,
        {.kind = EntryKind::kGroupInvited, .actor = doer.user, .actor_group = doer.group, .group = group});
    if (!first) first = entry;
    invited.push_back(group);
    told.add_group_ids(group.ToString());
  }
  // All of them take part already: nothing to do, nothing to tell.
  if (!first) co_return AnswerOf(on);
  CO_TRY_VOID(AddWords(tx, shop, on, invitation, doer, *first, *cipher));
  LetFind(tx, shop, on, invited);
  CO_TRY_VOID(SaveCase(tx, shop, on));
  Tell(tx, shop, on, doer, std::move(told));
  co_return AnswerOf(on);
}

Task<Result<Acted>> HelpersIn(Transaction& tx, const Workshop& shop, const Asker& asker,
                              const HelperInvitation& invitation, const Cards& cards,
                              const std::optional<FieldCipher>& cipher) {
  CO_TRY(Case on, co_await OpenCase(tx, invitation.request, asker, Operation::kR11, Act::kInviteHelper));
  CO_TRY_VOID(CheckSigner(asker, invitation.signed_by));
  for (std::size_t i = 0; i < invitation.users.size(); ++i) {
    if (!IsColleague(cards.Find(invitation.users[i]), on.row.creator_group)) {
      co_return Fail(Violation("userIds[" + std::to_string(i) + "]", "not_colleague",
                               "Cette personne n’est pas membre du groupe de l’aidant."));
    }
  }
  if (!cipher) co_return Fail(Reason::kErased);
  const Doer doer = DoerOn(on, asker);
  events::v1::HelpersInvited told;
  CO_TRY(const auto added, AddPeople(tx, shop, on, invitation.users,
                                     {.kind = ParticipantKind::kHelper,
                                      .actor = doer.user,
                                      .actor_group = doer.group,
                                      .signed_by = invitation.signed_by},
                                     &*cipher));
  for (const UserId& user : added) told.add_user_ids(user.ToString());
  if (told.user_ids().empty()) co_return AnswerOf(on);
  CO_TRY_VOID(SaveCase(tx, shop, on));
  Tell(tx, shop, on, doer, std::move(told));
  co_return AnswerOf(on);
}

Task<Result<Acted>> ExpertsIn(Transaction& tx, const Workshop& shop, const Asker& asker,
                              const ExpertInvitation& invitation, const std::vector<UserId>& experts,
                              const std::optional<FieldCipher>& cipher) {
  CO_TRY(Case on, co_await OpenCase(tx, invitation.request, asker, Operation::kR13, Act::kInviteExpert));
  CO_TRY_VOID(CheckSigner(asker, invitation.signed_by));
  if (!cipher) co_return Fail(Reason::kErased);
  const Doer doer = DoerOn(on, asker);
  events::v1::ExpertsInvited told;
  CO_TRY(const auto added, AddPeople(tx, shop, on, experts,
                                     {.kind = ParticipantKind::kExpert,
                                      .actor = doer.user,
                                      .actor_group = doer.group,
                                      .signed_by = invitation.signed_by},
                                     &*cipher));
  for (const UserId& user : added) told.add_user_ids(user.ToString());
  if (told.user_ids().empty()) co_return AnswerOf(on);
  CO_TRY_VOID(SaveCase(tx, shop, on));
  Tell(tx, shop, on, doer, std::move(told));
  co_return AnswerOf(on);
}

}  // namespace inviting

Result<std::vector<UserId>> AddPeople(Transaction& tx, const Workshop& shop, Case& on,
                                      const std::vector<UserId>& users, const Bringing& bringing,
                                      const FieldCipher* cipher) {
  const bool expert = bringing.kind == ParticipantKind::kExpert;
  std::vector<UserId> added;
  SearchTokens tokens;
  for (const UserId& user : Distinct(users)) {
    const bool there = std::ranges::any_of(on.people, [&](const ParticipantRow& person) {
      return person.user == user && (expert || person.kind != ParticipantKind::kExpert);
    });
    if (there) continue;
    on.people.push_back({user, bringing.kind, on.now});
    tx.Send(kInsertParticipant, on.row.id, user, bringing.kind, on.now);
    const MessageId entry = AddEntry(tx, shop, on,
                                     {.kind = expert ? EntryKind::kExpertInvited : EntryKind::kHelperInvited,
                                      .actor = bringing.actor,
                                      .actor_group = bringing.actor_group,
                                      .person = user});
    if (cipher != nullptr)
      TRY_VOID(AddText(tx, shop, on, entry, Lane::kAll, *cipher, "", bringing.signed_by));
    tokens.push_back(shop.index.Principal(user));
    added.push_back(user);
  }
  if (!added.empty()) tx.Send(kAddSearchReaders, on.row.id, tokens, false);
  return added;
}

Task<Result<Acted>> InviteGroups(const Workshop& shop, const Asker& asker,
                                 const GroupInvitation& invitation) {
  CO_TRY(const Cards cards, co_await shop.directory.Ask(
                                {}, {invitation.groups.begin(), invitation.groups.end()}, asker.deadline));
  CO_TRY(auto cipher, co_await shop.keys.Find(invitation.request, asker.deadline));
  auto act = [&](Transaction& tx) { return inviting::GroupsIn(tx, shop, asker, invitation, cards, cipher); };
  co_return co_await RunAct(shop, asker,
                            AboutRequest(Operation::kR12, invitation.request, invitation.signed_by), act);
}

Task<Result<Acted>> InviteHelpers(const Workshop& shop, const Asker& asker,
                                  const HelperInvitation& invitation) {
  CO_TRY(const Cards cards,
         co_await shop.directory.Ask({invitation.users.begin(), invitation.users.end()}, {}, asker.deadline));
  CO_TRY(auto cipher, co_await shop.keys.Find(invitation.request, asker.deadline));
  auto act = [&](Transaction& tx) { return inviting::HelpersIn(tx, shop, asker, invitation, cards, cipher); };
  co_return co_await RunAct(shop, asker,
                            AboutRequest(Operation::kR11, invitation.request, invitation.signed_by), act);
}

Task<Result<Acted>> InviteExperts(const Workshop& shop, const Asker& asker,
                                  const ExpertInvitation& invitation) {
  CO_TRY(const std::vector<UserId> experts, co_await shop.directory.Experts(asker.deadline));
  CO_TRY(auto cipher, co_await shop.keys.Find(invitation.request, asker.deadline));
  auto act = [&](Transaction& tx) {
    return inviting::ExpertsIn(tx, shop, asker, invitation, experts, cipher);
  };
  co_return co_await RunAct(shop, asker,
                            AboutRequest(Operation::kR13, invitation.request, invitation.signed_by), act);
}

}  // namespace aplus::requests
