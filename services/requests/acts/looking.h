// The part of an audited read that is the same for all: from the rows about a request to what the asker is to
// it, and the audit line that says so. Pure: it may run twice (Database::AuditedRead).
#pragma once

#include <vector>

#include "services/requests/acts/case.h"
#include "services/requests/acts/workshop.h"

namespace aplus::requests {

struct Look {
  const Workshop& shop;  // outlives every call
  Asker asker;
  Operation operation;
  RequestId id;

  // The case without locks, at this process's time; or the refusal that a stranger and an unknown id share.
  Result<Case> At(const std::vector<RequestRow>& rows, const std::vector<ParticipantRow>& people,
                  const std::vector<AddressedRow>& groups, const std::vector<GroupId>& late_groups) const {
    if (rows.empty()) return Fail(Reason::kNotFound);
    Case on;
    on.row = rows.front();
    on.people = people;
    on.groups = groups;
    on.now = shop.clock.Now();
    on.facts = FactsOf(*asker.principal, on.row, people, groups, late_groups);
    on.relation = RelationOf(on.Facts(), on.facts);
    on.lane = LaneOf(on.relation);
    if (const auto refused = ReasonOf(Decide(asker.caller, operation, on.relation))) {
      return Fail(*refused == Reason::kImpossible ? on.Refusal(*refused) : [&] {
        Error error;
        error.reason = *refused;
        return error;
      }());
    }
    return on;
  }

  template <class Value>
  Audited<Value> Answer(Result<Value> answer) const {
    const AuditEntry line = answer ? asker.Line(operation, "request", id.bytes)
                                   : asker.Refused(operation, "request", id.bytes, answer.error().reason);
    return {std::move(answer), shop.trail.Line(line)};
  }
};

}  // namespace aplus::requests
