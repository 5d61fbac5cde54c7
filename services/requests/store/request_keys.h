// The requests' own keys (SECURITY 2.6): wrapped in the keystore, unwrapped here for at most a minute. Io
// thread.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <optional>
#include <vector>

#include "libs/crypto/envelope.h"
#include "libs/crypto/field_cipher.h"
#include "libs/crypto/key_cache.h"
#include "libs/postgres/database.h"

namespace aplus::requests {

class RequestKeys {
 public:
  // All references outlive this.
  RequestKeys(Database& keystore, const Envelope& envelope, const Clock& clock, Random& random)
      : keystore_(keystore), envelope_(envelope), random_(random), cache_(clock, kCapacity) {}

  // Makes the key of a new draft or request. Its row is committed in the keystore when this returns, before
  // anything is sealed under it.
  Task<Result<FieldCipher>> Create(RequestId request, Deadline deadline);

  // nullopt: there is no such key (any more): nothing of the request can be read again.
  Task<Result<std::optional<FieldCipher>>> Find(RequestId request, Deadline deadline);

  // Those that exist, in one question to the keystore.
  using Ciphers = absl::flat_hash_map<RequestId, FieldCipher>;
  Task<Result<Ciphers>> FindMany(std::vector<RequestId> requests, Deadline deadline);

  // Deletes the row: the contents are unreadable from here on, elsewhere within a minute. Answers how many
  // rows went (0: it had gone before).
  Task<Result<std::int64_t>> Destroy(RequestId request, Deadline deadline);

  // What was not asked for again must go too; called from a timer.
  void DropExpired() { cache_.DropExpired(); }

 private:
  static constexpr std::size_t kCapacity = 4096;

  Database& keystore_;
  const Envelope& envelope_;
  Random& random_;
  KeyCache<RequestId> cache_;
};

}  // namespace aplus::requests
