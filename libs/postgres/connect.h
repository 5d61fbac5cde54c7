// Makes connections: name look-up, libpq's asynchronous handshake, session settings, prepared statements, and
// the comparison of their types with the schema. Internal to libs/postgres; io thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/base/result.h"
#include "libs/postgres/connection.h"
#include "libs/postgres/database.h"
#include "libs/runtime/blocking.h"
#include "libs/runtime/task.h"

namespace aplus::postgres {

// Statements that the library itself runs; prepared on every connection under these names.
inline constexpr Statement<Affected> kBegin{"aplus_begin", "BEGIN"};
inline constexpr Statement<Affected> kCommit{"aplus_commit", "COMMIT"};
inline constexpr Statement<Affected> kRollback{"aplus_rollback", "ROLLBACK"};
inline constexpr Statement<bool, std::int32_t> kCancelBackend{"aplus_cancel", "SELECT pg_cancel_backend($1)"};

struct ContextRow {
  std::string statement_timeout, lock_timeout, user, groups, lane;
};
// Time limits and principal, until the end of the transaction (or of the Sync's group).
inline constexpr Statement<ContextRow, std::string_view, std::string_view, std::string_view, std::string_view,
                           std::string_view>
    kContext{"aplus_context", R"sql(
  SELECT set_config('statement_timeout', $1, true),
         set_config('lock_timeout', $2, true),
         set_config('aplus.user_id', $3, true),
         set_config('aplus.group_ids', $4, true),
         set_config('aplus.lane', $5, true)
)sql"};

// The values of kContext as text, comparable: a batch repeats it only where it changes.
struct Context {
  std::string statement_timeout, lock_timeout, user, groups, lane;
  friend bool operator==(const Context&, const Context&) = default;

  // What a session has before any kContext.
  static Context Default(const DatabaseOptions& options);
  static Context For(const DatabaseOptions& options, SteadyTime deadline, const DbPrincipal& principal,
                     SteadyTime now);
  BoundStatement Bind() const;
};

enum class SessionKind : std::uint8_t { kReadOnly, kReadWrite };

// kUnavailable: no server, or none that takes writes, by `until`. kInternal: the password or a parameter is
// wrong, a statement does not prepare, or its types differ from the C++ ones.
Task<Result<std::shared_ptr<Connection>>> Connect(const DatabaseOptions& options,
                                                  const StatementTable& statements, SessionKind kind,
                                                  Executor executor, BlockingPool& pool, SteadyTime until);

// Compares a described statement with its C++ types; the error names what differs.
Result<void> CheckDescription(const StatementSpec& spec, const pg_result* description);

}  // namespace aplus::postgres
