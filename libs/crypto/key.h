// A key of 32 bytes: AES-256, HMAC, HKDF input, Ed25519 seed. It lives in OpenSSL's secure heap: pages that
// are locked (never swapped), left out of core dumps and fenced by guard pages; wiped when freed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "libs/base/bytes.h"
#include "libs/base/random.h"

namespace aplus {

// Sets the secure heap up; later calls only ask. False: this machine lets us lock no memory (RLIMIT_MEMLOCK),
// keys live in ordinary pages, still wiped; worth a warning at start-up. Thread-safe.
bool KeyMemoryIsLocked();

// Move-only. A moved-from key is empty and may only be assigned or destroyed. Reading is thread-safe.
class Key {
 public:
  static constexpr std::size_t kSize = 32;

  static Key Generate(Random& random);
  // nullopt unless exactly 32 bytes. The caller wipes its own copy.
  static std::optional<Key> FromBytes(BytesView bytes);
  // Lets `fill` write the key where it will live, so that no copy stays behind.
  template <class Fill>
  static Key Make(Fill fill) {
    Key key;
    fill(std::span<std::uint8_t, kSize>(key.bytes_.get(), kSize));
    return key;
  }

  Key Copy() const;
  std::span<const std::uint8_t, kSize> Reveal() const;

  // In constant time.
  friend bool operator==(const Key& a, const Key& b) { return ConstantTimeEquals(a.Reveal(), b.Reveal()); }

 private:
  struct SecureFree {
    void operator()(std::uint8_t* bytes) const noexcept;
  };
  Key();

  std::unique_ptr<std::uint8_t[], SecureFree> bytes_;
};

}  // namespace aplus
