#include <algorithm>
#include <utility>

#include "services/requests/acts/case.h"
#include "services/requests/acts/checks.h"
#include "services/requests/acts/creating.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/sealing.h"
#include "services/requests/acts/telling.h"
#include "services/requests/domain/subject.h"
#include "services/requests/store/contents_rows.h"
#include "services/requests/store/erasure_rows.h"

namespace aplus::requests {
namespace create_request {

// What was found out about the request before the transaction.
struct Prepared {
  const NewRequest& request;
  RequestId id;
  Cards cards;
  std::vector<GroupId> recipients;  // each once
  std::vector<UserId> helpers;      // each once, without the creator
};

Result<void> CheckIdentifiers(const Prepared& prepared) {
  Identifiers entitled = 0;
  for (const GroupId& group : prepared.recipients) entitled |= prepared.cards.Find(group)->entitled;
  return CheckEntitled(IdentifiersIn(prepared.request.citizen), entitled);
}

Result<void> CheckHelpers(const Prepared& prepared, const UserId& creator) {
  for (std::size_t i = 0; i < prepared.request.helpers.size(); ++i) {
    // The creator takes part anyway: naming himself is no fault.
    if (prepared.request.helpers[i] == creator) continue;
    const Person* person = prepared.cards.Find(prepared.request.helpers[i]);
    if (!IsColleague(person, prepared.request.group)) {
      return Fail(Violation("helperIds[" + std::to_string(i) + "]", "not_colleague",
                            "Cette personne n’est pas membre du groupe."));
    }
  }
  return {};
}

Task<Result<Prepared>> Prepare(const Workshop& shop, const Asker& asker, const NewRequest& request) {
  CO_TRY_VOID(CheckSigner(asker, request.signed_by));
  if (Decide(asker.caller, Operation::kA1, {}) != Verdict::kAllow) co_return Fail(Reason::kForbidden);
  if (!asker.principal->Has(request.group, kRoleHelper)) co_return Fail(Reason::kForbidden);

  Prepared prepared{request, {}, {}, Distinct(request.recipients), Distinct(request.helpers)};
  std::erase(prepared.helpers, asker.user);
  CO_TRY(prepared.cards, co_await shop.directory.Ask({prepared.helpers.begin(), prepared.helpers.end()},
                                                     {prepared.recipients.begin(), prepared.recipients.end()},
                                                     asker.deadline));
  for (std::size_t i = 0; i < request.recipients.size(); ++i) {
    const GroupCard* card = prepared.cards.Find(request.recipients[i]);
    if (!IsAddressable(card) || !card->Serves(request.area)) {
      co_return Fail(NotAddressable("recipientGroupIds[" + std::to_string(i) + "]"));
    }
  }
  CO_TRY_VOID(CheckHelpers(prepared, asker.user));
  CO_TRY_VOID(CheckIdentifiers(prepared));
  CO_TRY_VOID(CheckSubject(request.subject, request.citizen));
  prepared.id = request.draft.value_or(RequestId::New(shop.clock, shop.random));
  co_return std::move(prepared);
}

// The draft is mine and still there; its row goes, its id and key live on.
Task<Result<void>> ConsumeDraft(Transaction& tx, const Asker& asker, const RequestId& id) {
  CO_TRY(std::optional<DraftRow> draft, co_await tx.RunOne(kLockDraft, id));
  if (!draft || draft->author != asker.user) co_return Fail(Reason::kNotFound);
  tx.Send(kDeleteDraft, id);
  tx.Send(kCancelErasure, id);
  co_return Result<void>();
}

// People and groups of the new request.
void Address(Case& on, const Asker& asker, const Prepared& prepared) {
  on.people.push_back({asker.user, ParticipantKind::kCreator, on.now});
  for (const UserId& helper : prepared.helpers)
    on.people.push_back({helper, ParticipantKind::kHelper, on.now});
  for (const GroupId& group : prepared.recipients) {
    const GroupCard* card = prepared.cards.Find(group);
    on.groups.push_back({.group = group,
                         .organisation = card->organisation_id,
                         .entitled = static_cast<std::int16_t>(card->entitled),
                         .state = GroupState::kWaiting,
                         .invited_at = on.now});
  }
}

void Insert(Transaction& tx, const Case& on) {
  const RequestRow& row = on.row;
  tx.Send(kInsertRequest, row.id, row.number, row.state, on.now, row.area_id, row.creator, row.creator_group,
          row.mandate_kind, row.mandate_given_on, row.deadline, row.late_from, row.warn_at, row.close_at,
          row.notice_at, row.raise_at);
  for (const ParticipantRow& person : on.people) {
    tx.Send(kInsertParticipant, row.id, person.user, person.kind, person.since);
  }
  for (const AddressedRow& group : on.groups) {
    tx.Send(kInsertAddressed, row.id, group.group, group.organisation, group.entitled, group.state,
            group.invited_at);
  }
}

Result<void> Seal(Transaction& tx, const Workshop& shop, const Case& on, const NewRequest& request,
                  const FieldCipher& cipher) {
  const RequestId& id = on.row.id;
  tx.Send(kInsertContents, id, cipher.Seal(shop.random, SubjectPlace(id), request.subject),
          cipher.Seal(shop.random, DescriptionPlace(id), request.description),
          cipher.Seal(shop.random, CitizenPlace(id, 1), AsText(Serialise(request.citizen))),
          SealOptional(cipher, shop.random, CreatorSignerPlace(id), request.signed_by));
  TRY(const SearchTokens tokens,
      RequestTokens(shop.index, on.row.number, request.subject, request.description, request.citizen));
  tx.Send(kSaveSearchEntry, id.bytes, id, Lane::kAll, shop.index.version(),
          Union(tokens, ReaderTokens(shop.index, on, Lane::kAll)));
  return {};
}

Task<Result<void>> SendFiles(Transaction& tx, const Workshop& shop, const Asker& asker,
                             const Prepared& prepared) {
  const std::vector<FileId> files = Distinct(prepared.request.files);
  co_return co_await AttachFiles(tx, shop, asker, prepared.id, files, Lane::kAll, std::nullopt);
}

Task<Result<Acted>> In(Transaction& tx, const Workshop& shop, const Asker& asker, const Prepared& prepared,
                       const std::optional<FieldCipher>& cipher) {
  const NewRequest& request = prepared.request;
  if (request.draft) CO_TRY_VOID(co_await ConsumeDraft(tx, asker, prepared.id));
  if (!cipher) co_return Fail(Reason::kNotFound);
  auto number = tx.Send(kNextNumber);
  auto now = tx.Send(kDatabaseTime);
  CO_TRY(std::vector<std::string> numbers, co_await number.Await());
  CO_TRY(std::vector<Time> times, co_await now.Await());

  Case on;
  on.now = times.at(0);
  RequestRow& row = on.row;
  row.id = prepared.id;
  row.number = numbers.at(0);
  row.area_id = request.area;
  row.owner = asker.user;
  row.creator = asker.user;
  row.creator_group = request.group;
  row.mandate_kind = request.mandate.kind;
  row.mandate_given_on = request.mandate.given_on;
  row.created_at = row.changed_at = row.clock_started_at = on.now;
  row.last_message_all = row.last_message_instructors = on.now;
  CO_TRY(const WorkingCalendar calendar, CalendarOf(request.area));
  CO_TRY_VOID(CheckMandate(request.mandate, request.citizen, calendar.LocalDay(on.now)));
  const Expectation expected = Expect(shop.rules.clock, calendar, {.state = row.state, .started_at = on.now});
  row.deadline = expected.deadline;
  row.late_from = expected.late_from;
  row.warn_at = expected.warn_at;
  row.active_at = on.now;
  const Neglect neglect = NeglectOf(shop.rules.neglect, row, on.now);
  row.close_at = neglect.close_at;
  row.notice_at = neglect.notice_at;
  row.raise_at = neglect.raise_at;

  Address(on, asker, prepared);
  Insert(tx, on);
  AddEntry(tx, shop, on, {.kind = EntryKind::kCreated, .actor = asker.user, .actor_group = request.group});
  row.version_all = row.version_instructors = 1;
  CO_TRY_VOID(Seal(tx, shop, on, request, *cipher));
  CO_TRY_VOID(co_await SendFiles(tx, shop, asker, prepared));
  SaveWork(tx, on);
  Tell(tx, shop, on, {.user = asker.user, .group = request.group}, events::v1::RequestCreated());
  co_return Acted{.state = row.state, .version = row.version_all, .id = row.id.bytes, .number = row.number};
}

// The key of a draft exists already; a new one is committed before anything is sealed under it. nullopt: no
// such draft, which is said only after the same work as for somebody else's (T-AZ-03).
Task<Result<std::optional<FieldCipher>>> KeyFor(const Workshop& shop, const Asker& asker,
                                                const Prepared& prepared) {
  if (prepared.request.draft) co_return co_await shop.keys.Find(prepared.id, asker.deadline);
  CO_TRY(FieldCipher cipher, co_await shop.keys.Create(prepared.id, asker.deadline));
  co_return std::optional(std::move(cipher));
}

}  // namespace create_request

Task<Result<Acted>> CreateRequest(const Workshop& shop, const Asker& asker, const NewRequest& request) {
  const Subject subject{.operation = Operation::kA1, .kind = "request", .signed_by = request.signed_by};
  Result<create_request::Prepared> prepared = co_await create_request::Prepare(shop, asker, request);
  if (!prepared) co_return Fail(co_await NoteRefusal(shop, asker, subject, std::move(prepared).error()));
  CO_TRY(const std::optional<FieldCipher> cipher, co_await create_request::KeyFor(shop, asker, *prepared));
  auto create = [&](Transaction& tx) { return create_request::In(tx, shop, asker, *prepared, cipher); };
  co_return co_await RunAct(shop, asker, subject, create);
}

}  // namespace aplus::requests
