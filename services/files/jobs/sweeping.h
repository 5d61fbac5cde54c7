// What crashes and lost connections leave behind: uploads that nobody receives any more, objects and keys of
// no file, keys of uploads that are old (T-FIL-04). Shares no code with erasing: it looks at what is there.
#pragma once

#include "services/files/acts/workshop.h"

namespace aplus::files {

class Sweeping {
 public:
  Sweeping(const Workshop& shop, Database& keystore) : shop_(shop), keystore_(keystore) {}

  Task<Result<void>> Round();

 private:
  Task<Result<void>> EndStaleUploads();
  static Task<Result<bool>> EndStaleUpload(Transaction& tx, FileId file);
  Task<Result<void>> RemoveOrphanObjects(int shelf);
  Task<Result<void>> DestroyOrphanKeys();

  const Workshop& shop_;
  Database& keystore_;
};

}  // namespace aplus::files
