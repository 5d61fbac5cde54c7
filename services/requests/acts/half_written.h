// Half-written messages (P33): kept for their author alone, who is told what others wrote meanwhile.
#pragma once

#include <string>

#include "services/requests/acts/case.h"

namespace aplus::requests {

struct HalfWritten {
  std::string text;  // empty: nothing is kept
  Lane lane = Lane::kAll;
  Time updated_at{};
  Time erase_at{};
  // Messages of others that the author may read and that came since he began.
  std::int32_t newer = 0;
};
Task<Result<HalfWritten>> ReadHalfWritten(const Workshop& shop, const Asker& asker, RequestId id);

// Replaces what is kept; empty text takes it away.
Task<Result<HalfWritten>> KeepHalfWritten(const Workshop& shop, const Asker& asker, RequestId id,
                                          std::string text, Lane lane);

}  // namespace aplus::requests
