// Limits and delays of files; each a setting, with the default that the product rules give it.
#pragma once

#include <chrono>
#include <cstdint>

#include "libs/base/time.h"

namespace aplus::files {

struct Rules {
  std::uint64_t max_bytes = 10'000'000;              // of one file (P60)
  Duration lifetime = std::chrono::days(14);         // its key is destroyed then (P50)
  Duration erasure_poll = std::chrono::seconds(30);  // how often due lives are looked for
  Duration upload_lease = std::chrono::seconds(60);  // an upload without progress for so long is over
  Duration sweep_every = std::chrono::minutes(10);   // for what crashes left behind
  Duration orphan_age = std::chrono::hours(1);       // objects and keys of no file, from then on
  Duration scan_limit = std::chrono::seconds(20);    // for one verdict (P62)
  Duration tell_every = std::chrono::seconds(5);     // states that requests has not acknowledged
};

}  // namespace aplus::files
