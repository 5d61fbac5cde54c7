#include "libs/base/secret.h"

#include <openssl/crypto.h>

namespace aplus {

void Wipe(std::span<std::uint8_t> memory) noexcept { OPENSSL_cleanse(memory.data(), memory.size()); }

// Growing to the capacity never reallocates, and makes the spare bytes (remains of longer values, the small
// buffer inside a moved-from string) legal to write.
void Wipe(std::string& text) noexcept {
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

void Wipe(std::vector<std::uint8_t>& bytes) noexcept {
  bytes.resize(bytes.capacity());
  OPENSSL_cleanse(bytes.data(), bytes.size());
  bytes.clear();
}

}  // namespace aplus
