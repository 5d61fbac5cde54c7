// Unwrapped keys kept for a short while (SECURITY 2.6: at most 60 seconds), so that a busy request does not
// ask the keystore for each field. A key that was destroyed there lives on here for that long at most, in
// each process.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

#include "libs/base/time.h"
#include "libs/crypto/key.h"

namespace aplus {

// By RequestId or FileId. Not thread-safe. Call DropExpired from a timer: what nobody asks for again must go
// too.
template <class Id>
class KeyCache {
 public:
  static constexpr Duration kLifetime = std::chrono::seconds(60);

  // The clock outlives the cache. `capacity` at least 1; when it is reached, the oldest key goes.
  KeyCache(const Clock& clock, std::size_t capacity) : clock_(clock), capacity_(capacity) {}

  // A copy: it may be held across a suspension while the cache forgets its own.
  std::optional<Key> Find(const Id& id) {
    DropExpired();
    const auto found = entries_.find(id);
    if (found == entries_.end()) return std::nullopt;
    return found->second.key.Copy();
  }

  void Put(const Id& id, Key key) {
    DropExpired();
    Drop(id);
    while (entries_.size() >= capacity_) DropOldest();
    entries_.insert_or_assign(id, Entry{std::move(key), ++turns_});
    order_.push_back({id, clock_.Now(), turns_});
  }

  // The key was destroyed in the keystore, or is about to be.
  void Drop(const Id& id) { entries_.erase(id); }

  // A clock set back must not prolong a key's life: what lies in the future goes as well.
  void DropExpired() {
    const Time now = clock_.Now();
    while (!order_.empty() && (now < order_.front().since || now - order_.front().since >= kLifetime))
      DropOldest();
  }

  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Key key;
    std::uint64_t turn;
  };
  struct Turn {
    Id id;
    Time since;
    std::uint64_t turn;
  };

  // A turn whose entry was dropped or put anew since is only forgotten.
  void DropOldest() {
    const auto found = entries_.find(order_.front().id);
    if (found != entries_.end() && found->second.turn == order_.front().turn) entries_.erase(found);
    order_.pop_front();
  }

  const Clock& clock_;
  std::size_t capacity_;
  std::uint64_t turns_ = 0;
  absl::flat_hash_map<Id, Entry> entries_;
  std::deque<Turn> order_;  // oldest first: all live equally long
};

}  // namespace aplus
