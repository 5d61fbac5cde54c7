// The heads that left the database's reach, as they come back from where logs are collected.
#pragma once

#include <istream>
#include <string_view>
#include <vector>

#include "libs/audit/chain.h"
#include "libs/base/result.h"

namespace aplus::audit {

// One head a line, alone or as a line of a log (CheckpointJson, LogCheckpoint). Heads of other chains and
// whatever else a log holds are passed over, since one collector takes the lines of all services. kInternal,
// naming the line, when one begins to be a head and is none: a head that was cut or altered must not pass for
// one that never came.
Result<std::vector<Checkpoint>> ReadShippedHeads(std::istream& lines, std::string_view chain);

}  // namespace aplus::audit
