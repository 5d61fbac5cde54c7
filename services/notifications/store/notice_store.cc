#include "services/notifications/store/notice_store.h"

namespace aplus::notifications {
namespace notice_sql {

constexpr Statement<NoticeRow, UserId, Time, NoticeId, std::int32_t> kList{"notice_list", R"sql(
  SELECT id, at, kind, request_id, request_number
    FROM notice                                                -- notice_list
   WHERE user_id = $1
     AND (at, id) < ($2, $3)
   ORDER BY at DESC, id DESC
   LIMIT $4
)sql"};

constexpr Statement<Frequency, UserId> kFrequency{"preference_of", R"sql(
  SELECT frequency
    FROM preference                                            -- preference_pkey
   WHERE user_id = $1
)sql"};

constexpr Statement<Affected, UserId, Frequency> kSetFrequency{"preference_set", R"sql(
  INSERT INTO preference (user_id, frequency)
  VALUES ($1, $2)
  ON CONFLICT (user_id) DO UPDATE
     SET frequency = EXCLUDED.frequency,
         changed_at = clock_timestamp()
)sql"};

constexpr Statement<UserFrequency, std::vector<UserId>> kFrequencies{"preferences_of", R"sql(
  SELECT user_id, frequency
    FROM preference                                            -- preference_pkey
   WHERE user_id = ANY ($1)
)sql"};

constexpr Statement<Frequency, GroupId> kDefault{"group_preference_of", R"sql(
  SELECT frequency
    FROM group_preference                                      -- group_preference_pkey
   WHERE group_id = $1
)sql"};

constexpr Statement<Affected, GroupId, Frequency> kSetDefault{"group_preference_set", R"sql(
  INSERT INTO group_preference (group_id, frequency)
  VALUES ($1, $2)
  ON CONFLICT (group_id) DO UPDATE
     SET frequency = EXCLUDED.frequency,
         changed_at = clock_timestamp()
)sql"};

constexpr Statement<GroupFrequency, std::vector<GroupId>> kDefaults{"group_preferences_of", R"sql(
  SELECT group_id, frequency
    FROM group_preference                                      -- group_preference_pkey
   WHERE group_id = ANY ($1)
)sql"};

// The nil uuid stands for none.
constexpr Statement<Affected, EventId, RequestId, std::string, Time, std::vector<NoticeId>, std::vector<Kind>,
                    std::vector<UserId>, std::vector<GroupId>>
    kAdd{"notice_add", R"sql(
  INSERT INTO notice (id, user_id, event_id, kind, via_group_id, request_id, request_number, at)
  SELECT n.id, n.user_id, $1, n.kind, NULLIF(n.via_group_id, '00000000-0000-0000-0000-000000000000'::uuid),
         NULLIF($2, '00000000-0000-0000-0000-000000000000'::uuid), $3, $4
    FROM unnest($5, $6, $7, $8) AS n (id, kind, user_id, via_group_id)
  ON CONFLICT ON CONSTRAINT notice_once DO NOTHING
)sql"};

constexpr Statement<Affected, RequestId, std::string> kRemember{"request_number_remember", R"sql(
  INSERT INTO request_number (request_id, number)
  VALUES ($1, $2)
  ON CONFLICT (request_id) DO NOTHING
)sql"};

constexpr Statement<Affected, RequestId, std::vector<UserId>> kRememberHelpers{"request_helpers_remember",
                                                                               R"sql(
  UPDATE request_number
     SET helper_ids = $2
   WHERE request_id = $1                                       -- request_number_pkey
     AND helper_ids <> $2
)sql"};

constexpr Statement<std::string, RequestId> kNumber{"request_number_of", R"sql(
  SELECT number
    FROM request_number                                        -- request_number_pkey
   WHERE request_id = $1
)sql"};

constexpr Statement<Affected, RequestId> kForgetNotices{"notice_forget_request", R"sql(
  DELETE FROM notice
   WHERE request_id = $1                                       -- notice_by_request
)sql"};

constexpr Statement<Affected, RequestId> kForgetNumber{"request_number_forget", R"sql(
  DELETE FROM request_number
   WHERE request_id = $1                                       -- request_number_pkey
)sql"};

constexpr Statement<Affected, UserId, GroupId> kDropForGroup{"notice_drop_for_group", R"sql(
  DELETE FROM notice
   WHERE user_id = $1                                          -- notice_list
     AND via_group_id = $2
)sql"};

constexpr Statement<Affected, Duration> kSweep{"notice_sweep", R"sql(
  DELETE FROM notice
   WHERE id = ANY (ARRAY(SELECT id
                           FROM notice                         -- notice_by_time
                          WHERE at < clock_timestamp() - $1
                          ORDER BY at
                          LIMIT 1000))
)sql"};

// Before every real moment and id: the first page starts beyond them.
const NoticePlace kStart{Time{std::chrono::sys_days{std::chrono::year{9999} / 1 / 1}}, {}};

}  // namespace notice_sql

Task<Result<std::vector<NoticeRow>>> NoticeStore::List(UserId user, std::optional<NoticePlace> place,
                                                       int limit, Deadline deadline) {
  const NoticePlace from = place.value_or(notice_sql::kStart);
  co_return co_await database_.Query({.deadline = deadline}, notice_sql::kList, user, from.at, from.id,
                                     limit);
}

Task<Result<Frequency>> NoticeStore::FrequencyOf(UserId user, Deadline deadline) {
  CO_TRY(const auto chosen,
         co_await database_.QueryOne({.deadline = deadline}, notice_sql::kFrequency, user));
  co_return chosen.value_or(Frequency::kEach);
}

void NoticeStore::SetFrequency(Transaction& tx, UserId user, Frequency frequency) {
  tx.Send(notice_sql::kSetFrequency, user, frequency);
}

Task<Result<std::vector<UserFrequency>>> NoticeStore::Frequencies(Transaction& tx,
                                                                  std::vector<UserId> users) {
  co_return co_await tx.Run(notice_sql::kFrequencies, users);
}

Task<Result<Frequency>> NoticeStore::DefaultOf(GroupId group, Deadline deadline) {
  CO_TRY(const auto chosen, co_await database_.QueryOne({.deadline = deadline}, notice_sql::kDefault, group));
  co_return chosen.value_or(Frequency::kEach);
}

void NoticeStore::SetDefault(Transaction& tx, GroupId group, Frequency frequency) {
  tx.Send(notice_sql::kSetDefault, group, frequency);
}

Task<Result<std::vector<GroupFrequency>>> NoticeStore::Defaults(Transaction& tx,
                                                                std::vector<GroupId> groups) {
  co_return co_await tx.Run(notice_sql::kDefaults, groups);
}

void NoticeStore::Add(Transaction& tx, const MailSubject& subject, const std::vector<NewNotice>& notices) {
  std::vector<NoticeId> ids;
  std::vector<Kind> kinds;
  std::vector<UserId> users;
  std::vector<GroupId> groups;
  for (const NewNotice& notice : notices) {
    ids.push_back(NoticeId::New(clock_, random_));
    kinds.push_back(notice.kind);
    users.push_back(notice.user);
    groups.push_back(notice.via_group);
  }
  if (ids.empty()) return;
  tx.Send(notice_sql::kAdd, subject.event, subject.request, subject.number, subject.at, ids, kinds, users,
          groups);
}

void NoticeStore::RememberNumber(Transaction& tx, RequestId request, const std::string& number) {
  tx.Send(notice_sql::kRemember, request, number);
}

void NoticeStore::RememberHelpers(Transaction& tx, RequestId request, const std::vector<UserId>& helpers) {
  tx.Send(notice_sql::kRememberHelpers, request, helpers);
}

Task<Result<std::string>> NoticeStore::NumberOf(Transaction& tx, RequestId request) {
  CO_TRY(auto number, co_await tx.RunOne(notice_sql::kNumber, request));
  co_return std::move(number).value_or(std::string());
}

void NoticeStore::ForgetRequest(Transaction& tx, RequestId request) {
  tx.Send(notice_sql::kForgetNotices, request);
  tx.Send(notice_sql::kForgetNumber, request);
}

void NoticeStore::DropForGroup(Transaction& tx, UserId user, GroupId group) {
  tx.Send(notice_sql::kDropForGroup, user, group);
}

Task<Result<std::int64_t>> NoticeStore::Sweep(Duration keep) {
  TransactionOptions options{.deadline = SteadyClock::now() + std::chrono::seconds(10),
                             .principal = DbPrincipal::System(),
                             .repeatable = true};
  CO_TRY(const Affected swept, co_await database_.Write(std::move(options), notice_sql::kSweep, keep));
  co_return swept.rows;
}

StatementTable NoticeStore::Statements() {
  using namespace notice_sql;
  return aplus::Statements(kList, kFrequency, kSetFrequency, kFrequencies, kDefault, kSetDefault, kDefaults,
                           kAdd, kRemember, kRememberHelpers, kNumber, kForgetNotices, kForgetNumber,
                           kDropForGroup, kSweep);
}

}  // namespace aplus::notifications
