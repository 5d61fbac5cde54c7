// Misuse reported to administrators (P7), and what somebody who leaves leaves behind (P5).
#pragma once

#include <optional>
#include <vector>

#include "services/requests/acts/asker.h"
#include "services/requests/acts/running.h"
#include "services/requests/acts/workshop.h"
#include "services/requests/store/report_rows.h"

namespace aplus::requests {

// `kind` as in v1::MisuseKind, from 1. Administrators are told the first time.
Task<Result<Acted>> ReportMisuse(const Workshop& shop, const Asker& asker, RequestId request,
                                 std::int16_t kind);

// Where a page of reports begins: after this one. The default is before all.
struct ReportPoint {
  Time at = Time::max();
  ReportId id{};
};
// Newest first, with one line in the audit trail.
Task<Result<std::vector<ReportRow>>> ListReports(const Workshop& shop, const Asker& asker, ReportPoint after,
                                                 std::int32_t limit);

struct LeftBehind {
  OwnedRow owned;
  std::vector<InvitedRow> invited;
};
// For a manager of one of the person's groups, and administrators.
Task<Result<LeftBehind>> CountOpenRequests(const Workshop& shop, const Asker& asker, UserId user);

}  // namespace aplus::requests
