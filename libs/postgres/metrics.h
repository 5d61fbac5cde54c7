// The database's figures as metrics, for the admin endpoint.
#pragma once

#include <string>

#include "libs/postgres/database.h"
#include "libs/telemetry/metrics.h"

namespace aplus {

// Under aplus_database_…{database="…"}. The text is made on the io thread, where the figures live. `database`
// must outlive `callbacks`.
void ExportFigures(MetricCallbacks& callbacks, const Database& database, const std::string& name);

}  // namespace aplus
