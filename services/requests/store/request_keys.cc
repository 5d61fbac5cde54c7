#include "services/requests/store/request_keys.h"

#include <utility>

#include "services/requests/store/erasure_rows.h"

namespace aplus::requests {

Task<Result<FieldCipher>> RequestKeys::Create(RequestId request, Deadline deadline) {
  Key key = Key::Generate(random_);
  const WrappedKey wrapped = envelope_.WrapRequestKey(key, request);
  CO_TRY_VOID(co_await keystore_.Write({.deadline = deadline}, kInsertKey, request, wrapped.kek_version,
                                       wrapped.sealed));
  FieldCipher cipher(key);
  cache_.Put(request, std::move(key));
  co_return std::move(cipher);
}

Task<Result<std::optional<FieldCipher>>> RequestKeys::Find(RequestId request, Deadline deadline) {
  CO_TRY(Ciphers found, co_await FindMany({request}, deadline));
  if (found.empty()) co_return std::nullopt;
  co_return std::move(found.begin()->second);
}

Task<Result<RequestKeys::Ciphers>> RequestKeys::FindMany(std::vector<RequestId> requests, Deadline deadline) {
  Ciphers ciphers;
  std::vector<RequestId> missing;
  for (const RequestId& request : requests) {
    if (std::optional<Key> key = cache_.Find(request)) {
      ciphers.try_emplace(request, *key);
    } else {
      missing.push_back(request);
    }
  }
  if (missing.empty()) co_return ciphers;
  CO_TRY(std::vector<KeyRow> rows, co_await keystore_.Query({.deadline = deadline}, kReadKeys, missing));
  for (KeyRow& row : rows) {
    CO_TRY(Key key, envelope_.UnwrapRequestKey({row.kek_version, std::move(row.wrapped)}, row.request));
    ciphers.try_emplace(row.request, key);
    cache_.Put(row.request, std::move(key));
  }
  co_return ciphers;
}

Task<Result<std::int64_t>> RequestKeys::Destroy(RequestId request, Deadline deadline) {
  cache_.Drop(request);
  CO_TRY(Affected gone, co_await keystore_.Write({.deadline = deadline}, kDestroyKey, request));
  // A reader may have put it back between the two.
  cache_.Drop(request);
  co_return gone.rows;
}

}  // namespace aplus::requests
