// Delays and limits of requests, from "settings" of the configuration; defaults are those of PRODUCT.md.
#pragma once

#include "libs/runtime/config.h"
#include "services/requests/acts/workshop.h"

namespace aplus::requests {

struct Settings {
  // ConfigError when a value is out of its range.
  static Settings From(const Config& config);

  Rules rules;
  Duration lateness_poll = std::chrono::seconds(15);  // flagged within a minute (P40)
  Duration neglect_poll = std::chrono::minutes(1);
  Duration reminder_poll = std::chrono::minutes(10);
  Duration erasure_poll = std::chrono::seconds(10);
  Duration orphan_sweep = std::chrono::hours(1);
  Duration reconciliation = std::chrono::hours(12);
  Duration housekeeping = std::chrono::hours(1);
  Duration live_stream = std::chrono::minutes(5);
};

}  // namespace aplus::requests
