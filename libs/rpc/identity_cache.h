// Verified identity tokens, kept until they expire: checking a signature costs as much as four reads.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <memory>
#include <string>
#include <string_view>

#include "libs/base/result.h"
#include "libs/base/time.h"
#include "libs/identity/token.h"

namespace aplus {

// One io thread.
class IdentityCache {
 public:
  // At most `capacity` tokens; beyond, the expired go, then everything.
  explicit IdentityCache(IdentityTokenVerifier verifier, std::size_t capacity = 20'000);

  // The principal of a token that is good now. Error kUnauthenticated.
  Result<std::shared_ptr<const Principal>> Verify(std::string_view token, Time now);
  std::size_t size() const { return kept_.size(); }

 private:
  void MakeRoom(Time now);

  IdentityTokenVerifier verifier_;
  std::size_t capacity_;
  // The key is a view of the principal's own copy of the token.
  absl::flat_hash_map<std::string_view, std::shared_ptr<const Principal>> kept_;
};

}  // namespace aplus
