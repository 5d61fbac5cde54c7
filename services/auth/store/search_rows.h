// People found by parts of their names and addresses, within the scope of who asks. The words come folded
// (libs/base/text.h), as LIKE patterns; accounts are folded by the database (folded() in 0010_people.sql).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/id.h"
#include "libs/postgres/statement.h"

namespace aplus::auth {

struct FoundPerson {
  UserId id;
  std::string email, first_name, last_name, function, phone;
  bool shared = false;
  bool active = false;
  std::vector<GroupId> groups;
  std::string sort_key;  // lists are in the order of (sort_key, id)
};

// $1 who asks; $2 the group, or none; $3 deactivated ones of groups that he manages too; $4, $5 position; $6
// patterns; $7 limit.
inline constexpr Statement<FoundPerson, UserId, std::optional<GroupId>, bool, std::string, UserId,
                           std::vector<std::string>, std::int32_t>
    kFindColleagues{"find_colleagues", R"sql(
  SELECT a.id, a.email, a.first_name, a.last_name, a.function, a.phone, a.shared, a.active,
         ARRAY(SELECT theirs.group_id
                 FROM membership theirs                        -- membership_pkey
                 JOIN membership mine ON mine.group_id = theirs.group_id AND mine.user_id = $1
                WHERE theirs.user_id = a.id
                ORDER BY theirs.group_id),
         a.sort_key
    FROM account a                                             -- account_pkey
   WHERE a.id IN (SELECT theirs.user_id
                    FROM membership mine                       -- membership_pkey
                    JOIN membership theirs ON theirs.group_id = mine.group_id
                    JOIN account o ON o.id = theirs.user_id
                   WHERE mine.user_id = $1
                     AND ($2 IS NULL OR mine.group_id = $2)
                     AND (o.active OR $3 AND mine.manager))
     AND (a.sort_key, a.id) > ($4, $5)
     AND a.search_key LIKE ALL ($6)
   ORDER BY a.sort_key, a.id
   LIMIT $7
)sql"};

// For administrators: everybody. $1 the group, or none; $2 deactivated ones too; $3, $4 position.
inline constexpr Statement<FoundPerson, std::optional<GroupId>, bool, std::string, UserId,
                           std::vector<std::string>, std::int32_t>
    kFindPeople{"find_people", R"sql(
  SELECT a.id, a.email, a.first_name, a.last_name, a.function, a.phone, a.shared, a.active,
         ARRAY(SELECT m.group_id
                 FROM membership m                             -- membership_pkey
                WHERE m.user_id = a.id
                ORDER BY m.group_id),
         a.sort_key
    FROM account a                                             -- account_by_name
   WHERE (a.sort_key, a.id) > ($3, $4)
     AND (a.active OR $2)
     AND ($1 IS NULL OR EXISTS (SELECT
                                  FROM membership m            -- membership_pkey
                                 WHERE m.user_id = a.id
                                   AND m.group_id = $1))
     AND a.search_key LIKE ALL ($5)
   ORDER BY a.sort_key, a.id
   LIMIT $6
)sql"};

}  // namespace aplus::auth
