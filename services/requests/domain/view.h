// What one reader gets of a request (P26, P28): his lane, and through which of his groups. Everything that is
// computed for him starts here, so that a private message can change nothing of what the helper side sees.
#pragma once

#include <optional>
#include <vector>

#include "libs/base/id.h"
#include "libs/identity/rights.h"
#include "services/requests/domain/types.h"

namespace aplus::requests {

// The facts of a request that decide what anybody may do with it.
struct RequestFacts {
  State state = State::kNew;
  bool erased = false;
  bool opened_by_instructor = false;
  bool ownerless = false;  // its owner left without an heir (P5)
  UserId creator{};
  GroupId creator_group{};
};

// The facts about the caller on that request, read in the same transaction.
struct CallerFacts {
  bool creator = false;
  bool invited_helper = false;
  bool invited_expert = false;
  // Addressed groups in which the caller holds the instructor role (a partner: its group), without those
  // joined after the request was closed (P32).
  std::vector<GroupId> instructor_groups = {};
  bool manages = false;    // of the creator's or an addressed group
  bool colleague = false;  // member of the creator's group
};

Phase PhaseOf(const RequestFacts& request);
// The one decision, with the one exception: a request without owner may be closed by its instructors (P5).
Verdict DecideOn(const RequestFacts& request, const Caller& caller, Operation operation,
                 const Relation& relation);
Relation RelationOf(const RequestFacts& request, const CallerFacts& caller);

// Who stands on both sides counts as helper side.
Lane LaneOf(const Relation& relation);
ParticipantKind KindOf(const Relation& relation);
Author AuthorOf(const Relation& relation);

// The operations on the request that the caller may do now.
std::vector<Operation> AllowedOperations(const Caller& caller, const Relation& relation,
                                         const RequestFacts& request);

// Two counters: a private message moves only the second, so that a helper's If-Match stays good (P28).
struct Versions {
  std::int64_t all = 1;
  std::int64_t instructors = 1;

  std::int64_t For(Lane lane) const { return lane == Lane::kInstructors ? instructors : all; }
  // After a change in a lane: the lane of all is part of the instructors'.
  void Advance(Lane lane) {
    if (lane == Lane::kAll) ++all;
    ++instructors;
  }
  friend bool operator==(const Versions&, const Versions&) = default;
};

}  // namespace aplus::requests
