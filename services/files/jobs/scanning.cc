#include "services/files/jobs/scanning.h"

#include <algorithm>
#include <utility>

#include "libs/base/secret.h"
#include "libs/crypto/stream_aead.h"
#include "libs/telemetry/log.h"
#include "services/files/acts/asker.h"
#include "services/files/acts/destroying.h"
#include "services/files/acts/saying.h"

namespace aplus::files {
namespace scanning {

struct Sealed {
  ObjectReader reader;
  StreamDecryptor decryptor;
};

// Plain text leaves no trace, however the scan ends.
struct PlainMemory {
  Bytes bytes;
  explicit PlainMemory(Bytes of) : bytes(std::move(of)) {}
  ~PlainMemory() { Wipe(bytes); }
  PlainMemory(const PlainMemory&) = delete;
  PlainMemory& operator=(const PlainMemory&) = delete;
};

Result<Sealed> Open(const Workshop& shop, const ToScan& file, const Key& key) {
  TRY(ObjectReader reader, shop.objects.OpenObject(file.object));
  if (reader.size() != static_cast<std::uint64_t>(file.sealed_size))
    return Fail(Reason::kInternal, "an object is not as long as it was");
  StreamHeader header;
  TRY_VOID(reader.Read(0, header));
  TRY(StreamDecryptor decryptor,
      StreamDecryptor::Open(key, FileContentContext(file.id, file.request), header, reader.size()));
  return Sealed{std::move(reader), std::move(decryptor)};
}

Result<std::span<std::uint8_t>> Next(Sealed& sealed, std::uint32_t segment, std::span<std::uint8_t> memory) {
  const ByteRange place = sealed.decryptor.layout().Ciphertext(segment);
  TRY_VOID(sealed.reader.Read(place.offset, memory.first(place.length)));
  return sealed.decryptor.OpenSegment(segment, memory.first(place.length));
}

// Ten seconds after the first failure, up to ten minutes.
Duration PauseAfter(std::int32_t tries) {
  return std::chrono::seconds(std::min(600, 10 << std::clamp(tries - 1, 0, 6)));
}

Task<Result<bool>> InfectedIn(Transaction& tx, const Workshop& shop, FileId id) {
  CO_TRY(const std::optional<FileRow> file, co_await tx.RunOne(kLockFile, id));
  if (!file || file->state != FileState::kScanning) co_return false;
  shop.trail.Record(tx, SystemLine("reject", id));
  SayState(tx, shop, *file, FileState::kRejected);
  co_return co_await EndFile(tx, id, FileState::kRejected, rule::kInfected);
}

Task<Result<Affected>> CleanIn(Transaction& tx, const Workshop& shop, FileId id) {
  CO_TRY(const std::optional<FileRow> file, co_await tx.RunOne(kLockFile, id));
  if (!file || file->state != FileState::kScanning) co_return Affected{};
  SayState(tx, shop, *file, FileState::kAvailable);
  co_return co_await tx.Run(kPassScan, id);
}

}  // namespace scanning

Task<Result<Verdict>> Scanning::Scan(const ToScan& file) {
  CO_TRY(const std::optional<Key> key, co_await shop_.keys.Find(file.id, file.request, Patience()));
  if (!key) co_return Fail(Reason::kErased, "a file to be scanned has no key");
  CO_TRY(scanning::Sealed sealed, co_await shop_.pool.Run([&] { return scanning::Open(shop_, file, *key); }));
  CO_TRY(Clamd::Scan scan, co_await clamd_.Begin(shop_.rules.scan_limit));
  scanning::PlainMemory memory{Bytes(sealed.decryptor.layout().segment_size())};
  for (std::uint32_t segment = 0; segment < sealed.decryptor.layout().segment_count(); ++segment) {
    CO_TRY(const std::span<std::uint8_t> plain,
           co_await shop_.pool.Run([&] { return scanning::Next(sealed, segment, memory.bytes); }));
    CO_TRY_VOID(co_await scan.Send(plain));
  }
  co_return co_await scan.Finish();
}

Task<Result<void>> Scanning::Settle(const ToScan& file, Verdict verdict) {
  if (verdict == Verdict::kInfected) {
    auto reject = [&](Transaction& tx) { return scanning::InfectedIn(tx, shop_, file.id); };
    CO_TRY_VOID(co_await shop_.database.Transact(AsSystem(), reject));
    shop_.figures.CountRefused(Flaw::kInfected);
    co_await shop_.destroyer.Now(file.id);
    co_return Result<void>();
  }
  auto pass = [&](Transaction& tx) { return scanning::CleanIn(tx, shop_, file.id); };
  CO_TRY_VOID(co_await shop_.database.Transact(AsSystem(), pass));
  co_return co_await shop_.destroyer.Tell(file.id);
}

Task<Result<void>> Scanning::Round() {
  for (;;) {
    CO_TRY(const std::vector<std::int64_t> waiting, co_await shop_.database.Query(Reading(), kCountScanning));
    shop_.figures.scanning.Set(waiting.at(0));
    CO_TRY(const std::vector<ToScan> claimed, co_await shop_.database.Write(AsSystem(), kClaimScan));
    if (claimed.empty()) co_return Result<void>();
    const ToScan& file = claimed.front();
    const Result<Verdict> verdict = co_await Scan(file);
    if (!verdict) {
      shop_.figures.scan_failures.Add();
      log::Warn("no verdict of the scanner", {{log::kFileId, file.id},
                                              {log::kAttempt, file.tries},
                                              {log::kReason, Describe(verdict.error().reason).code},
                                              {log::kDetail, verdict.error().diagnostic}});
      CO_TRY_VOID(
          co_await shop_.database.Write(AsSystem(), kPutScanOff, file.id, scanning::PauseAfter(file.tries)));
      continue;
    }
    CO_TRY_VOID(co_await Settle(file, *verdict));
  }
}

}  // namespace aplus::files
