#include "services/requests/acts/tracing.h"

#include "services/requests/acts/running.h"

namespace aplus::requests {
namespace tracing {

Audited<std::vector<TraceRow>> Decide(const Workshop& shop, const Asker& asker,
                                      const std::vector<TraceRow>& rows) {
  Relation relation;
  relation.own = true;
  if (const auto refused = ReasonOf(aplus::Decide(asker.caller, Operation::kA8, relation))) {
    return {Fail(*refused), shop.trail.Line(asker.Refused(Operation::kA8, "traces", {}, *refused))};
  }
  return {rows, shop.trail.Line(asker.Line(Operation::kA8, "traces", {}))};
}

}  // namespace tracing

Task<Result<TracePage>> ReadMyTraces(const Workshop& shop, const Asker& asker,
                                     std::optional<RequestId> before, std::int32_t limit) {
  RequestId point;
  point.bytes.fill(0xff);
  if (before) point = *before;
  auto decide = [&shop, asker](const std::vector<TraceRow>& rows) {
    return tracing::Decide(shop, asker, rows);
  };
  auto read =
      shop.database.AuditedRead(asker.Reading(), decide, Bind(kMyTraces, asker.user, point, limit + 1));
  TracePage page;
  CO_TRY(page.traces, co_await std::move(read));
  if (page.traces.size() > static_cast<std::size_t>(limit)) {
    page.traces.resize(static_cast<std::size_t>(limit));
    page.next = page.traces.back().request;
  }
  co_return page;
}

}  // namespace aplus::requests
