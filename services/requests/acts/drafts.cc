#include <utility>

#include "services/requests/acts/creating.h"
#include "services/requests/acts/listing.h"
#include "services/requests/acts/sealing.h"
#include "services/requests/store/erasure_rows.h"
#include "services/requests/store/request_rows.h"

namespace aplus::requests {
namespace drafts {

Task<Result<Acted>> CreateIn(Transaction& tx, const Workshop& shop, const Asker& asker, RequestId id,
                             std::optional<GroupId> group) {
  auto count = tx.Send(kCountMyDrafts, asker.user);
  auto now = tx.Send(kDatabaseTime);
  CO_TRY(std::vector<std::int64_t> counts, co_await count.Await());
  CO_TRY(std::vector<Time> times, co_await now.Await());
  // Half-filled forms that nobody comes back to go by themselves; this only stops a loop.
  if (counts.at(0) >= shop.rules.drafts_per_person) {
    Error error = Fail(Reason::kRateLimited).value();
    error.detail = "Vous avez trop de brouillons en cours : envoyez-en un ou supprimez-en un.";
    co_return Fail(std::move(error));
  }
  const Time erase_at = times.at(0) + shop.rules.draft_lifetime;
  tx.Send(kInsertDraft, id, asker.user, group, times.at(0), erase_at);
  tx.Send(kScheduleErasure, id, std::string("P24"), erase_at);
  co_return Acted{.id = id.bytes};
}

// Mine, or as if it were not.
Result<void> Mine(const Asker& asker, Operation operation, const std::optional<DraftRow>& draft) {
  Relation relation;
  relation.own = draft && draft->author == asker.user && !asker.user.IsNil();
  const Verdict verdict = Decide(asker.caller, operation, relation);
  if (verdict == Verdict::kAllow && relation.own) return {};
  return Fail(ReasonOf(verdict).value_or(Reason::kNotFound));
}

Task<Result<Time>> PutIn(Transaction& tx, const Workshop& shop, const Asker& asker, RequestId id,
                         const std::string& body, const FieldCipher& cipher) {
  CO_TRY(std::optional<DraftRow> draft, co_await tx.RunOne(kLockDraft, id));
  CO_TRY_VOID(Mine(asker, Operation::kD3, draft));
  auto before = tx.Send(kReadDraftContent, std::vector<RequestId>{id});
  auto now = tx.Send(kDatabaseTime);
  CO_TRY(std::vector<DraftContentRow> contents, co_await before.Await());
  CO_TRY(std::vector<Time> times, co_await now.Await());
  const std::int32_t version = contents.empty() ? 1 : contents.front().version + 1;
  tx.Send(kSaveDraftContent, id, asker.user, version,
          cipher.Seal(shop.random, DraftPlace(id, version), body));
  tx.Send(kTouchDraft, id, times.at(0));
  shop.trail.Record(tx, asker.Line(Operation::kD3, "draft", id.bytes));
  co_return times.at(0);
}

Task<Result<Affected>> DeleteIn(Transaction& tx, const Workshop& shop, const Asker& asker, RequestId id) {
  CO_TRY(std::optional<DraftRow> draft, co_await tx.RunOne(kLockDraft, id));
  CO_TRY_VOID(Mine(asker, Operation::kD4, draft));
  CO_TRY(std::vector<Time> times, co_await tx.Run(kDatabaseTime));
  tx.Send(kExpireDraft, id, times.at(0));
  tx.Send(kScheduleErasure, id, std::string("P24"), times.at(0));
  shop.trail.Record(tx, asker.Line(Operation::kD4, "draft", id.bytes));
  co_return Affected{1};
}

Subject About(Operation operation, const RequestId& id) {
  return {.operation = operation, .kind = "draft", .id = id.bytes};
}

// The audit line is committed with the reading. The rows are the asker's own: the statements ask for no
// others.
Audited<DraftRow> DecideRead(const Workshop& shop, const Asker& asker, const RequestId& id,
                             const std::vector<DraftRow>& rows) {
  const std::optional<DraftRow> draft = rows.empty() ? std::nullopt : std::optional(rows.front());
  const Result<void> mine = Mine(asker, Operation::kD2, draft);
  if (!mine) {
    return {Fail(mine.error()),
            shop.trail.Line(asker.Refused(Operation::kD2, "draft", id.bytes, mine.error().reason))};
  }
  return {*draft, shop.trail.Line(asker.Line(Operation::kD2, "draft", id.bytes))};
}

Result<std::string> OpenBody(const FieldCipher& cipher, const RequestId& id,
                             const std::vector<DraftContentRow>& contents) {
  for (const DraftContentRow& row : contents) {
    if (row.draft == id) return cipher.Open(DraftPlace(id, row.version), row.body);
  }
  return std::string();
}

}  // namespace drafts

Task<Result<Acted>> CreateDraft(const Workshop& shop, const Asker& asker, std::optional<GroupId> group) {
  const Subject subject{.operation = Operation::kD1, .kind = "draft"};
  const bool mine = !group || asker.principal->Has(*group, kRoleHelper);
  if (Decide(asker.caller, Operation::kD1, {}) != Verdict::kAllow || !mine) {
    Error refusal;
    refusal.reason = Reason::kForbidden;
    co_return Fail(co_await NoteRefusal(shop, asker, subject, std::move(refusal)));
  }
  const RequestId id = RequestId::New(shop.clock, shop.random);
  CO_TRY_VOID(co_await shop.keys.Create(id, asker.deadline));
  auto create = [&](Transaction& tx) { return drafts::CreateIn(tx, shop, asker, id, group); };
  co_return co_await RunAct(shop, asker, subject, create);
}

Task<Result<ReadDraft>> GetDraft(const Workshop& shop, const Asker& asker, RequestId id) {
  auto decide = [&shop, asker, id](const std::vector<DraftRow>& rows) {
    return drafts::DecideRead(shop, asker, id, rows);
  };
  auto reading = shop.database.AuditedRead(asker.Reading(), decide, Bind(kReadDraft, id));
  CO_TRY(DraftRow row, co_await std::move(reading));
  ReadDraft draft{.row = row, .body = {}, .files = {}, .names = {}};
  CO_TRY(auto contents, co_await shop.database.Query(asker.Reading(), kReadDraftContent, {id}));
  CO_TRY(draft.files, co_await shop.database.Query(asker.Reading(), kFilesOfRequest, id));
  CO_TRY(auto names, co_await shop.database.Query(asker.Reading(), kFileNames, id));
  CO_TRY(std::optional<FieldCipher> cipher, co_await shop.keys.Find(id, asker.deadline));
  if (!cipher) co_return Fail(Reason::kNotFound);
  CO_TRY(draft.body, drafts::OpenBody(*cipher, id, contents));
  for (const FileNameRow& name : names) {
    CO_TRY(std::string opened, cipher->Open(FileNamePlace(name.file), name.name));
    draft.names.emplace_back(name.file, std::move(opened));
  }
  co_return draft;
}

Task<Result<std::vector<ReadDraft>>> ListDrafts(const Workshop& shop, const Asker& asker) {
  CO_TRY_VOID(co_await NoteShown(shop, asker, Operation::kD2, "drafts", false));
  CO_TRY(std::vector<DraftRow> rows, co_await shop.database.Query(asker.Reading(), kMyDrafts, asker.user));
  std::vector<RequestId> ids;
  ids.reserve(rows.size());
  for (const DraftRow& row : rows) ids.push_back(row.id);
  CO_TRY(auto contents, co_await shop.database.Query(asker.Reading(), kReadDraftContent, ids));
  CO_TRY(RequestKeys::Ciphers ciphers, co_await shop.keys.FindMany(ids, asker.deadline));
  std::vector<ReadDraft> drafts;
  for (DraftRow& row : rows) {
    const auto cipher = ciphers.find(row.id);
    if (cipher == ciphers.end()) continue;
    CO_TRY(std::string body, drafts::OpenBody(cipher->second, row.id, contents));
    drafts.push_back({.row = row, .body = std::move(body), .files = {}, .names = {}});
  }
  co_return drafts;
}

Task<Result<Time>> PutDraft(const Workshop& shop, const Asker& asker, RequestId id, std::string body) {
  CO_TRY(std::optional<FieldCipher> cipher, co_await shop.keys.Find(id, asker.deadline));
  if (!cipher) {
    Error refusal;
    refusal.reason = Reason::kNotFound;
    co_return Fail(co_await NoteRefusal(shop, asker, drafts::About(Operation::kD3, id), std::move(refusal)));
  }
  auto put = [&](Transaction& tx) { return drafts::PutIn(tx, shop, asker, id, body, *cipher); };
  Result<Time> at = co_await shop.database.Transact(asker.Writing(), put);
  if (!at) {
    co_return Fail(
        co_await NoteRefusal(shop, asker, drafts::About(Operation::kD3, id), std::move(at).error()));
  }
  co_return at;
}

Task<Result<void>> DeleteDraft(const Workshop& shop, const Asker& asker, RequestId id) {
  auto remove = [&](Transaction& tx) { return drafts::DeleteIn(tx, shop, asker, id); };
  Result<Affected> gone = co_await shop.database.Transact(asker.Writing(), remove);
  if (!gone) {
    co_return Fail(
        co_await NoteRefusal(shop, asker, drafts::About(Operation::kD4, id), std::move(gone).error()));
  }
  co_return Result<void>();
}

}  // namespace aplus::requests
