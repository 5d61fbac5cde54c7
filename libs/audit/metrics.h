// The sealer's figures as metrics, under aplus_audit_….
#pragma once

#include "libs/audit/sealer.h"
#include "libs/telemetry/metrics.h"

namespace aplus {

// The text is made on the io thread. `sealer` must outlive `callbacks`.
void ExportFigures(MetricCallbacks& callbacks, const AuditSealer& sealer);

}  // namespace aplus
