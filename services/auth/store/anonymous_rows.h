// Accounts that nobody comes back to (P53).
#pragma once

#include "libs/base/id.h"
#include "libs/postgres/statement.h"

namespace aplus::auth {

// Deactivated longer than $1 ago, longest first.
inline constexpr Statement<UserId, Duration, std::int32_t> kLongGone{"long_gone", R"sql(
  SELECT id
    FROM account                                               -- account_long_gone
   WHERE NOT active AND anonymised_at IS NULL
     AND deactivated_at <= (SELECT clock_timestamp() - $1)
   ORDER BY deactivated_at
   LIMIT $2
)sql"};

// Looked at anew: reactivated meanwhile, it stays. What hangs on it goes by a trigger (0020_anonymous.sql).
inline constexpr Statement<Affected, UserId, Duration> kAnonymise{"anonymise", R"sql(
  UPDATE account
     SET email = 'anonyme-' || id || '@compte.invalid', email_key = 'anonyme-' || id || '@compte.invalid',
         first_name = 'Compte', last_name = 'anonymisé', function = '', phone = '', administrator = false,
         expert = false, observer = false, accepted_terms = 0, last_login_at = NULL,
         anonymised_at = clock_timestamp()
   WHERE id = $1                                               -- account_pkey
     AND NOT active AND anonymised_at IS NULL
     AND deactivated_at <= clock_timestamp() - $2
)sql"};

}  // namespace aplus::auth
