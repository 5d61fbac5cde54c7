#include "libs/audit/metrics.h"

namespace aplus {
namespace audit_metrics {

template <auto member>
void Show(MetricCallbacks& callbacks, const AuditSealer& sealer, std::string_view name, std::string_view help,
          bool counter) {
  callbacks.Add(name, help, counter, [&sealer] { return static_cast<double>(sealer.figures().*member); });
}

}  // namespace audit_metrics

void ExportFigures(MetricCallbacks& callbacks, const AuditSealer& sealer) {
  using audit_metrics::Show;
  Show<&SealerFigures::position>(callbacks, sealer, "aplus_audit_position", "Lines in the chain", false);
  Show<&SealerFigures::sealed>(callbacks, sealer, "aplus_audit_sealed_total", "Lines sealed here", true);
  Show<&SealerFigures::checkpoints>(callbacks, sealer, "aplus_audit_checkpoints_total", "Heads signed here",
                                    true);
  Show<&SealerFigures::failures>(callbacks, sealer, "aplus_audit_failures_total",
                                 "Failed rounds of the sealer", true);
}

}  // namespace aplus
