#include "services/files/store/file_keys.h"

#include <utility>

#include "services/files/store/key_rows.h"

namespace aplus::files {

Task<Result<Key>> FileKeys::Create(FileId file, RequestId request, Deadline deadline) {
  Key key = Key::Generate(random_);
  const WrappedKey wrapped = envelope_.WrapFileKey(key, file, request);
  CO_TRY_VOID(co_await keystore_.Write({.deadline = deadline}, kInsertKey, file, request, wrapped.kek_version,
                                       wrapped.sealed));
  co_return std::move(key);
}

Task<Result<std::optional<Key>>> FileKeys::Find(FileId file, RequestId request, Deadline deadline) {
  if (std::optional<Key> key = cache_.Find(file)) co_return std::move(key);
  CO_TRY(std::optional<KeyRow> row, co_await keystore_.QueryOne({.deadline = deadline}, kReadKey, file));
  if (!row) co_return std::nullopt;
  CO_TRY(Key key, envelope_.UnwrapFileKey({row->kek_version, std::move(row->wrapped)}, file, request));
  cache_.Put(file, key.Copy());
  co_return std::optional<Key>(std::move(key));
}

Task<Result<std::int32_t>> FileKeys::Destroy(FileId file, Deadline deadline) {
  cache_.Drop(file);
  CO_TRY(const Affected gone, co_await keystore_.Write({.deadline = deadline}, kDestroyKey, file));
  // A reader may have put it back between the two.
  cache_.Drop(file);
  co_return static_cast<std::int32_t>(gone.rows);
}

Task<Result<bool>> FileKeys::IsThere(FileId file, Deadline deadline) {
  CO_TRY(const std::optional<KeyRow> row,
         co_await keystore_.QueryOne({.deadline = deadline}, kReadKey, file));
  co_return row.has_value();
}

}  // namespace aplus::files
