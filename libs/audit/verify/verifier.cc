#include "libs/audit/verify/verifier.h"

#include <algorithm>
#include <utility>

#include "libs/base/bytes.h"

namespace aplus::audit {
namespace verifier {
constexpr std::size_t kMaxProblems = 100;
}

ChainVerifier::ChainVerifier(std::string chain, std::map<std::string, Ed25519PublicKey> keys,
                             std::vector<Checkpoint> shipped)
    : chain_(std::move(chain)), keys_(std::move(keys)), shipped_(std::move(shipped)) {
  heads_[0] = ChainHash{};
  for (const Checkpoint& checkpoint : shipped_) WillCompare(checkpoint.position);
}

void ChainVerifier::Problem(std::string text) {
  if (report_.problems.size() < verifier::kMaxProblems) report_.problems.push_back(std::move(text));
}

bool ChainVerifier::SignedRight(const Checkpoint& checkpoint, std::string_view which) {
  const std::string what = std::string(which) + " head at " + std::to_string(checkpoint.position);
  const auto key = keys_.find(checkpoint.key_id);
  if (key == keys_.end()) {
    Problem(what + " names a key that was not given: " + checkpoint.key_id);
  } else if (checkpoint.chain != chain_) {
    Problem(what + " is of another chain");
  } else if (!key->second.Verify(AsBytes(CheckpointText(checkpoint)), AsBytes(checkpoint.signature))) {
    Problem(what + " is not signed by its key");
  } else {
    return true;
  }
  return false;
}

void ChainVerifier::Base(const Checkpoint& base) {
  if (base.kind != Checkpoint::Kind::kBase) Problem("the base is an ordinary head");
  if (!SignedRight(base, "base")) return;
  base_ = position_ = base.position;
  hash_ = base.hash;
  heads_.clear();
  heads_[position_] = hash_;
}

void ChainVerifier::Line(const SealedLine& line) {
  ++report_.lines;
  if (line.position != position_ + 1) {
    Problem("position " + std::to_string(position_ + 1) + " is missing");
  }
  position_ = line.position;
  if (!line.record) {
    Problem("line " + std::to_string(line.position) + " is gone");
    hash_ = line.hash;
  } else {
    hash_ = NextInChain(hash_, *line.record);
    if (hash_ != line.hash) {
      Problem("line " + std::to_string(line.position) + " (" + line.record->id.ToString() +
              ") was altered or moved");
      // Later lines are judged by what is stored, so that one alteration is reported once.
      hash_ = line.hash;
    }
  }
  if (wanted_.contains(position_)) heads_[position_] = hash_;
}

void ChainVerifier::Compare(const Checkpoint& checkpoint, std::string_view which) {
  if (!SignedRight(checkpoint, which)) return;
  // Of lines that are gone by rule.
  if (checkpoint.position < base_) return;
  const auto head = heads_.find(checkpoint.position);
  const std::string what = std::string(which) + " head at " + std::to_string(checkpoint.position);
  if (head == heads_.end()) {
    Problem(what + ": the chain ends before, or has no such position");
  } else if (head->second != checkpoint.hash) {
    Problem(what + ": the chain has another hash there");
  }
}

void ChainVerifier::StoredCheckpoint(const Checkpoint& checkpoint) { Compare(checkpoint, "stored"); }

void ChainVerifier::Unsealed(std::string_view id) {
  Problem("line " + std::string(id) + " stands outside the chain");
}

VerifyReport ChainVerifier::Finish() {
  for (const Checkpoint& checkpoint : shipped_) {
    Compare(checkpoint, "shipped");
    report_.proven = std::max(report_.proven, checkpoint.position);
  }
  report_.first = base_ + 1;
  report_.last = position_;
  return report_;
}

}  // namespace aplus::audit
