#include "libs/postgres/testing/describe.h"

#include <libpq-fe.h>
#include <simdjson.h>

#include <memory>
#include <string>
#include <utility>

#include "libs/postgres/connect.h"

namespace aplus::testing {
namespace describe {

struct Finish {
  void operator()(PGconn* conn) const { PQfinish(conn); }
};
struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Res = std::unique_ptr<PGresult, Clear>;

bool Ok(const Res& result) {
  const ExecStatusType status = PQresultStatus(result.get());
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

struct Walk {
  PGconn* conn;
  const DescribeOptions& options;
  std::string statement;
  std::vector<std::string>& problems;

  bool MayScan(std::string_view table) const {
    if (options.whole.contains(statement)) return true;
    for (const std::string& allowed : options.may_scan) {
      if (table == allowed) return true;
    }
    return false;
  }

  // A partial index is made to be read whole: what waits in it is the work.
  bool IsPartial(const std::string& index) const {
    const char* values[] = {index.c_str()};
    const Res result(PQexecParams(conn,
                                  "SELECT indpred IS NOT NULL FROM pg_index WHERE indexrelid = $1::regclass",
                                  1, nullptr, values, nullptr, nullptr, 0));
    return Ok(result) && PQntuples(result.get()) == 1 && *PQgetvalue(result.get(), 0, 0) == 't';
  }

  static std::string Text(simdjson::dom::element node, std::string_view key) {
    std::string_view text;
    return node[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
  }

  void Node(simdjson::dom::element node, bool limited, const std::string& table_above) {
    const std::string type = Text(node, "Node Type");
    std::string table = Text(node, "Relation Name");
    if (table.empty()) table = table_above;
    if (type == "Seq Scan" && !MayScan(table)) {
      problems.push_back(statement + ": sequential scan of " + table);
    }
    const std::string index = Text(node, "Index Name");
    // Without a condition the index is read from its beginning; fine when LIMIT stops it.
    if (!index.empty() && Text(node, "Index Cond").empty() && !limited && !MayScan(table) &&
        !IsPartial(index)) {
      problems.push_back(statement + ": reads all of index " + index);
    }
    simdjson::dom::array children;
    if (node["Plans"].get(children) != simdjson::SUCCESS) return;
    for (const simdjson::dom::element child : children) Node(child, limited || type == "Limit", table);
  }
};

void CheckPlan(Walk walk, const StatementSpec& spec) {
  std::string explain = "EXPLAIN (FORMAT JSON) EXECUTE \"" + std::string(spec.name) + "\"";
  for (std::size_t i = 0; i < spec.params.size(); ++i) explain += i == 0 ? "(NULL" : ", NULL";
  if (!spec.params.empty()) explain += ")";
  const Res plan(PQexec(walk.conn, explain.c_str()));
  if (!Ok(plan)) {
    walk.problems.push_back(walk.statement + ": " + PQresultErrorMessage(plan.get()));
    return;
  }
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  const std::string json = PQgetvalue(plan.get(), 0, 0);
  if (parser.parse(json).at(0)["Plan"].get(root) != simdjson::SUCCESS) return;  // BEGIN and the like
  walk.Node(root, false, "");
}

}  // namespace describe

std::vector<std::string> DescribeAll(const ScratchDatabase& database, const StatementTable& statements,
                                     const DescribeOptions& options) {
  std::vector<std::string> problems;
  const std::unique_ptr<PGconn, describe::Finish> conn(PQconnectdb(database.app_conninfo().c_str()));
  if (PQstatus(conn.get()) != CONNECTION_OK) return {PQerrorMessage(conn.get())};
  for (const char* setting : {"SET enable_seqscan = off", "SET plan_cache_mode = force_generic_plan"}) {
    describe::Res(PQexec(conn.get(), setting));
  }
  for (const StatementSpec& spec : statements.specs()) {
    const std::string name(spec.name);
    const describe::Res prepared(PQprepare(conn.get(), spec.name.data, spec.sql.data,
                                           static_cast<int>(spec.params.size()), spec.params.data()));
    if (!describe::Ok(prepared)) {
      problems.push_back(name + ": " + PQresultErrorMessage(prepared.get()));
      continue;
    }
    const describe::Res description(PQdescribePrepared(conn.get(), spec.name.data));
    if (auto checked = postgres::CheckDescription(spec, description.get()); !checked) {
      problems.push_back(checked.error().diagnostic);
    }
    describe::CheckPlan({conn.get(), options, name, problems}, spec);
  }
  return problems;
}

}  // namespace aplus::testing
