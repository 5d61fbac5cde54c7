#include "services/files/jobs/rewrapping.h"

#include <utility>
#include <vector>

#include "libs/telemetry/log.h"
#include "services/files/store/key_rows.h"

namespace aplus::files {
namespace rewrapping {

constexpr Duration kLimit = std::chrono::seconds(10);

struct Batch {
  std::size_t seen = 0;
  std::int64_t wrapped = 0;
};

Task<Result<Batch>> BatchIn(Transaction& tx, const Envelope& envelope, Keyring::Version active) {
  CO_TRY(std::vector<KeyRow> rows, co_await tx.Run(kKeysToRewrap, active));
  Batch batch{.seen = rows.size()};
  for (KeyRow& row : rows) {
    const Result<WrappedKey> wrapped =
        envelope.RewrapFileKey({row.kek_version, std::move(row.wrapped)}, row.file, row.request);
    if (!wrapped) {
      log::Error("a key does not unwrap", {{log::kObjectId, row.file}});
      continue;
    }
    tx.Send(kRewrapKey, row.file, wrapped->kek_version, wrapped->sealed);
    ++batch.wrapped;
  }
  co_return batch;
}

}  // namespace rewrapping

Task<Result<std::int64_t>> RewrapFileKeys(Database& keystore, const Envelope& envelope,
                                          Keyring::Version active) {
  std::int64_t all = 0;
  for (;;) {
    auto some = [&](Transaction& tx) { return rewrapping::BatchIn(tx, envelope, active); };
    CO_TRY(const rewrapping::Batch batch,
           co_await keystore.Transact({.deadline = SteadyClock::now() + rewrapping::kLimit,
                                       .principal = DbPrincipal::System(),
                                       .repeatable = true},
                                      some));
    if (batch.seen == 0) co_return all;
    if (batch.wrapped == 0) co_return Fail(Reason::kInternal, "keys are left that do not unwrap");
    all += batch.wrapped;
    co_await YieldToOthers();
  }
}

}  // namespace aplus::files
