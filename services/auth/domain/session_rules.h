// How long a session lives and how many a person may have (P14, SECURITY 2.1).
#pragma once

#include "libs/base/time.h"

namespace aplus::auth {

struct SessionRules {
  Duration lifetime = std::chrono::hours(12);              // from login, whatever is done meanwhile
  Duration administrator_idle = std::chrono::minutes(30);  // without a call; others have no such limit
  int per_person = 5;                                      // at once; one more ends the oldest
  int per_shared_account = 20;

  int Limit(bool shared) const { return shared ? per_shared_account : per_person; }
  // How stale the last sign of life may get before it is written down anew: a tenth of what it is compared
  // with, so that the limit is kept to a tenth, and never more often than a minute needs.
  Duration SeenEvery() const {
    const Duration tenth = administrator_idle / 10;
    return tenth < std::chrono::minutes(1) ? tenth : Duration(std::chrono::minutes(1));
  }
};

}  // namespace aplus::auth
