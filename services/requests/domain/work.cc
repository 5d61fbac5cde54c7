#include "services/requests/domain/work.h"

#include <array>

namespace aplus::requests {
namespace work {

constexpr std::array<InstructorTab, 5> kInstructorTabs{{
    {.tab = Tab::kNew, .phase = GroupPhase::kOpen, .unopened = true},
    {.tab = Tab::kInProgress, .phase = GroupPhase::kOpen, .opened_or_late = true},
    {.tab = Tab::kLate, .phase = GroupPhase::kOpen, .late = true},
    {.tab = Tab::kProcessed, .phase = GroupPhase::kProcessed},
    {.tab = Tab::kArchived, .phase = GroupPhase::kClosed, .member_at_closing = true},
}};

constexpr std::array<HelperTab, 6> kHelperTabs{{
    {.tab = Tab::kAll, .first = PersonPhase::kNew, .last = PersonPhase::kProcessed},
    {.tab = Tab::kMine, .first = PersonPhase::kNew, .last = PersonPhase::kProcessed, .created_by_me = true},
    {.tab = Tab::kNew, .first = PersonPhase::kNew, .last = PersonPhase::kNew},
    {.tab = Tab::kInProgress, .first = PersonPhase::kInProgress, .last = PersonPhase::kInProgress},
    {.tab = Tab::kToArchive, .first = PersonPhase::kProcessed, .last = PersonPhase::kProcessed},
    {.tab = Tab::kArchived, .first = PersonPhase::kClosed, .last = PersonPhase::kClosed},
}};

}  // namespace work

GroupPhase PhaseForGroup(State state, GroupState group) {
  if (state == State::kClosed) return GroupPhase::kClosed;
  if (group == GroupState::kDeclined) return GroupPhase::kDeclined;
  return state == State::kProcessed ? GroupPhase::kProcessed : GroupPhase::kOpen;
}

PersonPhase PhaseForPerson(State state, bool opened_by_instructor) {
  switch (state) {
    case State::kNew:
      return opened_by_instructor ? PersonPhase::kInProgress : PersonPhase::kNew;
    case State::kInProgress:
      return PersonPhase::kInProgress;
    case State::kProcessed:
      return PersonPhase::kProcessed;
    case State::kClosed:
      return PersonPhase::kClosed;
  }
  return PersonPhase::kClosed;
}

std::span<const InstructorTab> InstructorTabs() { return work::kInstructorTabs; }
std::span<const HelperTab> HelperTabs() { return work::kHelperTabs; }

std::optional<InstructorTab> FindInstructorTab(Tab tab) {
  for (const InstructorTab& row : work::kInstructorTabs) {
    if (row.tab == tab) return row;
  }
  return std::nullopt;
}

std::optional<HelperTab> FindHelperTab(Tab tab) {
  for (const HelperTab& row : work::kHelperTabs) {
    if (row.tab == tab) return row;
  }
  return std::nullopt;
}

}  // namespace aplus::requests
