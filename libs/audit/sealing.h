// How a service's sealer is set up from its configuration: the one way for all of them.
#pragma once

#include "libs/audit/sealer.h"
#include "libs/base/result.h"
#include "libs/runtime/config.h"

namespace aplus {

// The chain is named after the service; heads are signed with `secrets.audit_key` and leave the database's
// reach as log lines "audit head", which `aplus-audit-verify --checkpoints` reads back from wherever logs are
// collected. kInternal with a diagnostic when there is no such key or not a good one: a service that keeps a
// trail does not start without. Blocks: one small file.
Result<SealerOptions> LoadSealing(const Config& config);

// The same, forgetting nothing while the database's clock cannot be believed (SECURITY 2.8).
SealerOptions Guarded(SealerOptions options, ClockGuard& clock);

// Writes the line; exposed for tests.
void LogCheckpoint(const Checkpoint& checkpoint);

}  // namespace aplus
