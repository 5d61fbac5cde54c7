#include "libs/postgres/sqlstate.h"

#include <libpq-fe.h>

#include <string>

#include "libs/postgres/database.h"

namespace aplus {
namespace sqlstate {

std::string Field(const pg_result* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string() : std::string(text);
}

// Messages of these classes quote the offending value ("invalid input syntax for type uuid: …").
bool MayQuoteValues(std::string_view sqlstate) {
  return sqlstate.starts_with("22") || sqlstate.starts_with("23");
}

constexpr std::string_view kUnknownCommit = "commit outcome unknown";

}  // namespace sqlstate

Reason ReasonFromSqlState(std::string_view sqlstate) {
  const std::string_view kind = sqlstate.substr(0, 2);
  if (sqlstate == "23505" || sqlstate == "23P01") return Reason::kConflict;
  if (kind == "23") return Reason::kImpossible;
  if (kind == "22") return Reason::kInvalidArgument;
  if (sqlstate == "57014" || sqlstate == "55P03" || sqlstate == "25P03") return Reason::kTimeout;
  if (kind == "08" || kind == "53" || kind == "40" || sqlstate == "25006") return Reason::kUnavailable;
  if (sqlstate.starts_with("57P")) return Reason::kUnavailable;
  return Reason::kInternal;
}

bool IsTransient(std::string_view sqlstate) { return sqlstate == "40001" || sqlstate == "40P01"; }

Error ErrorFromResult(const pg_result* result, std::string_view statement) {
  const std::string state = sqlstate::Field(result, PG_DIAG_SQLSTATE);
  Error error;
  // libpq's own failures (a connection cut off) carry no SQLSTATE.
  error.reason = state.empty() ? Reason::kUnavailable : ReasonFromSqlState(state);
  error.diagnostic = state.empty() ? "connection lost" : state;
  if (!statement.empty()) error.diagnostic.append(" statement=").append(statement);
  if (const std::string name = sqlstate::Field(result, PG_DIAG_CONSTRAINT_NAME); !name.empty()) {
    error.diagnostic.append(" constraint=").append(name);
  }
  if (const std::string name = sqlstate::Field(result, PG_DIAG_COLUMN_NAME); !name.empty()) {
    error.diagnostic.append(" column=").append(name);
  }
  if (!sqlstate::MayQuoteValues(state)) {
    error.diagnostic.append(": ").append(sqlstate::Field(result, PG_DIAG_MESSAGE_PRIMARY));
  }
  return error;
}

Error CommitUnknownError(std::string_view why) {
  Error error;
  error.reason = Reason::kUnavailable;
  error.retry_after_seconds = 1;
  error.diagnostic.append(sqlstate::kUnknownCommit).append(": ").append(why);
  return error;
}

bool IsCommitUnknown(const Error& error) {
  return error.reason == Reason::kUnavailable && error.diagnostic.starts_with(sqlstate::kUnknownCommit);
}

bool IsConstraint(const Error& error, std::string_view constraint) {
  constexpr std::string_view kMark = " constraint=";
  const std::size_t at = error.diagnostic.find(kMark);
  if (at == std::string::npos) return false;
  const std::string_view rest = std::string_view(error.diagnostic).substr(at + kMark.size());
  return rest.starts_with(constraint) && (rest.size() == constraint.size() || rest[constraint.size()] == ' ');
}

}  // namespace aplus
