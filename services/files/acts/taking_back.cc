#include "services/files/acts/taking_back.h"

#include "services/files/acts/asker.h"
#include "services/files/acts/destroying.h"
#include "services/files/acts/saying.h"
#include "services/files/store/erasure_rows.h"
#include "services/files/store/file_rows.h"

namespace aplus::files {
namespace taking_back {

Task<Result<bool>> TakeBackIn(Transaction& tx, const Workshop& shop, FileId id, AuditEntry line) {
  CO_TRY(const std::optional<FileRow> file, co_await tx.RunOne(kLockFile, id));
  if (!file) co_return Fail(Reason::kNotFound);
  if (!IsAlive(file->state)) co_return false;
  shop.trail.Record(tx, line);
  SayState(tx, shop, *file, FileState::kErased);
  co_return co_await EndFile(tx, id, FileState::kErased, rule::kTakenBack);
}

}  // namespace taking_back

Task<Result<void>> TakeBack(const Workshop& shop, const Call& call, FileId file) {
  CO_TRY_VOID(co_await shop.access.AuthorizeDelete(call, file));
  const AuditEntry line = AskerOf(call).Line(Operation::kF4, file);
  auto take = [&](Transaction& tx) { return taking_back::TakeBackIn(tx, shop, file, line); };
  CO_TRY_VOID(co_await shop.database.Transact({.deadline = call.deadline, .repeatable = true}, take));
  co_await shop.destroyer.Now(file);
  co_return Result<void>();
}

Task<Result<void>> EndFilesOf(Transaction& tx, RequestId request) {
  CO_TRY(const std::vector<FileId> files, co_await tx.Run(kFilesOfRequest, request));
  for (const FileId& file : files) tx.Send(kHastenErasure, file, std::string(rule::kRequestErased));
  co_return Result<void>();
}

}  // namespace aplus::files
