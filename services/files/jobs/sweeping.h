// What crashes and lost connections leave behind: uploads that nobody receives any more, objects and keys of
// no file, keys of uploads that are old (T-FIL-04). Shares no code with erasing: it looks at what is there.
// All of it is done by age, so nothing of it while a clock cannot be believed (T-TTL-04).
#pragma once

#include "libs/postgres/clock_guard.h"
#include "services/files/acts/workshop.h"

namespace aplus::files {

class Sweeping {
 public:
  Sweeping(const Workshop& shop, Database& keystore, ClockGuard& guard, ClockGuard& keystore_guard)
      : shop_(shop), keystore_(keystore), guard_(guard), keystore_guard_(keystore_guard) {}

  Task<Result<void>> Round();

 private:
  Task<Result<void>> SweepByAge();
  Task<Result<void>> EndStaleUploads();
  static Task<Result<bool>> EndStaleUpload(Transaction& tx, FileId file);
  Task<Result<void>> RemoveOrphanObjects(int shelf);
  Task<Result<void>> DestroyOrphanKeys();

  const Workshop& shop_;
  Database& keystore_;
  ClockGuard& guard_;
  ClockGuard& keystore_guard_;
};

}  // namespace aplus::files
