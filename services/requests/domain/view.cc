#include "services/requests/domain/view.h"

namespace aplus::requests {

Phase PhaseOf(const RequestFacts& request) {
  if (request.erased) return Phase::kErased;
  switch (request.state) {
    case State::kProcessed:
      return Phase::kProcessed;
    case State::kClosed:
      return Phase::kClosed;
    default:
      return Phase::kOpen;
  }
}

Verdict DecideOn(const RequestFacts& request, const Caller& caller, Operation operation,
                 const Relation& relation) {
  if (operation == Operation::kR9 && request.ownerless && relation.InstructorSide()) {
    Relation owner = relation;
    owner.invited_helper = true;
    return Decide(caller, operation, owner);
  }
  return Decide(caller, operation, relation);
}

Relation RelationOf(const RequestFacts& request, const CallerFacts& caller) {
  Relation relation;
  relation.creator = caller.creator;
  relation.invited_helper = caller.invited_helper;
  relation.invited_expert = caller.invited_expert;
  relation.instructor = !caller.instructor_groups.empty();
  relation.colleague = caller.colleague;
  relation.managed = caller.manages;
  relation.phase = PhaseOf(request);
  return relation;
}

Lane LaneOf(const Relation& relation) { return relation.InstructorSide() ? Lane::kInstructors : Lane::kAll; }

ParticipantKind KindOf(const Relation& relation) {
  if (relation.creator) return ParticipantKind::kCreator;
  if (relation.invited_helper) return ParticipantKind::kHelper;
  return relation.instructor ? ParticipantKind::kInstructor : ParticipantKind::kExpert;
}

Author AuthorOf(const Relation& relation) {
  if (relation.HelperSide()) return Author::kHelperSide;
  return relation.instructor ? Author::kInstructorSide : Author::kExpert;
}

std::vector<Operation> AllowedOperations(const Caller& caller, const Relation& relation,
                                         const RequestFacts& request) {
  std::vector<Operation> allowed;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Operation::kCount_); ++i) {
    const auto operation = static_cast<Operation>(i);
    if (!IsAboutRequest(operation)) continue;
    // Whose file it is decides F4; the list of files says it file by file.
    if (operation == Operation::kF4) continue;
    if (operation == Operation::kR22 && (request.state != State::kNew || request.opened_by_instructor))
      continue;
    if (DecideOn(request, caller, operation, relation) == Verdict::kAllow) allowed.push_back(operation);
  }
  return allowed;
}

}  // namespace aplus::requests
