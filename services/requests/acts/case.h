// A request in the hands of an act: locked, with who takes part and what the caller is to it; changed in
// memory; saved with its entries, worklists, audit line and event, all in the one transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/crypto/field_cipher.h"
#include "libs/postgres/transaction.h"
#include "services/requests/acts/asker.h"
#include "services/requests/acts/running.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/domain/transitions.h"
#include "services/requests/domain/view.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {

struct Case {
  RequestRow row;
  std::vector<ParticipantRow> people;
  std::vector<AddressedRow> groups;
  Time now{};
  // Of the caller; nobody's for jobs.
  CallerFacts facts;
  Relation relation;
  Lane lane = Lane::kAll;

  RequestFacts Facts() const;
  Versions versions() const { return {row.version_all, row.version_instructors}; }
  AddressedRow* FindGroup(const GroupId& group);
  const AddressedRow* FindGroup(const GroupId& group) const;
  bool IsHelperSide(const UserId& user) const;
  std::vector<UserId> Of(ParticipantKind kind) const;
  // An error with the present state and the caller's version, for 409 and 412.
  Error Refusal(Reason reason) const;
};

// What the caller is to a request, from the rows about it. `late_groups`: those joined after it was closed.
CallerFacts FactsOf(const Principal& principal, const RequestRow& row,
                    const std::vector<ParticipantRow>& people, const std::vector<AddressedRow>& groups,
                    const std::vector<GroupId>& late_groups);

// Locks and loads; nullopt: no such request. One round trip.
Task<Result<std::optional<Case>>> LockCase(Transaction& tx, RequestId id);
// The same with the caller's relation.
Task<Result<std::optional<Case>>> LockCase(Transaction& tx, RequestId id, const Asker& asker);

// LockCase, then what every act checks: right, version seen, possible in this state. Nothing is written yet
// when it refuses. A stranger's kNotFound is the unknown id's.
Task<Result<Case>> OpenCase(Transaction& tx, RequestId id, const Asker& asker, Operation operation, Act act);

// A line of thread or history, before it has numbers.
struct NewEntry {
  EntryKind kind = EntryKind::kMessage;
  Lane lane = Lane::kAll;
  std::optional<UserId> actor = {};
  std::optional<GroupId> actor_group = {};
  bool in_thread = true;
  bool is_message = false;
  bool standard_procedure = false;
  std::optional<GroupId> group = {};
  std::optional<UserId> person = {};
};

// Numbers it in its lanes and queues it; a thread line moves the versions.
MessageId AddEntry(Transaction& tx, const Workshop& shop, Case& on, const NewEntry& entry);

// Seals and queues the words of an entry, and what search needs of them. Empty text and signer: nothing.
Result<void> AddText(Transaction& tx, const Workshop& shop, const Case& on, MessageId entry, Lane lane,
                     const FieldCipher& cipher, const std::string& text, const std::string& signed_by);

// Expects anew (P40) and queues request, addressed groups and worklist rows.
Result<void> SaveCase(Transaction& tx, const Workshop& shop, Case& on);

// An answer of a group (P40): starts the work where nobody had answered; answers whether it was the first.
bool NoteAnswer(Case& on);

// Working time since the request was created, for figures.
Result<Duration> WorkedSince(const Case& on);

// Where the request stands now, for the one who acted.
Acted AnswerOf(const Case& on, UuidBytes id = {});

// The calendar of an area. kInternal: no such area, which creation would have refused.
Result<WorkingCalendar> CalendarOf(const std::string& area);

}  // namespace aplus::requests
