#include "tests/unit/libs/crypto/stream_support.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace aplus::testing {

Key KeyFromSeed(std::uint64_t seed) {
  SeededRandom random(seed);
  return Key::Generate(random);
}

Bytes PatternOf(std::size_t size) {
  Bytes pattern(size);
  for (std::size_t i = 0; i < size; ++i) pattern[i] = static_cast<std::uint8_t>(31 * i + 7 * (i >> 8));
  return pattern;
}

std::uint64_t Draw(Random& random, std::uint64_t below) {
  std::uint64_t value;
  random.Fill({reinterpret_cast<std::uint8_t*>(&value), sizeof value});
  return value % below;
}

Bytes SealRest(StreamEncryptor& encryptor, BytesView plaintext, Random& chunks, std::size_t largest_chunk) {
  Bytes sealed;
  while (!plaintext.empty()) {
    const std::size_t size = std::min<std::size_t>(1 + Draw(chunks, largest_chunk), plaintext.size());
    BytesView chunk = plaintext.first(size);
    plaintext = plaintext.subspan(size);
    while (const auto segment = encryptor.Push(chunk))
      sealed.insert(sealed.end(), segment->begin(), segment->end());
    EXPECT_TRUE(chunk.empty());
  }
  const BytesView last = encryptor.Finish();
  sealed.insert(sealed.end(), last.begin(), last.end());
  return sealed;
}

Bytes SealObject(const Key& dek, std::string_view associated, BytesView plaintext, Random& random,
                 std::uint32_t segment_size, std::size_t largest_chunk) {
  StreamEncryptor encryptor = StreamEncryptor::Begin(dek, associated, random, segment_size);
  Bytes object(encryptor.header().begin(), encryptor.header().end());
  const Bytes rest = SealRest(encryptor, plaintext, random, largest_chunk);
  object.insert(object.end(), rest.begin(), rest.end());
  return object;
}

std::optional<Bytes> OpenObject(const Key& dek, std::string_view associated, BytesView object,
                                std::uint32_t segment_size) {
  const BytesView header = object.first(std::min<std::size_t>(object.size(), StreamLayout::kHeaderSize));
  auto decryptor = StreamDecryptor::Open(dek, associated, header, object.size(), segment_size);
  if (!decryptor) return std::nullopt;
  Bytes plaintext;
  plaintext.reserve(decryptor->layout().plaintext_size());
  Bytes buffer;
  for (std::uint32_t segment = 0; segment < decryptor->layout().segment_count(); ++segment) {
    const ByteRange place = decryptor->layout().Ciphertext(segment);
    const BytesView stored = object.subspan(place.offset, place.length);
    buffer.assign(stored.begin(), stored.end());
    const auto opened = decryptor->OpenSegment(segment, buffer);
    if (!opened) {
      EXPECT_EQ(std::ranges::count(buffer, 0), std::ssize(buffer))
          << "bytes of a refused segment stayed readable";
      return std::nullopt;
    }
    plaintext.insert(plaintext.end(), opened->begin(), opened->end());
  }
  return plaintext;
}

}  // namespace aplus::testing
