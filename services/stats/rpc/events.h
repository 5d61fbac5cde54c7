// Events of other services as changes of facts.
#pragma once

#include <optional>
#include <variant>

#include "libs/base/result.h"
#include "libs/events/event.h"
#include "services/stats/domain/fact.h"
#include "services/stats/store/fact_store.h"

namespace aplus::stats {

struct MembershipChange {
  UserId user;
  GroupId group;
  bool member = false;
};
struct Login {
  UserId user;
  Time at{};
};
// Moves no figure.
struct Irrelevant {};

using News = std::variant<Irrelevant, Change, GroupFact, MembershipChange, Login>;

// kInternal: the bytes are not what the kind says, or an id is missing (a poison event, to be parked).
Result<News> NewsOf(const EventRecord& record);

}  // namespace aplus::stats
