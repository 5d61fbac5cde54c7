#include "libs/redis/metrics.h"

namespace aplus {
namespace redis_metrics {

template <auto member>
void Show(MetricCallbacks& callbacks, const Redis& redis, std::string_view name, std::string_view help,
          bool counter) {
  callbacks.Add(name, help, counter, [&redis] { return static_cast<double>(redis.figures().*member); });
}

}  // namespace redis_metrics

void ExportFigures(MetricCallbacks& callbacks, const Redis& redis) {
  using redis_metrics::Show;
  Show<&RedisFigures::commands>(callbacks, redis, "aplus_redis_commands_total", "Commands sent", true);
  Show<&RedisFigures::refused>(callbacks, redis, "aplus_redis_refused_total",
                               "Commands refused without Redis", true);
  Show<&RedisFigures::timeouts>(callbacks, redis, "aplus_redis_timeouts_total",
                                "Answers that did not come in time", true);
  Show<&RedisFigures::failures>(callbacks, redis, "aplus_redis_failures_total",
                                "Connections lost or not made", true);
  Show<&RedisFigures::connected>(callbacks, redis, "aplus_redis_connected", "Whether Redis answers", false);
}

}  // namespace aplus
