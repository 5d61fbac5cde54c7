// Lists (P32) start from worklist rows, one per (group, request) and one per (person, request). What stands
// in them, and which tab asks for what, is here; store/ only writes and reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "services/requests/domain/types.h"

namespace aplus::requests {

enum class ListSide : std::uint8_t { kHelper = 1, kInstructor = 2 };

// Numbers of the proto.
enum class Tab : std::uint8_t {
  kAll = 1,
  kMine = 2,
  kNew = 3,
  kInProgress = 4,
  kLate = 5,
  kProcessed = 6,
  kToArchive = 7,
  kArchived = 8,
};

// Where a request stands in the list of a group.
enum class GroupPhase : std::int16_t { kOpen = 1, kProcessed = 2, kClosed = 3, kDeclined = 4 };

// Where a request stands in the list of a person who created it or was invited to it.
enum class PersonPhase : std::int16_t { kNew = 1, kInProgress = 2, kProcessed = 3, kClosed = 4 };

// A declined request leaves its group's open tabs (it binds the whole group, P29) but can still be read.
GroupPhase PhaseForGroup(State state, GroupState group);

// « Nouvelles: new, opened by no instructor; En cours: the other new ones and those in progress ».
PersonPhase PhaseForPerson(State state, bool opened_by_instructor);

// What a tab of the instructor side asks of a group's rows and of the reader's own marks.
struct InstructorTab {
  Tab tab;
  GroupPhase phase;
  // Three kinds of rows are admitted when set: any; else by whether I opened it and whether it is late.
  bool unopened = false;        // never opened by me
  bool opened_or_late = false;  // opened by me, or late
  bool late = false;            // late
  bool member_at_closing = false;
};

// What a tab of the helper side asks of a person's rows: those of phases first … last.
struct HelperTab {
  Tab tab;
  PersonPhase first;
  PersonPhase last;
  bool created_by_me = false;
};

std::span<const InstructorTab> InstructorTabs();
std::span<const HelperTab> HelperTabs();

// nullopt: the side has no such tab.
std::optional<InstructorTab> FindInstructorTab(Tab tab);
std::optional<HelperTab> FindHelperTab(Tab tab);

}  // namespace aplus::requests
