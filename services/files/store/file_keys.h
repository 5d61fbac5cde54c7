// The files' own keys: wrapped in the keystore, unwrapped here for at most a minute. Io thread.
#pragma once

#include <optional>

#include "libs/crypto/envelope.h"
#include "libs/crypto/key_cache.h"
#include "libs/postgres/database.h"

namespace aplus::files {

class FileKeys {
 public:
  // All references outlive this.
  FileKeys(Database& keystore, const Envelope& envelope, const Clock& clock, Random& random)
      : keystore_(keystore), envelope_(envelope), random_(random), cache_(clock, kCapacity) {}

  // Makes the key of a new file. Its row is committed in the keystore when this returns, before anything is
  // sealed under it.
  Task<Result<Key>> Create(FileId file, RequestId request, Deadline deadline);

  // nullopt: there is no such key (any more): nobody can read the file again.
  Task<Result<std::optional<Key>>> Find(FileId file, RequestId request, Deadline deadline);

  // Deletes the row: unreadable from here on, in other processes within a minute. Answers how many rows went.
  Task<Result<std::int32_t>> Destroy(FileId file, Deadline deadline);

  // Asks the keystore, not the cache.
  Task<Result<bool>> IsThere(FileId file, Deadline deadline);

  // What was not asked for again must go too; called from a timer.
  void DropExpired() { cache_.DropExpired(); }

 private:
  static constexpr std::size_t kCapacity = 1024;

  Database& keystore_;
  const Envelope& envelope_;
  Random& random_;
  KeyCache<FileId> cache_;
};

}  // namespace aplus::files
