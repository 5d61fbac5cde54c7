// Redis' figures as metrics, under aplus_redis_….
#pragma once

#include "libs/redis/redis.h"
#include "libs/telemetry/metrics.h"

namespace aplus {

// The text is made on the io thread. `redis` must outlive `callbacks`.
void ExportFigures(MetricCallbacks& callbacks, const Redis& redis);

}  // namespace aplus
