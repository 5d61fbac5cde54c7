// Accounts that nobody uses (P6).
#pragma once

#include <optional>

#include "libs/base/id.h"
#include "libs/postgres/statement.h"

namespace aplus::auth {

// Who has been idle for the first warning's time, longest first; the job looks at each under its lock.
inline constexpr Statement<UserId, Duration, std::int16_t, std::int32_t> kIdleAccounts{"idle_accounts", R"sql(
  SELECT a.id
    FROM account a                                             -- account_by_activity
   WHERE a.active
     AND greatest(a.active_since, a.last_login_at) <= (SELECT clock_timestamp() - $1)
     AND CASE WHEN a.inactivity_warned_at > greatest(a.active_since, a.last_login_at)
              THEN a.inactivity_warnings ELSE 0 END = $2
   ORDER BY greatest(a.active_since, a.last_login_at)
   LIMIT $3
)sql"};

struct IdleRow {
  Duration idle{};
  std::int16_t warnings = 0;  // since the last sign of life
  Duration since_last_warning{};
  Time idle_since{};
  bool administrator = false;
};

// nullopt of RunOne: deactivated meanwhile. Intervals answer seconds, so that no month stands in them.
inline constexpr Statement<IdleRow, UserId> kLockIdle{"lock_idle", R"sql(
  SELECT make_interval(secs => extract(epoch FROM clock_timestamp() - s.since)::float8),
         (CASE WHEN a.inactivity_warned_at > s.since THEN a.inactivity_warnings ELSE 0 END)::smallint,
         make_interval(secs => extract(epoch FROM clock_timestamp()
                                                  - coalesce(a.inactivity_warned_at, s.since))::float8),
         s.since, a.administrator
    FROM account a                                             -- account_pkey
   CROSS JOIN LATERAL (SELECT greatest(a.active_since, a.last_login_at) AS since) s
   WHERE a.id = $1
     AND a.active
     FOR NO KEY UPDATE OF a
)sql"};

inline constexpr Statement<Affected, UserId, std::int16_t> kNoteWarning{"note_inactivity_warning", R"sql(
  UPDATE account
     SET inactivity_warnings = $2, inactivity_warned_at = clock_timestamp()
   WHERE id = $1                                               -- account_pkey
)sql"};

}  // namespace aplus::auth
