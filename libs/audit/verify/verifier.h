// Checks an audit chain line by line; needs no secret. Knows neither the database nor the sealer, so that
// what it says depends on the lines and the signed heads alone.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "libs/audit/chain.h"
#include "libs/crypto/ed25519.h"

namespace aplus::audit {

struct SealedLine {
  std::int64_t position;
  ChainHash hash;                     // as stored
  std::optional<AuditRecord> record;  // absent: the line itself is gone
};

struct VerifyReport {
  std::int64_t lines = 0;
  std::int64_t first = 0, last = 0;   // positions
  std::int64_t proven = 0;            // last position that a head from outside the database covers
  std::vector<std::string> problems;  // at most 100; empty: the chain is whole
};

class ChainVerifier {
 public:
  // The heads shipped out of the database's reach are the ones that prove something about what is gone.
  ChainVerifier(std::string chain, std::map<std::string, Ed25519PublicKey> keys,
                std::vector<Checkpoint> shipped);

  // In this order: the positions of heads that will be compared, the base if there is one, each line by
  // position, then what the database holds besides.
  void WillCompare(std::int64_t position) { wanted_.insert(position); }
  void Base(const Checkpoint& base);
  void Line(const SealedLine& line);
  void StoredCheckpoint(const Checkpoint& checkpoint);
  void Unsealed(std::string_view id);
  VerifyReport Finish();

 private:
  void Problem(std::string text);
  bool SignedRight(const Checkpoint& checkpoint, std::string_view which);
  void Compare(const Checkpoint& checkpoint, std::string_view which);

  std::string chain_;
  std::map<std::string, Ed25519PublicKey> keys_;
  std::vector<Checkpoint> shipped_;
  std::int64_t base_ = 0, position_ = 0;
  ChainHash hash_{};
  // Positions of checkpoints, and the heads there as computed: the lines themselves may be millions.
  std::unordered_set<std::int64_t> wanted_;
  std::map<std::int64_t, ChainHash> heads_;
  VerifyReport report_;
};

}  // namespace aplus::audit
