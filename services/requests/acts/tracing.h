// What the platform holds on the asker in requests (P53).
#pragma once

#include <optional>
#include <vector>

#include "services/requests/acts/asker.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/store/trace_rows.h"

namespace aplus::requests {

struct TracePage {
  std::vector<TraceRow> traces;
  std::optional<RequestId> next;  // to go on before; none at the end
};
// Newest request first, with one line in the audit trail. A partner has no account: nothing.
Task<Result<TracePage>> ReadMyTraces(const Workshop& shop, const Asker& asker,
                                     std::optional<RequestId> before, std::int32_t limit);

}  // namespace aplus::requests
