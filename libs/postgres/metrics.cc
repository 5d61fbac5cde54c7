#include "libs/postgres/metrics.h"

#include <array>
#include <string_view>

namespace aplus {
namespace database_metrics {

struct Row {
  std::string_view name, help;
  bool counter;
  double (*read)(const DatabaseFigures&);
};

template <auto member>
double Read(const DatabaseFigures& figures) {
  return static_cast<double>(figures.*member);
}

constexpr std::array<Row, 16> kRows{{
    {"aplus_database_reads_total", "Statements on the read lane", true, &Read<&DatabaseFigures::reads>},
    {"aplus_database_read_batches_total", "Syncs that they shared", true,
     &Read<&DatabaseFigures::read_batches>},
    {"aplus_database_rerun_alone_total", "Statements run again because a neighbour failed", true,
     &Read<&DatabaseFigures::rerun_alone>},
    {"aplus_database_transactions_total", "Transactions committed", true,
     &Read<&DatabaseFigures::transactions>},
    {"aplus_database_rollbacks_total", "Transactions rolled back", true, &Read<&DatabaseFigures::rollbacks>},
    {"aplus_database_retries_total", "Transactions run again after a deadlock", true,
     &Read<&DatabaseFigures::retries>},
    {"aplus_database_unknown_commits_total", "COMMITs whose answer was lost", true,
     &Read<&DatabaseFigures::unknown_commits>},
    {"aplus_database_audited_reads_total", "Reads that left an audit line", true,
     &Read<&DatabaseFigures::audited_reads>},
    {"aplus_database_audited_commits_total", "Commits that they shared", true,
     &Read<&DatabaseFigures::audited_commits>},
    {"aplus_database_connects_total", "Connections made", true, &Read<&DatabaseFigures::connects>},
    {"aplus_database_connect_failures_total", "Connections that could not be made", true,
     &Read<&DatabaseFigures::connect_failures>},
    {"aplus_database_timeouts_total", "Answers that did not come in time", true,
     &Read<&DatabaseFigures::timeouts>},
    {"aplus_database_connections", "Connections that are up", false,
     &Read<&DatabaseFigures::connections_ready>},
    {"aplus_database_leases", "Connections held by transactions", false,
     &Read<&DatabaseFigures::leases_held>},
    {"aplus_database_leases_waiting", "Callers that wait for a connection", false,
     &Read<&DatabaseFigures::leases_waiting>},
    {"aplus_database_reads_in_flight", "Statements sent and unanswered on the read lane", false,
     &Read<&DatabaseFigures::reads_in_flight>},
}};

}  // namespace database_metrics

void ExportFigures(MetricCallbacks& callbacks, const Database& database, const std::string& name) {
  for (const database_metrics::Row& row : database_metrics::kRows) {
    callbacks.Add(row.name, row.help, row.counter,
                  [&database, read = row.read] { return read(database.figures()); }, {{"database", name}});
  }
}

}  // namespace aplus
