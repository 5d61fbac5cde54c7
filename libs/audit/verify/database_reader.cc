#include "libs/audit/verify/database_reader.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "libs/base/bytes.h"

namespace aplus::audit {
namespace database_reader {

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Res = std::unique_ptr<PGresult, Clear>;

// One row of a text result, by position.
struct Row {
  PGresult* result;
  int row;
  bool Null(int column) const { return PQgetisnull(result, row, column) != 0; }
  std::string Text(int column) const { return PQgetvalue(result, row, column); }
  std::int64_t Int(int column) const { return std::strtoll(PQgetvalue(result, row, column), nullptr, 10); }
  std::optional<UuidBytes> Uuid(int column) const {
    return Null(column) ? std::nullopt : ParseUuid(Text(column));
  }
  ChainHash Hash(int column) const {
    ChainHash hash{};
    const auto bytes = FromHex(Text(column)).value_or(Bytes{});
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
  }
  Time At(int column) const { return Time{Duration{Int(column)}}; }
};

Result<Res> Run(PGconn* conn, const std::string& sql) {
  Res result(PQexec(conn, sql.c_str()));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return result;
  return Fail(Reason::kUnavailable, PQresultErrorMessage(result.get()));
}

constexpr const char* kMicros = "(extract(epoch FROM %s) * 1000000)::bigint";
std::string Micros(const std::string& column) {
  std::string text = kMicros;
  return text.replace(text.find("%s"), 2, column);
}

Checkpoint ToCheckpoint(const std::string& chain, const Row& row, Checkpoint::Kind kind) {
  Checkpoint checkpoint;
  checkpoint.chain = chain;
  checkpoint.position = row.Int(0);
  checkpoint.hash = row.Hash(1);
  checkpoint.at = row.At(2);
  checkpoint.key_id = row.Text(3);
  checkpoint.signature = std::string(AsText(FromHex(row.Text(4)).value_or(Bytes{})));
  checkpoint.kind = kind;
  return checkpoint;
}

SealedLine ToLine(const Row& row) {
  SealedLine line{row.Int(0), row.Hash(1), std::nullopt};
  if (row.Null(2)) return line;
  AuditRecord& record = line.record.emplace();
  record.id = AuditId{row.Uuid(2).value_or(UuidBytes{})};
  record.at = row.At(3);
  record.entry = {.actor_kind = static_cast<AuditActor>(row.Int(4)),
                  .actor = row.Uuid(5),
                  .signed_by = row.Text(6),
                  .session = row.Text(7),
                  .address = row.Text(8),
                  .operation = row.Text(9),
                  .object_kind = row.Text(10),
                  .object = row.Uuid(11),
                  .outcome = static_cast<AuditOutcome>(row.Int(12)),
                  .reason = row.Text(13),
                  .policy = static_cast<std::int32_t>(row.Int(14)),
                  .request_id = row.Text(15)};
  return line;
}

Result<void> ReadLines(PGconn* conn, std::int64_t base, ChainVerifier& verifier) {
  TRY_VOID(Run(conn,
               "DECLARE chain NO SCROLL CURSOR FOR "
               "SELECT s.position, encode(s.hash, 'hex'), e.id, " +
                   Micros("e.at") +
                   ", e.actor_kind, e.actor, e.signed_by, e.session, e.address, e.operation, e.object_kind,"
                   " e.object_id, e.outcome, e.reason, e.policy, e.request_id"
                   " FROM audit_seal AS s"
                   " LEFT JOIN audit_entry AS e ON e.id = s.audit_id"
                   " WHERE s.position > " +
                   std::to_string(base) + " ORDER BY s.position"));
  for (;;) {
    TRY(Res batch, Run(conn, "FETCH 5000 FROM chain"));
    if (PQntuples(batch.get()) == 0) break;
    for (int i = 0; i < PQntuples(batch.get()); ++i) verifier.Line(ToLine({batch.get(), i}));
  }
  TRY_VOID(Run(conn, "CLOSE chain"));
  return {};
}

}  // namespace database_reader

Result<VerifyReport> VerifyDatabase(PGconn* conn, const std::string& chain, ChainVerifier verifier,
                                    int grace_seconds, bool in_transaction) {
  using namespace database_reader;
  if (!in_transaction) TRY_VOID(Run(conn, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
  const std::string head =
      "SELECT position, encode(hash, 'hex'), " + Micros("at") + ", key_id, encode(signature, 'hex') FROM ";
  TRY(Res base, Run(conn, head + "audit_base ORDER BY position DESC LIMIT 1"));
  std::int64_t base_position = 0;
  if (PQntuples(base.get()) == 1) {
    const Row row{base.get(), 0};
    verifier.Base(ToCheckpoint(chain, row, Checkpoint::Kind::kBase));
    base_position = row.Int(0);
  }
  TRY(Res stored, Run(conn, head + "audit_checkpoint ORDER BY position"));
  const int heads = PQntuples(stored.get());
  for (int i = 0; i < heads; ++i) verifier.WillCompare(Row{stored.get(), i}.Int(0));
  TRY_VOID(ReadLines(conn, base_position, verifier));
  for (int i = 0; i < heads; ++i) {
    verifier.StoredCheckpoint(ToCheckpoint(chain, {stored.get(), i}, Checkpoint::Kind::kHead));
  }
  TRY(Res unsealed,
      Run(conn, "SELECT e.id FROM audit_entry AS e WHERE e.at < clock_timestamp() - interval '" +
                    std::to_string(grace_seconds) +
                    " seconds'"
                    " AND NOT EXISTS (SELECT FROM audit_seal AS s WHERE s.audit_id = e.id)"
                    " ORDER BY e.at LIMIT 100"));
  for (int i = 0; i < PQntuples(unsealed.get()); ++i) verifier.Unsealed(PQgetvalue(unsealed.get(), i, 0));
  if (!in_transaction) TRY_VOID(Run(conn, "COMMIT"));
  return verifier.Finish();
}

}  // namespace aplus::audit
