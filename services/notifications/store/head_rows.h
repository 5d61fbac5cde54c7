// Which days' signed heads of the audit trail have gone to the security officer.
#pragma once

#include <string>

#include "libs/base/time.h"
#include "libs/postgres/statement.h"

namespace aplus::notifications::head_sql {

struct ClaimedDay {
  std::string day;
  Time now{};
};
// Of two replicas one gets the day.
inline constexpr Statement<ClaimedDay> kClaimDay{"head_mail_claim_day", R"sql(
  INSERT INTO head_mail (day)
  VALUES ((clock_timestamp() AT TIME ZONE 'UTC')::date)
  ON CONFLICT (day) DO UPDATE
     SET claimed_at = clock_timestamp()
   WHERE head_mail.sent_at IS NULL
     AND head_mail.claimed_at < clock_timestamp() - interval '5 minutes'
  RETURNING day::text, claimed_at
)sql"};

inline constexpr Statement<Affected, std::string> kSent{"head_mail_sent", R"sql(
  UPDATE head_mail
     SET sent_at = clock_timestamp()
   WHERE day = $1::text::date                                  -- head_mail_pkey
)sql"};

// Whether a claim would find anything, without writing.
inline constexpr Statement<bool> kDue{"head_mail_due", R"sql(
  SELECT NOT EXISTS (SELECT
                       FROM head_mail                          -- head_mail_pkey
                      WHERE day = (clock_timestamp() AT TIME ZONE 'UTC')::date
                        AND sent_at IS NOT NULL)
)sql"};

}  // namespace aplus::notifications::head_sql
