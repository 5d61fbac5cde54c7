// Schema changes: files NNNN_what.sql, embedded in the binary by aplus_embed_migrations (cmake/), applied
// forward only, each in a transaction of its own with its checksum, under an advisory lock, as the owner
// role. A service lists the folders of the libraries it uses before its own, so that every service has the
// same tables for events, audit and idempotency:
//
//   aplus_embed_migrations(aplus_requests requests_migrations
//     libs/postgres/migrations libs/events/migrations libs/audit/migrations services/requests/migrations)
//
// makes `extern const MigrationTable requests_migrations`, declared in "requests_migrations.h".
//
// In the files, :app_role stands for the role that the service runs as, quoted as an identifier. A first line
// "-- aplus: no transaction" runs a file statement by statement outside a transaction (CREATE INDEX
// CONCURRENTLY).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"
#include "libs/base/secret.h"
#include "libs/runtime/config.h"

namespace aplus {

struct Migration {
  std::string_view set;   // the folder it comes from: "events", "requests"
  int number;             // counts from 1 within its set
  std::string_view name;  // "0001_event_log"
  std::string_view sql;
};

struct MigrationTable {
  std::span<const Migration> migrations;  // in the order to apply
};

struct MigrateOptions {
  static MigrateOptions From(const DatabaseConfig& config);

  std::string conninfo;   // of the owner role
  SecretString password;  // empty: none
  std::string app_role;
  // Waiting for a lock longer than this gives way to traffic and tries again, up to ten times.
  int lock_timeout_ms = 2000;
};

struct MigrationReport {
  std::vector<std::string> applied;  // "events/0001_event_log"
};

// Blocks: for start-up, before the io thread runs, or on a blocking thread. Idempotent; two at once take
// turns. kInternal, with the file's name, when a file fails or when an applied file's text has changed since.
// Newer migrations than this binary knows are no error: expand → migrate → contract keeps N-1 working.
Result<MigrationReport> Migrate(const MigrateOptions& options, const MigrationTable& table);

}  // namespace aplus
