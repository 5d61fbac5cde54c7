#include "libs/postgres/migrations.h"

#include <libpq-fe.h>
#include <openssl/sha.h>

#include <array>
#include <chrono>
#include <map>
#include <memory>
#include <thread>
#include <utility>

#include "libs/base/bytes.h"
#include "libs/postgres/database.h"

namespace aplus {
namespace migrations {

constexpr int kLockTries = 10;
constexpr std::string_view kNoTransaction = "-- aplus: no transaction";

struct Finish {
  void operator()(PGconn* conn) const { PQfinish(conn); }
};
struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Conn = std::unique_ptr<PGconn, Finish>;
using Res = std::unique_ptr<PGresult, Clear>;

std::string Checksum(std::string_view sql) {
  std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(sql.data()), sql.size(), digest.data());
  return ToHex(digest);
}

// What failed, for the operator who runs the migration: SQLSTATE and the server's words.
struct Failure {
  std::string sqlstate, text;
};

std::optional<Failure> Execute(PGconn* conn, const std::string& sql) {
  const Res result(PQexec(conn, sql.c_str()));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY)
    return std::nullopt;
  const char* sqlstate = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
  return Failure{sqlstate == nullptr ? "" : sqlstate, PQresultErrorMessage(result.get())};
}

Result<void> Require(PGconn* conn, const std::string& sql, const std::string& what) {
  const auto failure = Execute(conn, sql);
  if (!failure) return {};
  return Fail(failure->sqlstate.empty() ? Reason::kUnavailable : Reason::kInternal,
              what + ": " + failure->text);
}

std::string QuoteLiteral(PGconn* conn, std::string_view text) {
  char* quoted = PQescapeLiteral(conn, text.data(), text.size());
  std::string copy = quoted;
  PQfreemem(quoted);
  return copy;
}

std::string WithAppRole(PGconn* conn, std::string_view sql, const std::string& role) {
  char* quoted = PQescapeIdentifier(conn, role.data(), role.size());
  std::string out(sql);
  constexpr std::string_view kPlace = ":app_role";
  for (std::size_t at = 0; (at = out.find(kPlace, at)) != std::string::npos;) {
    out.replace(at, kPlace.size(), quoted);
    at += std::string_view(quoted).size();
  }
  PQfreemem(quoted);
  return out;
}

// Statements of a file without transaction end with ';' at the end of a line.
std::vector<std::string> Statements(std::string_view sql) {
  std::vector<std::string> statements;
  std::size_t start = 0;
  while (start < sql.size()) {
    std::size_t end = sql.find(";\n", start);
    end = end == std::string_view::npos ? sql.size() : end + 2;
    statements.emplace_back(sql.substr(start, end - start));
    start = end;
  }
  return statements;
}

Result<Conn> Open(const MigrateOptions& options) {
  const std::string lock_timeout = "-c lock_timeout=" + std::to_string(options.lock_timeout_ms) +
                                   " -c client_min_messages=warning -c statement_timeout=0";
  const std::string& password = options.password.Reveal();
  const char* keys[] = {"dbname",
                        "target_session_attrs",
                        "connect_timeout",
                        "application_name",
                        "options",
                        password.empty() ? nullptr : "password",
                        nullptr};
  const char* values[] = {options.conninfo.c_str(),
                          "read-write",
                          "5",
                          "aplus migrations",
                          lock_timeout.c_str(),
                          password.empty() ? nullptr : password.c_str(),
                          nullptr};
  Conn conn(PQconnectdbParams(keys, values, 1));
  if (PQstatus(conn.get()) != CONNECTION_OK) {
    return Fail(Reason::kUnavailable, std::string("connecting to migrate: ") + PQerrorMessage(conn.get()));
  }
  PQsetNoticeProcessor(conn.get(), [](void*, const char*) {}, nullptr);
  return conn;
}

// One at a time per database. Held by the session, so it ends with it.
Result<void> TakeTurn(PGconn* conn) {
  for (int attempt = 0; attempt < 300; ++attempt) {
    const Res result(PQexec(conn, "SELECT pg_try_advisory_lock(hashtextextended('aplus migrations', 0))"));
    if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) break;
    if (std::string_view(PQgetvalue(result.get(), 0, 0)) == "t") return {};
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return Fail(Reason::kUnavailable, "another migration holds the lock");
}

Result<std::map<std::pair<std::string, int>, std::string>> Applied(PGconn* conn) {
  TRY_VOID(Require(conn, R"sql(
    CREATE TABLE IF NOT EXISTS schema_migration (
      set_name   text        NOT NULL,
      number     integer     NOT NULL,
      name       text        NOT NULL,
      checksum   text        NOT NULL,
      applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
      PRIMARY KEY (set_name, number)
    ))sql",
                   "schema_migration"));
  const Res result(PQexec(conn, "SELECT set_name, number, checksum FROM schema_migration"));
  if (PQresultStatus(result.get()) != PGRES_TUPLES_OK) {
    return Fail(Reason::kInternal, std::string("schema_migration: ") + PQresultErrorMessage(result.get()));
  }
  std::map<std::pair<std::string, int>, std::string> applied;
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    applied[{PQgetvalue(result.get(), i, 0), std::stoi(PQgetvalue(result.get(), i, 1))}] =
        PQgetvalue(result.get(), i, 2);
  }
  return applied;
}

std::string RecordSql(PGconn* conn, const Migration& migration) {
  return "INSERT INTO schema_migration (set_name, number, name, checksum) VALUES (" +
         QuoteLiteral(conn, migration.set) + ", " + std::to_string(migration.number) + ", " +
         QuoteLiteral(conn, migration.name) + ", " + QuoteLiteral(conn, Checksum(migration.sql)) + ")";
}

std::optional<Failure> ApplyOnce(PGconn* conn, const Migration& migration, const std::string& app_role) {
  const std::string sql = WithAppRole(conn, migration.sql, app_role);
  if (migration.sql.starts_with(kNoTransaction)) {
    for (const std::string& statement : Statements(sql)) {
      if (auto failure = Execute(conn, statement)) return failure;
    }
    return Execute(conn, RecordSql(conn, migration));
  }
  // Several statements in one simple query are one transaction; explicit, so that nothing in the file ends it
  // unseen.
  if (auto failure = Execute(conn, "BEGIN")) return failure;
  auto failure = Execute(conn, sql);
  if (!failure) failure = Execute(conn, RecordSql(conn, migration));
  if (!failure) failure = Execute(conn, "COMMIT");
  if (failure) Execute(conn, "ROLLBACK");
  return failure;
}

Result<void> Apply(PGconn* conn, const Migration& migration, const std::string& app_role,
                   const std::string& name) {
  for (int attempt = 1;; ++attempt) {
    const auto failure = ApplyOnce(conn, migration, app_role);
    if (!failure) return {};
    const bool locked = failure->sqlstate == "55P03" || failure->sqlstate == "40P01";
    if (!locked || attempt == kLockTries) {
      return Fail(failure->sqlstate.empty() ? Reason::kUnavailable : Reason::kInternal,
                  name + ": " + failure->text);
    }
    // Queries that queued behind our lock request get through meanwhile.
    std::this_thread::sleep_for(std::chrono::milliseconds(200) * attempt);
  }
}

}  // namespace migrations

MigrateOptions MigrateOptions::From(const DatabaseConfig& config) {
  MigrateOptions options;
  DatabaseConfig owner = config.Copy();
  owner.user = config.owner_user;
  options.conninfo = DatabaseOptions::From(owner, "").conninfo;
  options.password = config.owner_password.Copy();
  options.app_role = config.user;
  return options;
}

Result<MigrationReport> Migrate(const MigrateOptions& options, const MigrationTable& table) {
  TRY(migrations::Conn conn, migrations::Open(options));
  TRY_VOID(migrations::TakeTurn(conn.get()));
  TRY(auto applied, migrations::Applied(conn.get()));
  MigrationReport report;
  for (const Migration& migration : table.migrations) {
    const std::string name = std::string(migration.set) + "/" + std::string(migration.name);
    const auto known = applied.find({std::string(migration.set), migration.number});
    if (known == applied.end()) {
      TRY_VOID(migrations::Apply(conn.get(), migration, options.app_role, name));
      report.applied.push_back(name);
    } else if (known->second != migrations::Checksum(migration.sql)) {
      return Fail(Reason::kInternal, name + " was changed after it was applied; add a new migration instead");
    }
  }
  return report;
}

}  // namespace aplus
