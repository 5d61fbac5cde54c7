#include "services/files/acts/destroying.h"

#include "libs/telemetry/log.h"
#include "services/files/acts/asker.h"
#include "services/files/acts/saying.h"
#include "services/files/store/upload_key_rows.h"

namespace aplus::files {
namespace destroying {

constexpr Duration kTellLimit = std::chrono::seconds(5);

Task<Result<FileState>> EndRowIn(Transaction& tx, const Workshop& shop, const ErasureTask& task,
                                 std::int16_t step) {
  CO_TRY(const std::optional<FileRow> file, co_await tx.RunOne(kLockFile, task.file));
  if (!file) co_return Fail(Reason::kInternal, "an erasure task without its file");
  // What was refused or broken off keeps saying so; everything else is erased now.
  if (IsAlive(file->state)) {
    tx.Send(kEndFile, task.file, FileState::kErased);
    SayState(tx, shop, *file, FileState::kErased);
  }
  tx.Send(kForgetUploadKey, task.file);
  tx.Send(kStepErasure, task.file, step, task.keys, task.objects);
  co_return file->state;
}

Task<Result<Affected>> ProveIn(Transaction& tx, const Workshop& shop, const ErasureTask& task,
                               RequestId request) {
  tx.Send(kWriteProof, task.file, request, task.rule, task.due_at, task.keys, task.objects);
  shop.trail.Record(tx, SystemLine("erase", task.file));
  co_return co_await tx.Run(kEndErasure, task.file);
}

}  // namespace destroying

Task<Result<bool>> EndFile(Transaction& tx, FileId file, FileState state, std::string_view rule) {
  auto ending = tx.Send(kEndFile, file, state);
  tx.Send(kHastenErasure, file, std::string(rule));
  CO_TRY(const Affected ended, co_await ending.Await());
  co_return ended.rows > 0;
}

Task<Result<void>> Destroyer::WriteStep(ErasureTask& task, Step step) {
  CO_TRY_VOID(co_await shop_.database.Write(AsSystem(), kStepErasure, task.file,
                                            static_cast<std::int16_t>(step), task.keys, task.objects));
  task.step = step;
  co_return Result<void>();
}

Task<Result<void>> Destroyer::DestroyKey(ErasureTask& task) {
  CO_TRY(const std::int32_t gone, co_await shop_.keys.Destroy(task.file, Patience()));
  task.keys += gone;
  co_return co_await WriteStep(task, kKeyGone);
}

Task<Result<void>> Destroyer::RemoveObject(ErasureTask& task, const FileRow& file) {
  CO_TRY(const int gone, co_await shop_.pool.Run([&] { return shop_.objects.Remove(file.object); }));
  task.objects += gone;
  co_return co_await WriteStep(task, kObjectGone);
}

Task<Result<void>> Destroyer::EndRow(ErasureTask& task) {
  auto end = [&](Transaction& tx) { return destroying::EndRowIn(tx, shop_, task, kRowDone); };
  CO_TRY_VOID(co_await shop_.database.Transact(AsSystem(), end));
  task.step = kRowDone;
  co_return Result<void>();
}

Task<Result<void>> Destroyer::Tell(FileId id) {
  CO_TRY(const std::optional<FileRow> file, co_await shop_.database.QueryOne(Reading(), kReadFile, id));
  if (!file || file->told == file->state) co_return Result<void>();
  CO_TRY_VOID(co_await shop_.access.Record(id, file->state, file->size, file->type, destroying::kTellLimit));
  CO_TRY_VOID(co_await shop_.database.Write(AsSystem(), kNoteTold, id, file->state));
  co_return Result<void>();
}

Task<Result<void>> Destroyer::ReadBack(const FileRow& file) {
  CO_TRY(const bool key, co_await shop_.keys.IsThere(file.id, Patience()));
  CO_TRY(const bool object, co_await shop_.pool.Run([&] { return shop_.objects.Exists(file.object); }));
  if (!key && !object) co_return Result<void>();
  log::Error("something was left after an erasure", {{log::kFileId, file.id}});
  CO_TRY_VOID(co_await shop_.database.Write(AsSystem(), kStepErasure, file.id,
                                            static_cast<std::int16_t>(kNothing), 0, 0));
  co_return Fail(Reason::kInternal, "key or object was there again after its erasure");
}

Task<Result<void>> Destroyer::Prove(const ErasureTask& task, const FileRow& file) {
  auto prove = [&](Transaction& tx) { return destroying::ProveIn(tx, shop_, task, file.request); };
  CO_TRY(const Affected ended, co_await shop_.database.Transact(AsSystem(), prove));
  if (ended.rows > 0) shop_.figures.erased.Add();
  co_return Result<void>();
}

Task<Result<void>> Destroyer::Run(ErasureTask task) {
  CO_TRY(const std::optional<FileRow> file,
         co_await shop_.database.QueryOne(Reading(), kReadFile, task.file));
  if (!file) co_return Fail(Reason::kInternal, "an erasure task without its file");
  if (task.step < kKeyGone) CO_TRY_VOID(co_await DestroyKey(task));
  if (task.step < kObjectGone) CO_TRY_VOID(co_await RemoveObject(task, *file));
  if (task.step < kRowDone) CO_TRY_VOID(co_await EndRow(task));
  CO_TRY_VOID(co_await Tell(task.file));
  CO_TRY_VOID(co_await ReadBack(*file));
  co_return co_await Prove(task, *file);
}

Task<> Destroyer::Now(FileId file) {
  Result<void> outcome;
  auto claimed = co_await shop_.database.Write(AsSystem(), kClaimErasureOf, file);
  if (!claimed) {
    outcome = Fail(std::move(claimed).error());
  } else if (!claimed->empty()) {
    outcome = co_await Run(std::move(claimed->front()));
    if (!outcome) {
      auto released = co_await shop_.database.Write(AsSystem(), kReleaseErasure, file);
      if (!released) log::Warn("a task keeps its lease", {{log::kFileId, file}});
    }
  }
  if (!outcome) {
    log::Warn("not destroyed at once, a job will", {{log::kFileId, file},
                                                    {log::kReason, Describe(outcome.error().reason).code},
                                                    {log::kDetail, outcome.error().diagnostic}});
  }
}

}  // namespace aplus::files
