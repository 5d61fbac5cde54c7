#include "services/auth/store/account_store.h"

#include <utility>

namespace aplus::auth {
namespace account_store {

constexpr Statement<ProfileRow, UserId> kProfile{"account_profile", R"sql(
  SELECT a.id, a.email, a.first_name, a.last_name, a.function, a.phone, a.shared,
         (a.administrator::int + 2 * a.expert::int + 4 * a.observer::int)::smallint, a.accepted_terms,
         (SELECT coalesce(max(t.version), 0)
            FROM terms_version t
           WHERE t.in_force <= clock_timestamp())
    FROM account a                                             -- account_pkey
   WHERE a.id = $1
     AND a.active
)sql"};

// GroupRow's columns, then the roles: rows are flat.
struct MembershipRow {
  GroupId id;
  std::string name, organisation_id;
  Side side = Side::kHelper;
  std::vector<std::string> area_ids;
  std::string notice;
  bool addressable = false;
  std::string sort_key;
  std::int16_t roles = 0;
};

constexpr Statement<MembershipRow, UserId> kGroups{"account_groups", R"sql(
  SELECT c.id, c.name, c.organisation_id, c.side, c.area_ids, c.notice, c.addressable, c.sort_key,
         (m.helper::int + 2 * m.instructor::int + 4 * m.manager::int)::smallint
    FROM membership m                                          -- membership_pkey
    JOIN group_card c ON c.id = m.group_id
   WHERE m.user_id = $1
   ORDER BY c.sort_key, c.id
)sql"};

using MaybeText = std::optional<std::string>;

constexpr Statement<Affected, UserId, MaybeText, MaybeText, MaybeText, MaybeText> kChange{"account_change",
                                                                                          R"sql(
  UPDATE account
     SET first_name = coalesce($2, first_name),
         last_name = coalesce($3, last_name),
         function = coalesce($4, function),
         phone = coalesce($5, phone)
   WHERE id = $1                                               -- account_pkey
     AND active
)sql"};

constexpr Statement<Affected, UserId, std::int32_t> kAccept{"terms_accept", R"sql(
  INSERT INTO terms_acceptance (user_id, version)
  VALUES ($1, $2)
  ON CONFLICT (user_id, version) DO NOTHING
)sql"};

constexpr Statement<Affected, UserId, std::int32_t> kMarkAccepted{"account_accepted", R"sql(
  UPDATE account
     SET accepted_terms = $2
   WHERE id = $1                                               -- account_pkey
)sql"};

}  // namespace account_store

Task<Result<std::optional<ProfileRow>>> AccountStore::Profile(UserId user, Deadline deadline) {
  return database_.QueryOne({deadline}, account_store::kProfile, user);
}

Task<Result<std::vector<MyGroupRow>>> AccountStore::Groups(UserId user, Deadline deadline) {
  CO_TRY(auto rows, co_await database_.Query({deadline}, account_store::kGroups, user));
  std::vector<MyGroupRow> groups;
  groups.reserve(rows.size());
  for (account_store::MembershipRow& row : rows) {
    groups.push_back(
        {{row.id, std::move(row.name), std::move(row.organisation_id), row.side, std::move(row.area_ids),
          std::move(row.notice), row.addressable, std::move(row.sort_key)},
         static_cast<std::uint8_t>(row.roles)});
  }
  co_return groups;
}

Task<Result<ProfileRow>> AccountStore::Change(UserId user, ProfileChange change, AuditEntry line,
                                              Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline, .repeatable = true},
                                        [&](Transaction& tx) { return ChangeIn(tx, user, change, line); });
}

Task<Result<ProfileRow>> AccountStore::ChangeIn(Transaction& tx, UserId user, ProfileChange change,
                                                AuditEntry line) {
  tx.Send(account_store::kChange, user, change.first_name, change.last_name, change.function, change.phone);
  line.object_kind = "account";
  line.object = user.bytes;
  trail_.Record(tx, line);
  CO_TRY(auto profile, co_await tx.RunOne(account_store::kProfile, user));
  if (!profile) co_return Fail(Reason::kNotFound);
  co_return *std::move(profile);
}

Task<Result<ProfileRow>> AccountStore::AcceptTerms(UserId user, std::int32_t version, AuditEntry line,
                                                   Deadline deadline) {
  co_return co_await database_.Transact({.deadline = deadline, .repeatable = true},
                                        [&](Transaction& tx) { return AcceptIn(tx, user, version, line); });
}

Task<Result<ProfileRow>> AccountStore::AcceptIn(Transaction& tx, UserId user, std::int32_t version,
                                                AuditEntry line) {
  CO_TRY(auto profile, co_await tx.RunOne(account_store::kProfile, user));
  if (!profile) co_return Fail(Reason::kNotFound);
  if (version != profile->current_terms) {
    Error stale;
    stale.reason = Reason::kStale;
    stale.version = profile->current_terms;
    co_return Fail(std::move(stale));
  }
  tx.Send(account_store::kAccept, user, version);
  tx.Send(account_store::kMarkAccepted, user, version);
  line.object_kind = "account";
  line.object = user.bytes;
  trail_.Record(tx, line);
  profile->accepted_terms = version;
  co_return *std::move(profile);
}

StatementTable AccountStore::Statements() {
  using namespace account_store;
  return aplus::Statements(kProfile, kGroups, kChange, kAccept, kMarkAccepted);
}

}  // namespace aplus::auth
