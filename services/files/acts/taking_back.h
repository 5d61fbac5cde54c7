// The uploader takes a wrong file back (P36); a request is erased with all its files (P51).
#pragma once

#include "services/files/acts/workshop.h"

namespace aplus::files {

// Requests decides; then the file is destroyed, before this answers unless something is down.
Task<Result<void>> TakeBack(const Workshop& shop, const Call& call, FileId file);

// Queued in the transaction that consumes the event: each living file of the request is due now.
Task<Result<void>> EndFilesOf(Transaction& tx, RequestId request);

}  // namespace aplus::files
