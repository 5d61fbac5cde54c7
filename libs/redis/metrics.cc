#include "libs/redis/metrics.h"

namespace aplus {
namespace redis_metrics {

template <auto member>
void Show(Metrics& metrics, const Redis& redis, std::string_view name, std::string_view help, bool counter) {
  metrics.AddCallback(name, help, counter, [&redis] { return static_cast<double>(redis.figures().*member); });
}

}  // namespace redis_metrics

void ExportFigures(Metrics& metrics, const Redis& redis) {
  using redis_metrics::Show;
  Show<&RedisFigures::commands>(metrics, redis, "aplus_redis_commands_total", "Commands sent", true);
  Show<&RedisFigures::refused>(metrics, redis, "aplus_redis_refused_total", "Commands refused without Redis",
                               true);
  Show<&RedisFigures::timeouts>(metrics, redis, "aplus_redis_timeouts_total",
                                "Answers that did not come in time", true);
  Show<&RedisFigures::failures>(metrics, redis, "aplus_redis_failures_total", "Connections lost or not made",
                                true);
  Show<&RedisFigures::connected>(metrics, redis, "aplus_redis_connected", "Whether Redis answers", false);
}

}  // namespace aplus
