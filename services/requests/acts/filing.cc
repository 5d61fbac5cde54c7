#include "services/requests/acts/filing.h"

#include <utility>

#include "services/requests/acts/marking.h"
#include "services/requests/acts/naming.h"
#include "services/requests/acts/saving.h"
#include "services/requests/acts/sealing.h"
#include "services/requests/acts/telling.h"
#include "services/requests/store/draft_rows.h"
#include "services/requests/store/erasure_rows.h"

namespace aplus::requests {
namespace filing {

// In whose name a file is added: the helper side's group, an instructor's own.
std::optional<GroupId> GroupOf(const Case& on) {
  if (on.relation.HelperSide()) return on.row.creator_group;
  if (!on.facts.instructor_groups.empty()) return on.facts.instructor_groups.front();
  return std::nullopt;
}

// Where the file goes: a draft of the asker's, or a request on which he may upload. Answers in whose name.
Task<Result<std::optional<GroupId>>> OpenTarget(Transaction& tx, const Asker& asker, RequestId id) {
  CO_TRY(std::optional<DraftRow> draft, co_await tx.RunOne(kLockDraft, id));
  if (draft) {
    Relation relation;
    relation.own = draft->author == asker.user;
    const Verdict verdict = Decide(asker.caller, Operation::kD3, relation);
    if (verdict != Verdict::kAllow) co_return Fail(ReasonOf(verdict).value_or(Reason::kNotFound));
    co_return draft->group;
  }
  CO_TRY(const Case on, co_await OpenCase(tx, id, asker, Operation::kF2, Act::kUpload));
  co_return GroupOf(on);
}

Task<Result<Time>> RegisterIn(Transaction& tx, const Workshop& shop, const Asker& asker, const NewFile& file,
                              const std::optional<FieldCipher>& cipher) {
  CO_TRY(const std::optional<GroupId> group, co_await OpenTarget(tx, asker, file.request));
  if (!cipher) co_return Fail(Reason::kErased);
  CO_TRY(std::optional<FileRow> before, co_await tx.RunOne(kReadFile, file.id));
  if (before) {
    const bool same = before->request == file.request && before->uploader == asker.user;
    if (!same) co_return Fail(Reason::kNotFound);
    co_return before->readable_until;
  }
  auto counting = tx.Send(kFileTotals, file.request, asker.user);
  auto now = tx.Send(kDatabaseTime);
  CO_TRY(std::vector<FileTotals> totals, co_await counting.Await());
  CO_TRY(std::vector<Time> times, co_await now.Await());
  if (totals.at(0).unsent >= shop.rules.files_per_message ||
      totals.at(0).bytes >= shop.rules.bytes_per_request) {
    co_return Fail(Reason::kTooManyFiles);
  }
  const Time readable_until = times.at(0) + shop.rules.file_lifetime;
  tx.Send(kInsertFile, file.id, file.request, asker.user, group, file.type, times.at(0), readable_until);
  tx.Send(kInsertFileName, file.id, file.request,
          cipher->Seal(shop.random, FileNamePlace(file.id), file.name));
  shop.trail.Record(tx, asker.Line(Operation::kF2, "file", file.id.bytes));
  co_return readable_until;
}

Operation OperationOf(FileAct act) { return act == FileAct::kDownload ? Operation::kF3 : Operation::kF4; }

// A file that nothing carries yet is its uploader's alone: for everybody else there is no such file.
Result<void> CheckUnsent(const Asker& asker, const FileRow& file) {
  const bool own = !asker.user.IsNil() && file.uploader == asker.user;
  if (!own || asker.caller.expert) return Fail(Reason::kNotFound);
  return {};
}

Task<Result<void>> CheckSent(Transaction& tx, const Asker& asker, const FileRow& file, FileAct act,
                             std::optional<Case>& on) {
  CO_TRY(on, co_await LockCase(tx, file.request, asker));
  if (!on) co_return Fail(Reason::kNotFound);
  // Between instructors: the helper side does not learn that it exists (P28), not even by being refused.
  if (file.lane == Lane::kInstructors && on->lane != Lane::kInstructors) co_return Fail(Reason::kNotFound);
  Relation relation = on->relation;
  relation.own = !asker.user.IsNil() && file.uploader == asker.user;
  const Verdict verdict = Decide(asker.caller, OperationOf(act), relation);
  if (const auto refused = ReasonOf(verdict)) co_return Fail(*refused);
  co_return Result<void>();
}

Result<void> CheckState(const FileRow& file, Time now, FileAct act) {
  if (file.state == FileState::kErased || file.state == FileState::kRejected) return Fail(Reason::kErased);
  if (file.readable_until <= now) return Fail(Reason::kErased);
  if (act == FileAct::kDownload && file.state != FileState::kAvailable) return Fail(Reason::kFileNotReady);
  return {};
}

// The history says once that somebody has the file; the audit trail says it each time.
Task<Result<void>> NoteDownload(Transaction& tx, const Workshop& shop, const Asker& asker,
                                const FileRow& file, Time now, Case& on) {
  if (asker.user.IsNil() || file.uploader == asker.user) co_return Result<void>();
  CO_TRY(const std::vector<FileId> before, co_await tx.Run(kDownloadedByMe, {file.id}, asker.user));
  tx.Send(kNoteDownload, file.id, asker.user, GroupOf(on), now);
  if (!before.empty()) co_return Result<void>();
  AddEntry(tx, shop, on,
           {.kind = EntryKind::kFileDownloaded,
            .lane = *file.lane,
            .actor = asker.user,
            .actor_group = GroupOf(on),
            .in_thread = false});
  co_return SaveCase(tx, shop, on);
}

struct Granted {
  FileRow file;
  Bytes name;
};

Task<Result<Granted>> AuthorizeIn(Transaction& tx, const Workshop& shop, const Asker& asker, FileId id,
                                  FileAct act) {
  CO_TRY(std::optional<FileRow> file, co_await tx.RunOne(kReadFile, id));
  if (!file) co_return Fail(Reason::kNotFound);
  std::optional<Case> on;
  if (file->lane) {
    CO_TRY_VOID(co_await CheckSent(tx, asker, *file, act, on));
  } else {
    CO_TRY_VOID(CheckUnsent(asker, *file));
  }
  CO_TRY(const std::vector<Time> times, co_await tx.Run(kDatabaseTime));
  CO_TRY_VOID(CheckState(*file, times.at(0), act));
  if (on && act == FileAct::kDownload) {
    CO_TRY_VOID(co_await NoteDownload(tx, shop, asker, *file, times.at(0), *on));
  }
  CO_TRY(std::optional<FileNameRow> name, co_await tx.RunOne(kFileName, id));
  if (!name) co_return Fail(Reason::kErased);
  shop.trail.Record(tx, asker.Line(OperationOf(act), "file", id.bytes));
  co_return Granted{*std::move(file), std::move(name->name)};
}

// What open pages and the history get of a change of state.
Result<void> TellState(Transaction& tx, const Workshop& shop, Case& on, const FileRow& file,
                       FileState state) {
  if (state == FileState::kErased) {
    AddEntry(tx, shop, on, {.kind = EntryKind::kFileErased, .lane = *file.lane, .in_thread = false});
    TRY_VOID(SaveCase(tx, shop, on));
  }
  events::v1::RequestTouched told;
  told.set_what(events::v1::RequestTouched::WHAT_FILE);
  Tell(tx, shop, on, {}, std::move(told), *file.lane);
  return {};
}

Task<Result<Affected>> RecordIn(Transaction& tx, const Workshop& shop, const Asker& service,
                                const FileNews& news) {
  CO_TRY(std::optional<FileRow> file, co_await tx.RunOne(kReadFile, news.id));
  if (!file) co_return Fail(Reason::kNotFound);
  // The request's row first, as everywhere: no two lock in different orders.
  std::optional<Case> on;
  if (file->lane) {
    CO_TRY(on, co_await LockCase(tx, file->request));
  }
  CO_TRY(Affected changed, co_await tx.Run(kSaveFileState, news.id, news.state, news.size, news.type));
  if (changed.rows == 0) co_return changed;
  if (news.state == FileState::kErased || news.state == FileState::kRejected)
    tx.Send(kEraseFileName, news.id);
  if (on && !on->row.erased_at && news.state != FileState::kScanning) {
    CO_TRY_VOID(TellState(tx, shop, *on, *file, news.state));
  }
  shop.trail.Record(tx, service.Line(Operation::kJ5, "file", news.id.bytes));
  co_return changed;
}

Subject About(Operation operation, const FileId& id) {
  return {.operation = operation, .kind = "file", .id = id.bytes};
}

}  // namespace filing

Task<Result<Time>> RegisterFile(const Workshop& shop, const Asker& asker, const NewFile& file) {
  CO_TRY(auto cipher, co_await shop.keys.Find(file.request, asker.deadline));
  auto add = [&](Transaction& tx) { return filing::RegisterIn(tx, shop, asker, file, cipher); };
  Result<Time> until = co_await shop.database.Transact(asker.Writing(), add);
  if (!until) {
    co_return Fail(
        co_await NoteRefusal(shop, asker, filing::About(Operation::kF2, file.id), std::move(until).error()));
  }
  co_return until;
}

Task<Result<AllowedFile>> AuthorizeFile(const Workshop& shop, const Asker& asker, FileId file, FileAct act) {
  auto authorize = [&](Transaction& tx) { return filing::AuthorizeIn(tx, shop, asker, file, act); };
  Result<filing::Granted> granted = co_await shop.database.Transact(asker.Writing(), authorize);
  if (!granted) {
    co_return Fail(co_await NoteRefusal(shop, asker, filing::About(filing::OperationOf(act), file),
                                        std::move(granted).error()));
  }
  const FileRow& row = granted->file;
  CO_TRY(std::optional<FieldCipher> cipher, co_await shop.keys.Find(row.request, asker.deadline));
  if (!cipher) co_return Fail(Reason::kErased);
  CO_TRY(std::string name, cipher->Open(FileNamePlace(file), granted->name));
  co_return AllowedFile{.request = row.request, .name = std::move(name), .type = row.type, .size = row.size};
}

Task<Result<void>> RecordFileState(const Workshop& shop, const Asker& service, const FileNews& news) {
  auto record = [&](Transaction& tx) { return filing::RecordIn(tx, shop, service, news); };
  CO_TRY_VOID(co_await shop.database.Transact(service.Writing(), record));
  co_return Result<void>();
}

}  // namespace aplus::requests
