#include "libs/postgres/statement.h"

#include <libpq-fe.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace aplus {

void RawResult::Clear::operator()(pg_result* result) const { PQclear(result); }
int RawResult::rows() const { return PQntuples(result_.get()); }
int RawResult::columns() const { return PQnfields(result_.get()); }
bool RawResult::IsNull(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }

std::string_view RawResult::Cell(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::int64_t RawResult::affected() const {
  const char* text = PQcmdTuples(result_.get());
  return *text == '\0' ? 0 : std::strtoll(text, nullptr, 10);
}

void ParamBuffer::Layout(std::vector<const char*>& values, std::vector<int>& lengths) const {
  values.clear();
  lengths.clear();
  std::int32_t start = 0;
  for (const std::int32_t end : ends_) {
    if (end == kNull) {
      values.push_back(nullptr);
      lengths.push_back(0);
    } else {
      values.push_back(bytes_.data() + start);
      lengths.push_back(end - start);
      start = end;
    }
  }
}

namespace statement {

Error ColumnError(std::string_view what, int column) {
  Error error;
  error.reason = Reason::kInternal;
  error.diagnostic.append("column ").append(std::to_string(column + 1)).append(" holds ").append(what);
  return error;
}

}  // namespace statement

StatementTable& StatementTable::Add(const StatementTable& other) {
  for (const StatementSpec& spec : other.specs_) Insert(spec);
  return *this;
}

void StatementTable::Insert(StatementSpec spec) {
  for (const StatementSpec& known : specs_) {
    if (std::string_view(known.name) != std::string_view(spec.name)) continue;
    if (std::string_view(known.sql) == std::string_view(spec.sql)) return;
    std::fprintf(stderr, "two different statements are named %s\n", spec.name.data);
    std::abort();
  }
  specs_.push_back(std::move(spec));
}

}  // namespace aplus
