// The one event of this service.
#pragma once

#include "services/files/acts/workshop.h"
#include "services/files/store/file_rows.h"

namespace aplus::files {

// Queues FileStateChanged for the uploader. `file` as it is known now.
void SayState(Transaction& tx, const Workshop& shop, const FileRow& file, FileState state);

}  // namespace aplus::files
