#include "services/auth/store/people_store.h"

namespace aplus::auth {
namespace people_store {

constexpr Statement<RecipientRow, std::vector<UserId>, std::vector<GroupId>, std::int16_t, std::int16_t, bool>
    kRecipients{"recipients", R"sql(
  SELECT a.id, NULL::uuid, a.email, a.first_name
    FROM account a                                             -- account_pkey
   WHERE a.id = ANY ($1)
     AND (a.active OR $5)
  UNION ALL
  SELECT a.id, m.group_id, a.email, a.first_name
    FROM membership m                                          -- membership_by_group
    JOIN account a ON a.id = m.user_id AND a.active
   WHERE m.group_id = ANY ($2)
     AND (m.helper AND $3 & 1 <> 0 OR m.instructor AND $3 & 2 <> 0 OR m.manager AND $3 & 4 <> 0)
  UNION ALL
  SELECT NULL::uuid, g.id, g.mailbox, ''
    FROM user_group g                                          -- user_group_pkey
   WHERE g.id = ANY ($2)
     AND g.mailbox <> ''
  UNION ALL
  SELECT a.id, NULL::uuid, a.email, a.first_name
    FROM account a                                             -- account_with_role
   WHERE (a.administrator OR a.expert OR a.observer)
     AND (a.administrator AND $4 & 1 <> 0 OR a.expert AND $4 & 2 <> 0 OR a.observer AND $4 & 4 <> 0)
     AND a.active
)sql"};

constexpr Statement<PersonRow, std::vector<UserId>> kPeople{"people", R"sql(
  SELECT a.id, a.first_name, a.last_name, a.function, a.phone, a.active,
         ARRAY(SELECT m.group_id
                 FROM membership m                             -- membership_pkey
                WHERE m.user_id = a.id
                  AND a.active
                ORDER BY m.group_id),
         a.shared,
         EXISTS (SELECT
                   FROM membership m
                  WHERE m.user_id = a.id
                    AND m.helper),
         ARRAY(SELECT o.organisation_id
                 FROM observed_organisation o                  -- observed_organisation_pkey
                WHERE o.user_id = a.id
                  AND a.observer
                ORDER BY o.organisation_id),
         ARRAY(SELECT o.area_id
                 FROM observed_area o                          -- observed_area_pkey
                WHERE o.user_id = a.id
                  AND a.observer
                ORDER BY o.area_id)
    FROM account a                                             -- account_pkey
   WHERE a.id = ANY ($1)
)sql"};

constexpr Statement<GroupDetailRow, std::vector<GroupId>> kGroups{"group_details", R"sql(
  SELECT c.id, c.name, c.organisation_id, c.side, c.area_ids, c.notice, c.addressable, c.organisation_short_name,
         c.entitled
    FROM group_card c                                          -- user_group_pkey
   WHERE c.id = ANY ($1)
)sql"};

constexpr Statement<UserId, UserId> kEverybody{"everybody", R"sql(
  SELECT id
    FROM account                                               -- account_pkey
   WHERE id > $1
     AND active
   ORDER BY id
   LIMIT 1000
)sql"};

}  // namespace people_store

Task<Result<std::vector<RecipientRow>>> PeopleStore::Recipients(RecipientQuery query, Deadline deadline) {
  return database_.Query({deadline}, people_store::kRecipients, query.users, query.groups,
                         static_cast<std::int16_t>(query.group_roles),
                         static_cast<std::int16_t>(query.account_roles), query.deactivated_too);
}

Task<Result<std::vector<PersonRow>>> PeopleStore::People(std::vector<UserId> users, Deadline deadline) {
  return database_.Query({deadline}, people_store::kPeople, users);
}

Task<Result<std::vector<GroupDetailRow>>> PeopleStore::Groups(std::vector<GroupId> groups,
                                                              Deadline deadline) {
  return database_.Query({deadline}, people_store::kGroups, groups);
}

Task<Result<std::vector<UserId>>> PeopleStore::Everybody(UserId after, Deadline deadline) {
  return database_.Query({deadline}, people_store::kEverybody, after);
}

StatementTable PeopleStore::Statements() {
  return aplus::Statements(people_store::kRecipients, people_store::kPeople, people_store::kGroups,
                           people_store::kEverybody);
}

}  // namespace aplus::auth
