// Whole files through the streaming AEAD, for its tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "libs/base/bytes.h"
#include "libs/base/random.h"
#include "libs/crypto/stream_aead.h"

namespace aplus::testing {

// Associated data of most tests.
inline constexpr std::string_view kContext = "aplus/file/1:file:request";

Key KeyFromSeed(std::uint64_t seed);
// Byte i is (31 i + 7 (i >> 8)) mod 256, as in the recorded vectors.
Bytes PatternOf(std::size_t size);
std::uint64_t Draw(Random& random, std::uint64_t below);

// Pushes all plaintext in chunks of random size up to `largest_chunk` and finishes; without the header.
Bytes SealRest(StreamEncryptor& encryptor, BytesView plaintext, Random& chunks, std::size_t largest_chunk);
// A whole object, header included.
Bytes SealObject(const Key& dek, std::string_view associated, BytesView plaintext, Random& random,
                 std::uint32_t segment_size, std::size_t largest_chunk = 100'000);
// Reads from the beginning to the end. nullopt as soon as anything is refused; fails the test if a refused
// segment's bytes are not wiped.
std::optional<Bytes> OpenObject(const Key& dek, std::string_view associated, BytesView object,
                                std::uint32_t segment_size);

}  // namespace aplus::testing
