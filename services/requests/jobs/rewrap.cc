#include "services/requests/jobs/rewrap.h"

#include <utility>
#include <vector>

#include "libs/telemetry/log.h"
#include "services/requests/jobs/system.h"
#include "services/requests/store/erasure_rows.h"

namespace aplus::requests {
namespace rewrap {

constexpr std::int32_t kBatch = 200;

// Where the walk stands: everything up to this key has been seen.
struct Walk {
  std::int32_t version = 0;
  RequestId request{};
  std::int64_t wrapped = 0;
};

Task<Result<bool>> BatchIn(Transaction& tx, const Envelope& envelope, Keyring::Version active, Walk& walk) {
  CO_TRY(std::vector<KeyRow> rows,
         co_await tx.Run(kKeysToRewrap, active, walk.version, walk.request, kBatch));
  const bool more = rows.size() == static_cast<std::size_t>(kBatch);
  for (KeyRow& row : rows) {
    walk.version = row.kek_version;
    walk.request = row.request;
    const Result<WrappedKey> wrapped =
        envelope.RewrapRequestKey({row.kek_version, std::move(row.wrapped)}, row.request);
    if (!wrapped) {
      // One damaged row must not keep the others from being wrapped.
      log::Error("a key does not unwrap", {{log::kObjectId, row.request}});
      continue;
    }
    tx.Send(kRewrapKey, row.request, wrapped->kek_version, wrapped->sealed);
    ++walk.wrapped;
  }
  co_return more;
}

}  // namespace rewrap

Task<Result<std::int64_t>> RewrapKeys(Database& keystore, const Envelope& envelope, Keyring::Version active) {
  rewrap::Walk walk;
  for (bool more = true; more;) {
    TransactionOptions once = AsSystem();
    once.repeatable = false;  // the walk moves in the body
    auto batch = [&](Transaction& tx) { return rewrap::BatchIn(tx, envelope, active, walk); };
    CO_TRY(more, co_await keystore.Transact(once, batch));
    co_await YieldToOthers();
  }
  if (walk.wrapped > 0) log::Info("keys wrapped anew", {{log::kCount, walk.wrapped}});
  co_return walk.wrapped;
}

}  // namespace aplus::requests
