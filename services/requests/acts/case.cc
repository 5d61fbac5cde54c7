#include "services/requests/acts/case.h"

#include <algorithm>
#include <utility>

#include "services/requests/acts/saving.h"
#include "services/requests/acts/sealing.h"
#include "services/requests/store/contents_rows.h"
#include "services/requests/store/entry_rows.h"

namespace aplus::requests {

RequestFacts Case::Facts() const {
  // P23, P36: what is to be erased at once is so for everybody, also before the worker has come to it.
  const bool over = row.state == State::kClosed && row.erase_at && *row.erase_at <= now;
  return {.state = row.state,
          .erased = row.erased_at.has_value() || over,
          .opened_by_instructor = row.opened_at.has_value(),
          .ownerless = !row.owner.has_value(),
          .creator = row.creator,
          .creator_group = row.creator_group};
}

AddressedRow* Case::FindGroup(const GroupId& group) {
  const auto found = std::ranges::find(groups, group, &AddressedRow::group);
  return found == groups.end() ? nullptr : &*found;
}

const AddressedRow* Case::FindGroup(const GroupId& group) const {
  return const_cast<Case*>(this)->FindGroup(group);
}

bool Case::IsHelperSide(const UserId& user) const {
  return std::ranges::any_of(people, [&](const ParticipantRow& person) {
    return person.user == user && person.kind != ParticipantKind::kExpert;
  });
}

std::vector<UserId> Case::Of(ParticipantKind kind) const {
  std::vector<UserId> users;
  for (const ParticipantRow& person : people) {
    if (person.kind == kind) users.push_back(person.user);
  }
  return users;
}

Error Case::Refusal(Reason reason) const {
  Error error;
  error.reason = reason;
  error.state = StateName(row.state);
  error.version = versions().For(lane);
  return error;
}

CallerFacts FactsOf(const Principal& principal, const RequestRow& row,
                    const std::vector<ParticipantRow>& people, const std::vector<AddressedRow>& groups,
                    const std::vector<GroupId>& late_groups) {
  CallerFacts facts;
  for (const ParticipantRow& person : people) {
    if (principal.partner || person.user != principal.user) continue;
    facts.creator |= person.kind == ParticipantKind::kCreator;
    facts.invited_helper |= person.kind == ParticipantKind::kHelper;
    facts.invited_expert |= person.kind == ParticipantKind::kExpert;
  }
  for (const AddressedRow& addressed : groups) {
    const Membership* membership = principal.Find(addressed.group);
    if (membership == nullptr) continue;
    facts.manages |= membership->Has(kRoleManager);
    const bool joined_late = std::ranges::find(late_groups, addressed.group) != late_groups.end();
    if (membership->Has(kRoleInstructor) && !joined_late) facts.instructor_groups.push_back(addressed.group);
  }
  if (const Membership* membership = principal.Find(row.creator_group)) {
    facts.manages |= membership->Has(kRoleManager);
    facts.colleague = true;
  }
  return facts;
}

Task<Result<std::optional<Case>>> LockCase(Transaction& tx, RequestId id) {
  // The lock comes first in the pipeline: what follows sees all that happened before it.
  auto row = tx.Send(kLockRequest, id);
  auto people = tx.Send(kParticipants, id);
  auto groups = tx.Send(kAddressedGroups, id);
  auto now = tx.Send(kDatabaseTime);
  CO_TRY(std::vector<RequestRow> rows, co_await row.Await());
  if (rows.empty()) co_return std::nullopt;
  std::optional<Case> found(std::in_place);
  found->row = std::move(rows.front());
  CO_TRY(found->people, co_await people.Await());
  CO_TRY(found->groups, co_await groups.Await());
  CO_TRY(std::vector<Time> times, co_await now.Await());
  found->now = times.at(0);
  co_return found;
}

Task<Result<std::optional<Case>>> LockCase(Transaction& tx, RequestId id, const Asker& asker) {
  auto locked = LockCase(tx, id);
  CO_TRY(std::optional<Case> found, co_await std::move(locked));
  if (!found) co_return std::nullopt;
  std::vector<GroupId> late_groups;
  if (found->row.state == State::kClosed && !asker.db.groups.empty()) {
    CO_TRY(late_groups, co_await tx.Run(kJoinedAfterClosing, asker.user, id));
  }
  found->facts = FactsOf(*asker.principal, found->row, found->people, found->groups, late_groups);
  found->relation = RelationOf(found->Facts(), found->facts);
  found->lane = LaneOf(found->relation);
  co_return found;
}

Task<Result<Case>> OpenCase(Transaction& tx, RequestId id, const Asker& asker, Operation operation, Act act) {
  CO_TRY(std::optional<Case> found, co_await LockCase(tx, id, asker));
  if (!found) co_return Fail(Reason::kNotFound);
  const Verdict verdict = DecideOn(found->Facts(), asker.caller, operation, found->relation);
  const bool possible = verdict == Verdict::kAllow && After(found->row.state, act).has_value();
  if (verdict != Verdict::kAllow && verdict != Verdict::kImpossible) {
    co_return Fail(ReasonOf(verdict).value_or(Reason::kNotFound));
  }
  if (asker.if_match && *asker.if_match != found->versions().For(found->lane)) {
    co_return Fail(found->Refusal(Reason::kStale));
  }
  if (!possible) co_return Fail(found->Refusal(Reason::kImpossible));
  co_return *std::move(found);
}

MessageId AddEntry(Transaction& tx, const Workshop& shop, Case& on, const NewEntry& entry) {
  const MessageId id = MessageId::New(shop.clock, shop.random);
  RequestRow& row = on.row;
  std::optional<std::int32_t> number_all;
  if (entry.lane == Lane::kAll) number_all = ++row.entries_all;
  const std::int32_t number_instructors = ++row.entries_instructors;
  if (entry.in_thread) {
    Versions versions = on.versions();
    versions.Advance(entry.lane);
    row.version_all = versions.all;
    row.version_instructors = versions.instructors;
  }
  if (entry.is_message) {
    row.last_message_instructors = on.now;
    if (entry.lane == Lane::kAll) row.last_message_all = on.now;
  }
  // What everybody may know of that somebody did; a partner is a group without a person.
  if (entry.lane == Lane::kAll && (entry.actor || entry.actor_group)) row.active_at = on.now;
  tx.Send(kInsertEntry, id, row.id, number_all, number_instructors, entry.lane, entry.kind, on.now,
          entry.actor, entry.actor_group, entry.in_thread, entry.is_message, entry.standard_procedure,
          entry.group, entry.person);
  return id;
}

Result<void> AddText(Transaction& tx, const Workshop& shop, const Case& on, MessageId entry, Lane lane,
                     const FieldCipher& cipher, const std::string& text, const std::string& signed_by) {
  if (text.empty() && signed_by.empty()) return {};
  tx.Send(kInsertMessageContent, entry, on.row.id, lane,
          SealOptional(cipher, shop.random, TextPlace(entry), text),
          SealOptional(cipher, shop.random, SignerPlace(entry), signed_by));
  if (text.empty()) return {};
  TRY(SearchTokens words, shop.index.Words(text));
  tx.Send(kSaveSearchEntry, entry.bytes, on.row.id, lane, shop.index.version(),
          Union(words, ReaderTokens(shop.index, on, lane)));
  return {};
}

bool NoteAnswer(Case& on) {
  const bool first = !on.row.first_answer_at.has_value();
  if (first) on.row.first_answer_at = on.now;
  on.row.last_answer_at = on.now;
  return first;
}

Result<Duration> WorkedSince(const Case& on) {
  TRY(const WorkingCalendar calendar, CalendarOf(on.row.area_id));
  return calendar.WorkingTimeBetween(on.row.created_at, on.now);
}

Acted AnswerOf(const Case& on, UuidBytes id) {
  return {.state = on.row.state, .version = on.versions().For(on.lane), .id = id, .number = {}};
}

Result<WorkingCalendar> CalendarOf(const std::string& area) {
  const std::optional<AreaCalendar> found = CalendarOfArea(area);
  if (!found) return Fail(Reason::kInternal, "no calendar for the area of a request");
  return WorkingCalendar::Of(*found);
}

}  // namespace aplus::requests
