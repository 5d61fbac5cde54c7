// How the enums of the domain are stored: as the numbers of the protos.
#pragma once

#include "libs/postgres/codec.h"
#include "services/stats/domain/fact.h"

namespace aplus {

template <>
struct DbEnum<stats::State> {
  static constexpr auto kLast = stats::State::kClosed;
};
template <>
struct DbEnum<stats::CloseReason> {
  static constexpr auto kLast = stats::CloseReason::kNoAnswer;
};
template <>
struct DbEnum<stats::Usefulness> {
  static constexpr auto kLast = stats::Usefulness::kBad;
};

}  // namespace aplus
