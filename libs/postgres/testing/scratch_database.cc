#include <libpq-fe.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>

#include "libs/base/bytes.h"
#include "libs/base/random.h"
#include "libs/postgres/testing/describe.h"

namespace aplus::testing {
namespace scratch {

struct Finish {
  void operator()(PGconn* conn) const { PQfinish(conn); }
};
struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};

const char* Cluster() { return std::getenv("APLUS_TEST_PG"); }

std::string Quoted(std::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

// The cluster's connection string with another database and role; later words win.
std::string Conninfo(const std::string& database, const std::string& role) {
  std::string conninfo = std::string(Cluster()) + " dbname=" + Quoted(database);
  if (!role.empty()) conninfo += " user=" + Quoted(role) + " password=" + Quoted(role);
  return conninfo;
}

[[noreturn]] void Die(const std::string& what) {
  std::fprintf(stderr, "ScratchDatabase: %s\n", what.c_str());
  std::abort();
}

std::vector<std::string> Run(const std::string& conninfo, const std::string& sql) {
  const std::unique_ptr<PGconn, Finish> conn(PQconnectdb(conninfo.c_str()));
  if (PQstatus(conn.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(conn.get()));
  PQsetNoticeProcessor(conn.get(), [](void*, const char*) {}, nullptr);
  const std::unique_ptr<PGresult, Clear> result(PQexec(conn.get(), sql.c_str()));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_EMPTY_QUERY) {
    throw std::runtime_error(PQresultErrorMessage(result.get()));
  }
  std::vector<std::string> rows;
  rows.reserve(static_cast<std::size_t>(PQntuples(result.get())));
  for (int i = 0; i < PQntuples(result.get()); ++i) {
    rows.emplace_back(PQgetisnull(result.get(), i, 0) != 0 ? "NULL" : PQgetvalue(result.get(), i, 0));
  }
  return rows;
}

void Replace(std::string& text, std::string_view what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

}  // namespace scratch

bool HasTestCluster() { return scratch::Cluster() != nullptr; }

ScratchDatabase::ScratchDatabase(const MigrationTable& table) {
  Create();
  const auto migrated = Migrate(migrate_options(), table);
  if (!migrated) scratch::Die(migrated.error().diagnostic);
}

ScratchDatabase::ScratchDatabase(std::string_view sql) {
  Create();
  std::string text(sql);
  scratch::Replace(text, ":app_role", app_role_);
  try {
    scratch::Run(owner_conninfo(), text);
  } catch (const std::exception& failure) {
    scratch::Die(failure.what());
  }
}

void ScratchDatabase::Create() {
  if (!HasTestCluster()) scratch::Die("APLUS_TEST_PG is not set; run through tools/with-test-servers");
  std::array<std::uint8_t, 5> bytes{};
  SystemRandom().Fill(bytes);
  name_ = "scratch_" + ToHex(bytes);
  owner_role_ = name_ + "_owner";
  app_role_ = name_ + "_app";
  try {
    const std::string super = scratch::Conninfo("postgres", "");
    scratch::Run(super, "CREATE ROLE " + owner_role_ + " LOGIN PASSWORD '" + owner_role_ + "'");
    scratch::Run(super, "CREATE ROLE " + app_role_ + " LOGIN PASSWORD '" + app_role_ + "'");
    scratch::Run(
        super, "CREATE DATABASE " + name_ + " OWNER " + owner_role_ + " TEMPLATE template0 ENCODING 'UTF8'");
  } catch (const std::exception& failure) {
    scratch::Die(failure.what());
  }
}

ScratchDatabase::~ScratchDatabase() {
  try {
    const std::string super = scratch::Conninfo("postgres", "");
    scratch::Run(super, "DROP DATABASE " + name_ + " WITH (FORCE)");
    scratch::Run(super, "DROP ROLE " + app_role_);
    scratch::Run(super, "DROP ROLE " + owner_role_);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "ScratchDatabase: %s\n", failure.what());
  }
}

std::string ScratchDatabase::app_conninfo() const { return scratch::Conninfo(name_, app_role_); }
std::string ScratchDatabase::owner_conninfo() const { return scratch::Conninfo(name_, owner_role_); }
std::string ScratchDatabase::superuser_conninfo() const { return scratch::Conninfo(name_, ""); }

DatabaseOptions ScratchDatabase::options() const {
  DatabaseOptions options;
  options.conninfo = app_conninfo();
  return options;
}

MigrateOptions ScratchDatabase::migrate_options() const {
  MigrateOptions options;
  options.conninfo = owner_conninfo();
  options.app_role = app_role_;
  return options;
}

std::vector<std::string> ScratchDatabase::Sql(const std::string& sql) const {
  return scratch::Run(superuser_conninfo(), sql);
}

}  // namespace aplus::testing
