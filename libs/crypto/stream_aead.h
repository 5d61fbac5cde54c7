// A file sealed while it streams (P61): Tink's AES-GCM-HKDF streaming, byte for byte (SECURITY 2.6). Neither
// side holds more than one segment, whatever the size of the file, and nothing is given out before its tag
// was checked.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "libs/base/bytes.h"
#include "libs/base/random.h"
#include "libs/base/result.h"
#include "libs/crypto/aead.h"
#include "libs/crypto/key.h"
#include "libs/crypto/stream_layout.h"

namespace aplus {

// 0x28 || salt (32) || nonce prefix (7). Stands in the object before the first segment; no secret.
using StreamHeader = std::array<std::uint8_t, StreamLayout::kHeaderSize>;

// Seals a stream of plaintext. Not thread-safe.
//
//   auto encryptor = StreamEncryptor::Begin(dek, FileContentContext(file, request), random);
//   write(encryptor.header());
//   for each chunk: while (auto segment = encryptor.Push(chunk)) write(*segment);
//   write(encryptor.Finish());
class StreamEncryptor {
 public:
  // A new file: `dek` has sealed nothing before and seals nothing else.
  static StreamEncryptor Begin(const Key& dek, std::string_view associated, Random& random,
                               std::uint32_t segment_size = StreamLayout::kSegmentSize);

  // An interrupted upload goes on (tus) at the boundary before `next_segment`; plaintext of the segments
  // before it is not sent again. The boundary is where storage ends, never earlier: a segment of which a
  // single byte was written must not be sealed a second time, since other plaintext under the same nonce
  // would give both away. A segment torn by a crash therefore means a new file under a new key, from offset
  // 0; one that is whole opens and counts. kInvalidArgument: no header of ours.
  static Result<StreamEncryptor> Resume(const Key& dek, std::string_view associated, BytesView header,
                                        std::uint32_t next_segment,
                                        std::uint32_t segment_size = StreamLayout::kSegmentSize);

  const StreamHeader& header() const { return header_; }

  // Takes bytes from the front of `input` until that is empty (answers nullopt), or until a segment is full
  // and more follows: answers it sealed, good until the next call. A full segment waits inside, since only
  // what follows shows that it is not the last.
  std::optional<BytesView> Push(BytesView& input);

  // The last segment; the file is complete. Nothing may follow. Good as long as the encryptor.
  BytesView Finish();

  // The segment being filled, and the plaintext that lies sealed before it: what tus calls the offset.
  std::uint32_t next_segment() const { return next_segment_; }
  std::uint64_t sealed_plaintext() const;

 private:
  struct WipeAndFree {
    std::uint32_t size;
    void operator()(std::uint8_t* bytes) const noexcept;
  };

  StreamEncryptor(const Key& dek, std::string_view associated, const StreamHeader& header,
                  std::uint32_t next_segment, std::uint32_t segment_size);
  BytesView SealBuffered(bool last);

  StreamHeader header_;
  AesGcm cipher_;
  std::uint32_t segment_size_;
  std::uint32_t next_segment_;
  std::uint32_t filled_ = 0;  // plaintext bytes in the buffer
  bool finished_ = false;
  std::unique_ptr<std::uint8_t[], WipeAndFree> buffer_;  // plaintext, sealed in place
};

// Opens segments of one object. Not thread-safe.
class StreamDecryptor {
 public:
  // `ciphertext_size` is the recorded length of the object, which must be its real one: it decides which
  // segment is the last. kInternal: no header of ours, or a length that no file has.
  static Result<StreamDecryptor> Open(const Key& dek, std::string_view associated, BytesView header,
                                      std::uint64_t ciphertext_size,
                                      std::uint32_t segment_size = StreamLayout::kSegmentSize);

  const StreamLayout& layout() const { return layout_; }

  // Opens `sealed`, the ciphertext that layout().Ciphertext(segment) points at, in place and answers the
  // plaintext in it. kInternal when it is not authentic: `sealed` is wiped, and the transfer must be broken
  // off.
  //
  // Reading from the beginning goes in order and finds a cut at the end. Any other order is refused
  // (kInternal) until the last segment was opened once, here or (`TrustLastSegment`) in an earlier read of
  // the same object.
  Result<std::span<std::uint8_t>> OpenSegment(std::uint32_t segment, std::span<std::uint8_t> sealed);

  bool NeedsLastSegment(const RangePlan& plan) const {
    return !last_opened_ && plan.first_segment != next_in_order_;
  }
  void TrustLastSegment() { last_opened_ = true; }

 private:
  StreamDecryptor(const Key& dek, std::string_view associated, const StreamHeader& header,
                  StreamLayout layout);

  StreamHeader header_;
  AesGcm cipher_;
  StreamLayout layout_;
  std::uint32_t next_in_order_ = 0;
  bool last_opened_ = false;
};

}  // namespace aplus
