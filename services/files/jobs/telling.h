// Tells requests what became of files until it has acknowledged it: at least once, and it takes each once.
#pragma once

#include "services/files/acts/workshop.h"

namespace aplus::files {

class Telling {
 public:
  explicit Telling(const Workshop& shop) : shop_(shop) {}
  Task<Result<void>> Round();

 private:
  const Workshop& shop_;
};

}  // namespace aplus::files
