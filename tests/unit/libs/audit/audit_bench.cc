#include "tests/unit/libs/audit/audit_bench.h"

#include "audit_test_migrations.h"
#include "libs/base/bytes.h"

namespace aplus::testing {
namespace audit_bench {

SystemClock system_clock;
SystemRandom system_random;

UuidBytes Uuid(int number) {
  UuidBytes bytes{};
  bytes[6] = 0x70;
  bytes[8] = 0x80;
  bytes[14] = static_cast<std::uint8_t>(number >> 8);
  bytes[15] = static_cast<std::uint8_t>(number);
  return bytes;
}

}  // namespace audit_bench

AuditScratch::AuditScratch() : Bench(audit_test_migrations) {}

StatementTable AuditStatements() { return AuditTrail::Statements().Add(AuditSealer::Statements()); }

AuditEntry SampleEntry(int number) {
  AuditEntry entry;
  entry.actor_kind = static_cast<AuditActor>(number % 5);
  if (number % 5 < 3) entry.actor = audit_bench::Uuid(number % 7);
  entry.signed_by = number % 3 == 0 ? "Zoé \"O'Neil\"\n:3:abc" : "";
  entry.session = "0a1b2c3d";
  entry.address = number % 2 == 0 ? "192.0.2.7" : "2001:db8::7";
  entry.operation = "R" + std::to_string(number % 18 + 1);
  entry.object_kind = number % 4 == 0 ? "" : "request";
  if (number % 4 != 0) entry.object = audit_bench::Uuid(1000 + number % 11);
  entry.outcome = number % 6 == 0 ? AuditOutcome::kRefused : AuditOutcome::kAllowed;
  entry.reason = number % 6 == 0 ? "not_found" : "";
  entry.policy = 3;
  entry.request_id = "req-" + std::to_string(number);
  return entry;
}

Ed25519PrivateKey TestKey(std::uint8_t seed) {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(seed);
  return Ed25519PrivateKey(*Key::FromBytes(bytes));
}

std::map<std::string, Ed25519PublicKey> TestKeys() {
  std::map<std::string, Ed25519PublicKey> keys;
  keys.emplace(std::string(kKeyId), TestKey().PublicKey());
  return keys;
}

SealerOptions SealingInto(std::vector<Checkpoint>* shipped) {
  SealerOptions options;
  options.chain = kChain;
  options.key_id = kKeyId;
  options.every = std::chrono::milliseconds(50);
  options.sign = [](std::string_view text) {
    const Ed25519Signature signature = TestKey().Sign(AsBytes(text));
    return std::string(AsText(signature));
  };
  options.ship = [shipped](const Checkpoint& checkpoint) { shipped->push_back(checkpoint); };
  return options;
}

Task<Result<void>> RecordOne(Transaction& tx, int number) {
  AuditTrail trail(audit_bench::system_clock, audit_bench::system_random);
  trail.Record(tx, SampleEntry(number));
  co_return Result<void>{};
}

Task<bool> FillTrail(Database& database, Executor executor, int count, int head_every,
                     std::vector<Checkpoint>* shipped) {
  AuditSealer sealer(SealingInto(shipped), database, executor);
  for (int i = 1; i <= count; ++i) {
    auto recorded = co_await database.Transact({.deadline = SteadyClock::now() + std::chrono::seconds(5)},
                                               [i](Transaction& tx) { return RecordOne(tx, i); });
    if (!recorded) co_return false;
    if (i % head_every != 0) continue;
    auto sealed = co_await sealer.SealCommitted();
    auto head = co_await sealer.WriteCheckpoint(true);
    if (sealed.value_or(-1) != head_every || !head.value_or(false)) co_return false;
  }
  co_return true;
}

}  // namespace aplus::testing
