// How many login mails an account may get (P11): three at once, then one a minute, ten an hour, forty a day.
// Who asks for more gets the same answer and no mail. Pure arithmetic over the moments of the mails of the
// last day.
#pragma once

#include <span>

#include "libs/base/time.h"

namespace aplus::auth {

struct MailLimits {
  int at_once = 3;                             // mails that may leave without a pause between them
  Duration refill = std::chrono::seconds(60);  // after which one more may
  int per_hour = 10;
  int per_day = 40;

  // A shared account is many people: six times the hour and the day of a person (P11 gives the hour).
  static MailLimits ForShared() { return {.per_hour = 60, .per_day = 240}; }
};

// Whether one more mail may leave at `now`, given when earlier ones did, oldest first. Those older than a day
// count for nothing; one of the future (a clock set back) counts as of now.
bool MayMail(std::span<const Time> sent, Time now, const MailLimits& limits);

}  // namespace aplus::auth
