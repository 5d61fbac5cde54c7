// Statements are named constants that stand beside the row they answer:
//
//   struct RequestRow { RequestId id; std::string number; std::optional<Time> closed_at; };
//   inline constexpr Statement<RequestRow, RequestId> kFindRequest{"find_request", R"sql(
//     SELECT id, number, closed_at
//       FROM request
//      WHERE id = $1          -- request_pkey
//   )sql"};
//
// A Row is a plain aggregate, decoded by boost::pfr in column order, or a single value that has a Codec. Row
// = Affected says that the statement answers how many rows it changed. Names are unique within a process.
// Opening a database prepares every statement on every connection and compares parameter and column types
// with the C++ ones: a mismatch keeps the process from starting.
#pragma once

#include <boost/pfr.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "libs/base/result.h"
#include "libs/postgres/codec.h"

struct pg_result;  // libpq's PGresult

namespace aplus {

// Text that lives as long as the program and ends with NUL: only literals convert.
struct Literal {
  const char* data;
  std::size_t size;
  template <std::size_t N>
  consteval Literal(const char (&text)[N]) : data(text), size(N - 1) {}  // NOLINT: meant to convert
  constexpr operator std::string_view() const { return {data, size}; }   // NOLINT
};

// The Row of a statement that answers no rows.
struct Affected {
  std::int64_t rows = 0;
};

// kContents: reads or writes a table under forced row-level security (subject, messages, drafts …). Refused
// with kInternal before anything is sent when the call brings no principal.
enum class Touches : std::uint8_t { kMetadata, kContents };

template <class Row, class... Params>
struct Statement {
  Literal name;
  Literal sql;
  Touches touches = Touches::kMetadata;
};

// A statement as the connection prepares and checks it.
struct StatementSpec {
  Literal name;
  Literal sql;
  Touches touches;
  std::vector<PgOid> params;
  std::vector<DbType> columns;  // empty: answers a count
};

// What PQgetResult gave. Move-only.
class RawResult {
 public:
  RawResult() = default;
  explicit RawResult(pg_result* result) : result_(result) {}

  int rows() const;
  int columns() const;
  bool IsNull(int row, int column) const;
  // Valid as long as this object.
  std::string_view Cell(int row, int column) const;
  // Rows changed, or selected.
  std::int64_t affected() const;
  const pg_result* get() const { return result_.get(); }
  explicit operator bool() const { return result_ != nullptr; }

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

// Parameters in binary form, ready for libpq.
class ParamBuffer {
 public:
  template <class T>
  void Add(const T& value) {
    if constexpr (codec::Nullable<T>::kValue) {
      if (!value.has_value()) {
        ends_.push_back(kNull);
      } else {
        Add(*value);
      }
    } else {
      Codec<T>::Encode(value, bytes_);
      ends_.push_back(static_cast<std::int32_t>(bytes_.size()));
    }
  }
  int count() const { return static_cast<int>(ends_.size()); }
  // Pointers into this buffer (nullptr: NULL) and lengths, for PQsendQueryPrepared.
  void Layout(std::vector<const char*>& values, std::vector<int>& lengths) const;

 private:
  static constexpr std::int32_t kNull = -1;
  std::string bytes_;
  std::vector<std::int32_t> ends_;
};

// A statement with its parameters, independent of both once made.
struct BoundStatement {
  Literal name;
  Touches touches;
  ParamBuffer params;
};

// The same, still knowing its row.
template <class Row>
struct Bound {
  BoundStatement statement;
};

template <class Row, class... Params>
Bound<Row> Bind(const Statement<Row, Params...>& statement, const std::type_identity_t<Params>&... params) {
  Bound<Row> bound{{statement.name, statement.touches, {}}};
  (bound.statement.params.Add(params), ...);
  return bound;
}

namespace statement {

Error ColumnError(std::string_view what, int column);

template <class T>
Result<void> DecodeCell(const RawResult& result, int row, int column, T& out) {
  using Value = typename codec::Nullable<T>::Value;
  if (result.IsNull(row, column)) {
    if constexpr (codec::Nullable<T>::kValue) {
      out.reset();
      return {};
    } else {
      return Fail(ColumnError("NULL", column));
    }
  }
  bool read;
  if constexpr (codec::Nullable<T>::kValue) {
    read = Codec<Value>::Decode(result.Cell(row, column), out.emplace());
  } else {
    read = Codec<Value>::Decode(result.Cell(row, column), out);
  }
  if (!read) return Fail(ColumnError("a value outside its type", column));
  return {};
}

// Rows that are one value rather than an aggregate.
template <class Row>
inline constexpr bool kSingle = DbValue<typename codec::Nullable<Row>::Value>;

template <class Row>
std::vector<DbType> ColumnsOf() {
  if constexpr (std::is_same_v<Row, Affected>) {
    return {};
  } else if constexpr (kSingle<Row>) {
    return {DbTypeOf<Row>()};
  } else {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return std::vector<DbType>{DbTypeOf<boost::pfr::tuple_element_t<I, Row>>()...};
    }(std::make_index_sequence<boost::pfr::tuple_size_v<Row>>());
  }
}

}  // namespace statement

// What a statement with this Row answers: its rows, or the count.
template <class Row>
struct AnswerOf {
  using Type = std::vector<Row>;
};
template <>
struct AnswerOf<Affected> {
  using Type = Affected;
};
template <class Row>
using Answer = typename AnswerOf<Row>::Type;

// kInternal, with a diagnostic, when a cell does not decode.
template <class Row>
Result<Answer<Row>> Decode(const RawResult& result) {
  if constexpr (std::is_same_v<Row, Affected>) {
    return Affected{result.affected()};
  } else {
    std::vector<Row> rows;
    const int count = result.rows();
    rows.reserve(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i) {
      Row row{};
      if constexpr (statement::kSingle<Row>) {
        TRY_VOID(statement::DecodeCell(result, i, 0, row));
      } else {
        Result<void> outcome;
        int column = 0;
        boost::pfr::for_each_field(row, [&](auto& field) {
          if (outcome) outcome = statement::DecodeCell(result, i, column, field);
          ++column;
        });
        TRY_VOID(std::move(outcome));
      }
      rows.push_back(std::move(row));
    }
    return rows;
  }
}

// The statements a process uses: StatementTable table; table.Add(kFindRequest, kListRequests).Add(other);
class StatementTable {
 public:
  template <class... Statements>
  StatementTable& Add(const Statements&... statements) {
    (AddOne(statements), ...);
    return *this;
  }
  StatementTable& Add(const StatementTable& other);
  const std::vector<StatementSpec>& specs() const { return specs_; }

 private:
  template <class Row, class... Params>
  void AddOne(const Statement<Row, Params...>& statement) {
    Insert({statement.name,
            statement.sql,
            statement.touches,
            {DbTypeOf<Params>().oid...},
            statement::ColumnsOf<Row>()});
  }
  // Asserts that the name is new, or that it is the very same statement again.
  void Insert(StatementSpec spec);

  std::vector<StatementSpec> specs_;
};

template <class... S>
StatementTable Statements(const S&... statements) {
  StatementTable table;
  table.Add(statements...);
  return table;
}

}  // namespace aplus
