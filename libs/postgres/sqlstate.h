// The one place where SQLSTATEs become reasons.
#pragma once

#include <string_view>

#include "libs/base/result.h"

struct pg_result;

namespace aplus {

// The reason alone.
//   23505 unique, 23P01 exclusion → kConflict · other 23… → kImpossible · 22… → kInvalidArgument
//   57014 cancelled by statement_timeout, 55P03 lock_timeout, 25P03 idle → kTimeout
//   08…, 57P0x, 53…, 40…, 25006 (no longer primary) → kUnavailable · everything else → kInternal
Reason ReasonFromSqlState(std::string_view sqlstate);

// The same with what the log needs: SQLSTATE, primary message (which our SQL keeps free of values),
// constraint. Never the DETAIL, which quotes rows.
Error ErrorFromResult(const pg_result* result, std::string_view statement);

// kUnavailable such that IsCommitUnknown (database.h) says so.
Error CommitUnknownError(std::string_view why);

// 40001, 40P01.
bool IsTransient(std::string_view sqlstate);

}  // namespace aplus
