#include "services/stats/store/summary_store.h"

namespace aplus::stats {
namespace summary_sql {

struct PeriodRow {
  Day from, to;
  Time start, end, now;
};

constexpr Statement<PeriodRow, std::optional<Day>, std::optional<Day>> kPeriod{"summary_period", R"sql(
  SELECT p.first, p.last,
         p.first::timestamp AT TIME ZONE 'Europe/Paris',
         (p.last + 1)::timestamp AT TIME ZONE 'Europe/Paris',
         clock_timestamp()
    FROM (SELECT COALESCE($1, t.last - 29) AS first, t.last
            FROM (SELECT COALESCE($2, (clock_timestamp() AT TIME ZONE 'Europe/Paris')::date) AS last) AS t) AS p
)sql"};

constexpr Statement<GroupId, std::vector<std::string>> kGroupsOf{"summary_groups_of", R"sql(
  SELECT group_id
    FROM group_fact                                            -- group_fact_by_organisation
   WHERE organisation_id = ANY ($1)
)sql"};

constexpr Statement<GroupId, GroupId> kKnown{"summary_known_group", R"sql(
  SELECT group_id
    FROM group_fact                                            -- group_fact_pkey
   WHERE group_id = $1
)sql"};

// $1, $2 creation from (inclusive) to (exclusive) · $3 now · $4 all · $5 groups · $6 areas · $7 whether $8
// narrows · $8 groups of which the request has one · $9 area or ''.
//
// The branches of `chosen` that do not apply are not run (one-time filters). What the columns mean stands
// beside SummaryRow; 72 working hours are 259 200 000 000 microseconds; close reasons 2 and 3 are revoked and
// withdrawn, 5 is no answer.
constexpr Statement<SummaryRow, Time, Time, Time, bool, std::vector<GroupId>, std::vector<std::string>, bool,
                    std::vector<GroupId>, std::string>
    kSummary{"summary", R"sql(
  WITH chosen AS (
    SELECT request_id
      FROM request_fact                                        -- request_fact_by_time
     WHERE $4
       AND created_at >= $1
       AND created_at < $2
    UNION
    SELECT request_id
      FROM request_group                                       -- request_group_by_group
     WHERE NOT $4
       AND group_id = ANY ($5)
       AND created_at >= $1
       AND created_at < $2
    UNION
    SELECT request_id
      FROM request_fact                                        -- request_fact_by_area
     WHERE NOT $4
       AND area_id = ANY ($6)
       AND created_at >= $1
       AND created_at < $2),
  fact AS (
    SELECT f.state, f.first_answer_at, f.first_answer_working, f.late, f.close_reason, f.usefulness, f.messages,
           f.standard_procedure, f.processed_working,
           f.first_answer_at - f.created_at AS answering,
           f.processed_at - f.created_at AS solving,
           f.close_reason IS NOT DISTINCT FROM 2 OR f.close_reason IS NOT DISTINCT FROM 3 AS taken_back,
           f.created_at <= $3 - interval '168 hours' AS old_enough
      FROM chosen
      JOIN request_fact f ON f.request_id = chosen.request_id  -- request_fact_pkey
     WHERE ($9 = '' OR f.area_id = $9)
       AND (NOT $7 OR EXISTS (SELECT
                                FROM request_group g           -- request_group_pkey
                               WHERE g.request_id = f.request_id
                                 AND g.group_id = ANY ($8))))
  SELECT count(*),
         count(*) FILTER (WHERE state = 1),
         count(*) FILTER (WHERE state = 2),
         count(*) FILTER (WHERE state = 3),
         count(*) FILTER (WHERE state = 4),
         count(*) FILTER (WHERE NOT taken_back AND first_answer_working <= 259200000000),
         count(*) FILTER (WHERE NOT taken_back AND (first_answer_at IS NOT NULL OR late OR state = 4)),
         count(*) FILTER (WHERE NOT taken_back AND solving < interval '168 hours'),
         count(*) FILTER (WHERE NOT taken_back AND solving < interval '168 hours' AND old_enough),
         count(*) FILTER (WHERE NOT taken_back AND solving <= interval '120 hours'),
         count(*) FILTER (WHERE NOT taken_back AND solving <= interval '120 hours' AND old_enough),
         count(*) FILTER (WHERE NOT taken_back AND old_enough),
         count(answering),
         percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM answering)::float8 / 3600),
         percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY first_answer_working / 3.6e9::float8),
         count(solving),
         percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY extract(epoch FROM solving)::float8 / 3600),
         percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY processed_working / 3.6e9::float8),
         count(*) FILTER (WHERE late),
         count(*) FILTER (WHERE close_reason = 5),
         count(*) FILTER (WHERE NOT standard_procedure),
         count(*) FILTER (WHERE usefulness = 1),
         count(*) FILTER (WHERE usefulness = 2),
         count(*) FILTER (WHERE usefulness = 3),
         COALESCE(sum(messages), 0)
    FROM fact
)sql"};

// $1, $2 days · $3 all · $4 groups · $5 areas · $6 whether $7 narrows · $7 groups · $8 area or ''.
// Platform-wide a person stands under the nil group; within areas and groups, under the groups that are
// there.
constexpr Statement<std::int64_t, Day, Day, bool, std::vector<GroupId>, std::vector<std::string>, bool,
                    std::vector<GroupId>, std::string>
    kActive{"summary_active", R"sql(
  WITH counted AS (
    SELECT '00000000-0000-0000-0000-000000000000'::uuid AS group_id
     WHERE $3
       AND NOT $6
       AND $8 = ''
    UNION
    SELECT g.group_id
      FROM group_fact g                                        -- a few thousand groups
     WHERE ($3 OR g.group_id = ANY ($4) OR g.area_ids && $5)
       AND (NOT $6 OR g.group_id = ANY ($7))
       AND ($8 = '' OR $8 = ANY (g.area_ids))
       AND ($6 OR NOT $3 OR $8 <> ''))
  SELECT count(DISTINCT a.user_id)
    FROM counted
    JOIN active_day a ON a.group_id = counted.group_id         -- active_day_by_group
   WHERE a.day >= $1
     AND a.day <= $2
)sql"};

}  // namespace summary_sql

Task<Result<Period>> SummaryStore::PeriodOf(std::optional<Day> from, std::optional<Day> to,
                                            Deadline deadline) {
  CO_TRY(const auto row, co_await database_.QueryOne({.deadline = deadline}, summary_sql::kPeriod, from, to));
  if (!row) co_return Fail(Reason::kInternal, "no period");
  co_return Period{row->from, row->to, row->start, row->end, row->now};
}

Task<Result<std::vector<GroupId>>> SummaryStore::GroupsOf(std::vector<std::string> organisations,
                                                          Deadline deadline) {
  co_return co_await database_.Query({.deadline = deadline}, summary_sql::kGroupsOf, organisations);
}

Task<Result<std::vector<GroupId>>> SummaryStore::Known(GroupId group, Deadline deadline) {
  co_return co_await database_.Query({.deadline = deadline}, summary_sql::kKnown, group);
}

Task<Result<SummaryRow>> SummaryStore::Summary(Period period, Selection selection, Deadline deadline) {
  CO_TRY(auto row, co_await database_.QueryOne(
                       {.deadline = deadline}, summary_sql::kSummary, period.start, period.end, period.now,
                       selection.all, selection.groups, selection.areas, selection.narrow.has_value(),
                       selection.narrow.value_or(std::vector<GroupId>()), selection.area));
  co_return std::move(row).value_or(SummaryRow());
}

Task<Result<std::int64_t>> SummaryStore::ActiveUsers(Period period, Selection selection, Deadline deadline) {
  CO_TRY(const auto count, co_await database_.QueryOne(
                               {.deadline = deadline}, summary_sql::kActive, period.from, period.to,
                               selection.all, selection.groups, selection.areas, selection.narrow.has_value(),
                               selection.narrow.value_or(std::vector<GroupId>()), selection.area));
  co_return count.value_or(0);
}

StatementTable SummaryStore::Statements() {
  using namespace summary_sql;
  return aplus::Statements(kPeriod, kGroupsOf, kKnown, kSummary, kActive);
}

}  // namespace aplus::stats
