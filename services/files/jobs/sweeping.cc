#include "services/files/jobs/sweeping.h"

#include <absl/container/flat_hash_set.h>

#include <string>
#include <vector>

#include "libs/telemetry/log.h"
#include "services/files/acts/destroying.h"
#include "services/files/store/file_rows.h"
#include "services/files/store/key_rows.h"
#include "services/files/store/upload_key_rows.h"

namespace aplus::files {

Task<Result<void>> Sweeping::EndStaleUploads() {
  CO_TRY(const std::vector<FileId> stale, co_await shop_.database.Query(Reading(), kStaleUploads));
  for (const FileId& file : stale) {
    // Checked again with the row in hand: its upload may have moved on since.
    auto end = [&](Transaction& tx) { return EndStaleUpload(tx, file); };
    CO_TRY(const bool ended, co_await shop_.database.Transact(AsSystem(), end));
    if (!ended) continue;
    shop_.figures.broken_off.Add();
    co_await shop_.destroyer.Now(file);
  }
  co_return Result<void>();
}

Task<Result<bool>> Sweeping::EndStaleUpload(Transaction& tx, FileId file) {
  CO_TRY(const std::vector<FileId> still, co_await tx.Run(kLockStaleUpload, file));
  if (still.empty()) co_return false;
  co_return co_await EndFile(tx, file, FileState::kBrokenOff, rule::kRefused);
}

Task<Result<void>> Sweeping::RemoveOrphanObjects(int shelf) {
  CO_TRY(const std::vector<StoredObject> objects,
         co_await shop_.pool.Run([&] { return shop_.objects.List(shelf); }));
  std::vector<std::string> old;
  for (const StoredObject& object : objects) {
    if (object.age >= shop_.rules.orphan_age) old.push_back(object.name);
  }
  if (old.empty()) co_return Result<void>();
  CO_TRY(const std::vector<std::string> owned, co_await shop_.database.Query(Reading(), kOwnedObjects, old));
  const absl::flat_hash_set<std::string> kept(owned.begin(), owned.end());
  for (const std::string& name : old) {
    if (kept.contains(name)) continue;
    CO_TRY(const int gone, co_await shop_.pool.Run([&] { return shop_.objects.Remove(name); }));
    if (gone == 0) continue;
    shop_.figures.orphans.Add();
    log::Warn("an object of no file was removed");
  }
  co_return Result<void>();
}

Task<Result<void>> Sweeping::DestroyOrphanKeys() {
  Time after{};
  FileId after_id;
  for (;;) {
    CO_TRY(const std::vector<AgedKey> keys,
           co_await keystore_.Query(Reading(), kAgedKeys, shop_.rules.orphan_age, after, after_id));
    if (keys.empty()) co_return Result<void>();
    std::vector<FileId> ids;
    ids.reserve(keys.size());
    for (const AgedKey& key : keys) ids.push_back(key.file);
    CO_TRY(const std::vector<FileId> living, co_await shop_.database.Query(Reading(), kLivingFiles, ids));
    const absl::flat_hash_set<FileId> kept(living.begin(), living.end());
    for (const FileId& file : ids) {
      if (kept.contains(file)) continue;
      CO_TRY_VOID(co_await shop_.keys.Destroy(file, Patience()));
      shop_.figures.orphans.Add();
      log::Warn("a key of no file was destroyed", {{log::kFileId, file}});
    }
    after = keys.back().created_at;
    after_id = keys.back().file;
  }
}

Task<Result<void>> Sweeping::SweepByAge() {
  CO_TRY_VOID(co_await EndStaleUploads());
  for (int shelf = 0; shelf < ObjectStore::kShelves; ++shelf)
    CO_TRY_VOID(co_await RemoveOrphanObjects(shelf));
  CO_TRY_VOID(co_await keystore_guard_.WhileSane([this] { return DestroyOrphanKeys(); }));
  for (std::int64_t gone = 1000; gone == 1000;) {
    CO_TRY(const Affected swept, co_await shop_.database.Write(AsSystem(), kSweepUploadKeys));
    gone = swept.rows;
  }
  co_return Result<void>();
}

Task<Result<void>> Sweeping::Round() {
  shop_.keys.DropExpired();
  co_return co_await guard_.WhileSane([this] { return SweepByAge(); });
}

}  // namespace aplus::files
