#include <algorithm>
#include <string>
#include <utility>

#include "libs/rpc/formats.h"
#include "libs/rpc/timestamp.h"
#include "services/auth/acts/imports.h"
#include "services/auth/rpc/counter.h"
#include "services/auth/rpc/groups_rpc.h"

namespace aplus::auth {
namespace imports_rpc {

constexpr TextChecks kChecks{&IsEmailAddress, &IsPhoneNumber};

Result<ImportTable> TableOf(const std::string& csv, int most_rows) {
  ImportTable table = ReadPeopleTable(csv, static_cast<std::size_t>(most_rows), kChecks);
  switch (table.fault) {
    case TableFault::kNone:
      return table;
    case TableFault::kQuote:
      return Fail(Violation("csv", "quote", "Un guillemet est ouvert et jamais refermé."));
    case TableFault::kHeadings:
      return Fail(Violation("csv", "headings",
                            "La première ligne doit nommer les colonnes, au moins « e-mail » et « nom »."));
    case TableFault::kEmpty:
      return Fail(Violation("csv", "empty", "Le tableau ne contient aucune personne."));
    case TableFault::kTooLong:
      return Fail(Violation("csv", "too_long",
                            "Le tableau dépasse " + std::to_string(most_rows) + " lignes : partagez-le."));
  }
  return table;
}

Task<Result<v1::ImportResponse>> Answer(Task<Result<ImportNow>> act) {
  CO_TRY(const ImportNow now, co_await std::move(act));
  v1::ImportResponse response;
  v1::Import& out = *response.mutable_table();
  out.set_id(now.head.id.ToString());
  out.set_group_id(now.head.group.ToString());
  out.set_state(static_cast<v1::ImportState>(now.head.state));
  SetTime(now.head.created_at, *out.mutable_created_at());
  if (now.head.applied_at) SetTime(*now.head.applied_at, *out.mutable_applied_at());
  if (now.head.undone_at) SetTime(*now.head.undone_at, *out.mutable_undone_at());
  for (const OutcomeCount& count : now.figures) {
    v1::Import::Figure& figure = *out.add_figures();
    figure.set_outcome(static_cast<v1::RowOutcome>(count.outcome));
    figure.set_rows(static_cast<std::int32_t>(count.rows));
  }
  co_return response;
}

std::string QuestionOf(const Asker& asker, const v1::ListImportRowsRequest& request) {
  return "import\n" + asker.user.ToString() + "\n" + request.import_id() + "\n" +
         std::to_string(request.outcome());
}

// Positions are lines, written as digits.
std::optional<std::int32_t> LineAt(const std::optional<std::string>& position) {
  if (!position || position->empty() || position->size() > 9) return std::nullopt;
  std::int32_t line = 0;
  for (const char c : *position) {
    if (c < '0' || c > '9') return std::nullopt;
    line = line * 10 + (c - '0');
  }
  return line;
}

void ToProto(const ImportedRow& row, v1::ListImportRowsResponse::Row& out) {
  out.set_line(row.line);
  out.set_outcome(static_cast<v1::RowOutcome>(row.outcome));
  for (std::size_t at = 0; at < row.wrong.size();) {
    const std::size_t comma = std::min(row.wrong.find(',', at), row.wrong.size());
    out.add_wrong(row.wrong.substr(at, comma - at));
    at = comma + 1;
  }
  out.set_email(row.email);
  out.set_first_name(row.first_name);
  out.set_last_name(row.last_name);
  EachRole(static_cast<std::uint8_t>(row.roles), [&](v1::Role role) { out.add_roles(role); });
  if (!row.user.IsNil()) out.set_user_id(row.user.ToString());
}

}  // namespace imports_rpc

void ImportsRpc::Register(Server& server) {
  server.Add(*this, "aplus.auth.v1.Imports.PreviewImport", &ImportsRpc::PreviewImport);
  server.Add(*this, "aplus.auth.v1.Imports.GetImport", &ImportsRpc::GetImport);
  server.Add(*this, "aplus.auth.v1.Imports.ListImportRows", &ImportsRpc::ListImportRows);
  server.Add(*this, "aplus.auth.v1.Imports.ApplyImport", &ImportsRpc::ApplyImport);
  server.Add(*this, "aplus.auth.v1.Imports.UndoImport", &ImportsRpc::UndoImport);
}

Asker ImportsRpc::For(const Call& call) const { return AskerOf(call, office_.clock.Now()); }

Task<Result<v1::ImportResponse>> ImportsRpc::PreviewImport(Call& call,
                                                           const v1::PreviewImportRequest& request) {
  const Asker asker = For(call);
  CO_TRY(const ImportTable table, imports_rpc::TableOf(request.csv(), office_.rules.import_rows));
  co_return co_await imports_rpc::Answer(
      auth::PreviewImport(office_, asker, IdOf<GroupId>(request.group_id()), table));
}

Task<Result<v1::ImportResponse>> ImportsRpc::GetImport(Call& call, const v1::GetImportRequest& request) {
  const Asker asker = For(call);
  co_return co_await imports_rpc::Answer(
      auth::GetImport(office_, asker, IdOf<ImportId>(request.import_id())));
}

Task<Result<v1::ListImportRowsResponse>> ImportsRpc::ListImportRows(
    Call& call, const v1::ListImportRowsRequest& request) {
  const Asker asker = For(call);
  const std::string question = imports_rpc::QuestionOf(asker, request);
  std::int32_t after = 0;
  if (!request.page_token().empty()) {
    const auto line = imports_rpc::LineAt(page_tokens_.Read(question, request.page_token()));
    if (!line) co_return Fail(BadPageToken());
    after = *line;
  }
  const int page = PageSize(request.page_size());
  CO_TRY(const auto rows,
         co_await auth::ListImportRows(office_, asker, IdOf<ImportId>(request.import_id()),
                                       static_cast<RowOutcome>(request.outcome()), after, page + 1));
  const std::size_t shown = std::min(rows.size(), static_cast<std::size_t>(page));
  v1::ListImportRowsResponse response;
  for (std::size_t i = 0; i < shown; ++i) imports_rpc::ToProto(rows[i], *response.add_rows());
  if (rows.size() > shown) {
    response.set_next_page_token(page_tokens_.Make(question, std::to_string(rows[shown - 1].line)));
  }
  co_return response;
}

Task<Result<v1::ImportResponse>> ImportsRpc::ApplyImport(Call& call, const v1::ApplyImportRequest& request) {
  const Asker asker = For(call);
  co_return co_await imports_rpc::Answer(
      auth::ApplyImport(office_, asker, IdOf<ImportId>(request.import_id())));
}

Task<Result<v1::ImportResponse>> ImportsRpc::UndoImport(Call& call, const v1::UndoImportRequest& request) {
  const Asker asker = For(call);
  co_return co_await imports_rpc::Answer(
      auth::UndoImport(office_, asker, IdOf<ImportId>(request.import_id())));
}

}  // namespace aplus::auth
