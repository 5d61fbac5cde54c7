// Feeds a ChainVerifier from a service's database, in one snapshot. Blocks.
#pragma once

#include <libpq-fe.h>

#include "libs/audit/verify/verifier.h"
#include "libs/base/result.h"

namespace aplus::audit {

// `chain`: the service's name; stored heads are of this chain. Lines younger than `grace_seconds` may be
// unsealed. With `in_transaction` the caller has begun one already (REPEATABLE READ). kUnavailable when
// reading fails.
Result<VerifyReport> VerifyDatabase(PGconn* conn, const std::string& chain, ChainVerifier verifier,
                                    int grace_seconds = 60, bool in_transaction = false);

}  // namespace aplus::audit
