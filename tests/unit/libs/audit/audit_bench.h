// What the audit tests share: the schema, lines that look like real ones, a signing key.
#pragma once

#include <libpq-fe.h>

#include <map>
#include <string>
#include <vector>

#include "libs/audit/sealer.h"
#include "libs/audit/verify/verifier.h"
#include "libs/crypto/ed25519.h"
#include "tests/unit/libs/postgres/bench.h"

namespace aplus::testing {

inline constexpr std::string_view kChain = "sample";
inline constexpr std::string_view kKeyId = "test-key";

class AuditScratch : public Bench {
 public:
  AuditScratch();
};

StatementTable AuditStatements();

// Different in every field, some of them empty, some with what a careless format would mix up.
AuditEntry SampleEntry(int number);

Ed25519PrivateKey TestKey(std::uint8_t seed = 1);
std::map<std::string, Ed25519PublicKey> TestKeys();
// Signs with TestKey and keeps what is shipped.
SealerOptions SealingInto(std::vector<Checkpoint>* shipped);

Task<Result<void>> RecordOne(Transaction& tx, int number);
// Records `count` lines in transactions of a few, seals them, and writes a head after every `head_every`.
Task<bool> FillTrail(Database& database, Executor executor, int count, int head_every,
                     std::vector<Checkpoint>* shipped);

}  // namespace aplus::testing
