// Has the scanner judge what was received (P62). A file stays invisible until there is a verdict; a scanner
// that is down, slow or over its limits gives none.
#pragma once

#include "services/files/acts/workshop.h"
#include "services/files/scan/clamd.h"
#include "services/files/store/file_rows.h"

namespace aplus::files {

class Scanning {
 public:
  // Both outlive this.
  Scanning(const Workshop& shop, Clamd& clamd) : shop_(shop), clamd_(clamd) {}

  // All that wait, one after the other.
  Task<Result<void>> Round();

 private:
  Task<Result<Verdict>> Scan(const ToScan& file);
  Task<Result<void>> Settle(const ToScan& file, Verdict verdict);

  const Workshop& shop_;
  Clamd& clamd_;
};

}  // namespace aplus::files
