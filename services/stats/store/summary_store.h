// The figures of P80, computed by PostgreSQL.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/postgres/database.h"
#include "services/stats/domain/day.h"
#include "services/stats/domain/scope.h"

namespace aplus::stats {

// A period of creation: days of Paris, first and last included.
struct Period {
  Day from;
  Day to;
  Time start{};  // of the first day
  Time end{};    // of the day after the last
  Time now{};    // the database's, which "at least 7 days old" is measured by
};

// Counts and their bases as rows come; hours as the API gives them.
struct SummaryRow {
  std::int64_t created = 0;
  std::int64_t state_new = 0;
  std::int64_t in_progress = 0;
  std::int64_t processed = 0;
  std::int64_t closed = 0;
  // Taken in charge within 72 working hours; of those answered, late or closed.
  std::int64_t taken_in_time = 0;
  std::int64_t taken_base = 0;
  // Solved within 168 and 120 hours: all of them, and those that the share counts; of those 7 days old.
  std::int64_t solved_in_7 = 0;
  std::int64_t solved_in_7_of_base = 0;
  std::int64_t solved_in_5 = 0;
  std::int64_t solved_in_5_of_base = 0;
  std::int64_t solved_base = 0;
  std::int64_t answered = 0;
  std::optional<std::vector<double>> first_answer;          // median and 90th percentile, in hours
  std::optional<std::vector<double>> first_answer_working;  // likewise
  std::int64_t solved = 0;
  std::optional<std::vector<double>> solving;
  std::optional<std::vector<double>> solving_working;
  std::int64_t late = 0;
  std::int64_t closed_without_answer = 0;
  std::int64_t relevant = 0;
  std::int64_t useful_good = 0;
  std::int64_t useful_neutral = 0;
  std::int64_t useful_bad = 0;
  std::int64_t messages = 0;
};

// Io thread only; the database must outlive it.
class SummaryStore {
 public:
  explicit SummaryStore(Database& database) : database_(database) {}

  // The days asked for; without them the last 30 days, today included.
  Task<Result<Period>> PeriodOf(std::optional<Day> from, std::optional<Day> to, Deadline deadline);
  // Groups of the organisations.
  Task<Result<std::vector<GroupId>>> GroupsOf(std::vector<std::string> organisations, Deadline deadline);
  // The group itself if it exists.
  Task<Result<std::vector<GroupId>>> Known(GroupId group, Deadline deadline);
  Task<Result<SummaryRow>> Summary(Period period, Selection selection, Deadline deadline);
  // Distinct people who were there during the period.
  Task<Result<std::int64_t>> ActiveUsers(Period period, Selection selection, Deadline deadline);

  static StatementTable Statements();

 private:
  Database& database_;
};

}  // namespace aplus::stats
