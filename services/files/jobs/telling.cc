#include "services/files/jobs/telling.h"

#include <vector>

#include "services/files/acts/destroying.h"
#include "services/files/store/file_rows.h"

namespace aplus::files {

Task<Result<void>> Telling::Round() {
  for (;;) {
    CO_TRY(const std::vector<FileId> untold, co_await shop_.database.Write(AsSystem(), kClaimUntold));
    if (untold.empty()) co_return Result<void>();
    // One refusal must not keep the others waiting: it comes back by itself.
    Result<void> outcome;
    for (const FileId& file : untold) {
      const Result<void> told = co_await shop_.destroyer.Tell(file);
      if (!told) outcome = told;
    }
    if (!outcome) co_return outcome;
  }
}

}  // namespace aplus::files
