#include "libs/crypto/key.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cassert>
#include <new>

#if __has_feature(address_sanitizer)
#include <sanitizer/lsan_interface.h>
#endif

namespace aplus {
namespace key_memory {

// 512 KiB: room for 16 384 keys. OpenSSL puts its own private keys there too and fails when it is full, so
// ours leave it the second half and go to ordinary memory (wiped, not locked) beyond the first.
constexpr std::size_t kArena = 512 * 1024;
constexpr std::size_t kOurShare = kArena / 2;

// 1: locked; 2: could not be locked or fenced; 0: no secure heap (its allocator is then the ordinary one).
int Initialise() {
  const int state = CRYPTO_secure_malloc_init(kArena, Key::kSize);
#if __has_feature(address_sanitizer)
  // OpenSSL keeps each thread's random generator in this heap and what that points to in the ordinary one:
  // LeakSanitizer must look here too. A block as large as the heap begins where it begins.
  if (state != 0) {
    void* arena = CRYPTO_secure_malloc(kArena, __FILE__, __LINE__);
    __lsan_register_root_region(arena, kArena);
    CRYPTO_secure_free(arena, __FILE__, __LINE__);
  }
#endif
  return state;
}

}  // namespace key_memory

bool KeyMemoryIsLocked() {
  static const int state = key_memory::Initialise();
  return state == 1;
}

Key::Key() {
  KeyMemoryIsLocked();
  void* memory = CRYPTO_secure_used() < key_memory::kOurShare ? OPENSSL_secure_malloc(kSize) : nullptr;
  if (memory == nullptr) memory = OPENSSL_malloc(kSize);
  if (memory == nullptr) throw std::bad_alloc();
  bytes_.reset(static_cast<std::uint8_t*>(memory));
}

// Knows which heap the memory came from.
void Key::SecureFree::operator()(std::uint8_t* bytes) const noexcept {
  OPENSSL_secure_clear_free(bytes, kSize);
}

Key Key::Generate(Random& random) {
  return Make([&random](std::span<std::uint8_t, kSize> out) { random.Fill(out); });
}

std::optional<Key> Key::FromBytes(BytesView bytes) {
  if (bytes.size() != kSize) return std::nullopt;
  return Make([bytes](std::span<std::uint8_t, kSize> out) { std::ranges::copy(bytes, out.begin()); });
}

Key Key::Copy() const { return *FromBytes(Reveal()); }

std::span<const std::uint8_t, Key::kSize> Key::Reveal() const {
  assert(bytes_ != nullptr);
  return std::span<const std::uint8_t, kSize>(bytes_.get(), kSize);
}

}  // namespace aplus
