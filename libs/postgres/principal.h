// In whose name statements run. Set with set_config(…, true) in the same unit as the statement, so it ends
// with it; row-level security policies read it through the functions of migrations/0001_principal.sql:
//   aplus_user_id() uuid · aplus_group_ids() uuid[] · aplus_lane() text
#pragma once

#include <cstdint>
#include <vector>

#include "libs/base/id.h"

namespace aplus {

// From which side the caller takes part in what the statement touches (P28). Text in the database:
// 'none', 'helper', 'instructor', 'expert', 'system'.
enum class DbLane : std::uint8_t {
  kNone,  // no side: policies on contents admit nothing
  kHelper,
  kInstructor,
  kExpert,
  kSystem,  // jobs of the service itself (erasure, reminders); policies name what it may touch
};

struct DbPrincipal {
  UserId user = {};                  // nil for jobs
  std::vector<GroupId> groups = {};  // the groups in whose name he may read
  DbLane lane = DbLane::kNone;

  static DbPrincipal System() { return {.user = {}, .groups = {}, .lane = DbLane::kSystem}; }
  // Neither a person nor a job: what a call without principal has.
  bool IsNobody() const { return lane == DbLane::kNone && user.IsNil() && groups.empty(); }
};

}  // namespace aplus
