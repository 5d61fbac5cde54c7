// The domain's enums as smallint columns.
#pragma once

#include "libs/postgres/codec.h"
#include "services/requests/domain/types.h"
#include "services/requests/domain/work.h"

namespace aplus {

template <>
struct DbEnum<requests::State> {
  static constexpr auto kLast = requests::State::kClosed;
};
template <>
struct DbEnum<requests::CloseReason> {
  static constexpr auto kLast = requests::CloseReason::kNoAnswer;
};
template <>
struct DbEnum<requests::Usefulness> {
  static constexpr auto kLast = requests::Usefulness::kBad;
};
template <>
struct DbEnum<requests::MandateKind> {
  static constexpr auto kLast = requests::MandateKind::kPhone;
};
template <>
struct DbEnum<requests::GroupState> {
  static constexpr auto kLast = requests::GroupState::kProcessed;
};
template <>
struct DbEnum<requests::Lane> {
  static constexpr auto kLast = requests::Lane::kInstructors;
};
template <>
struct DbEnum<requests::EntryKind> {
  static constexpr auto kLast = requests::EntryKind::kRaised;
};
template <>
struct DbEnum<requests::ParticipantKind> {
  static constexpr auto kLast = requests::ParticipantKind::kInstructor;
};
template <>
struct DbEnum<requests::FileState> {
  static constexpr auto kLast = requests::FileState::kErased;
};
template <>
struct DbEnum<requests::GroupPhase> {
  static constexpr auto kLast = requests::GroupPhase::kDeclined;
};
template <>
struct DbEnum<requests::PersonPhase> {
  static constexpr auto kLast = requests::PersonPhase::kClosed;
};

}  // namespace aplus
