// The delays and limits of files, and where it keeps them.
#pragma once

#include <optional>
#include <string>

#include "libs/runtime/config.h"
#include "services/files/acts/rules.h"

namespace aplus::files {

struct Settings {
  Rules rules;
  std::string directory;             // of the object store
  std::optional<std::string> clamd;  // address of the scanner; none: nothing is scanned

  // Under "settings": file_max_bytes, file_lifetime_seconds, erasure_poll_seconds, upload_lease_seconds,
  // upload_sweep_seconds, orphan_seconds, scan_limit_seconds. Under "files": directory, clamd. ConfigError
  // when one is out of its range.
  static Settings From(const Config& config);
};

}  // namespace aplus::files
