#include "libs/crypto/stream_aead.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "libs/base/secret.h"
#include "libs/crypto/hkdf.h"

namespace aplus {
namespace stream_aead {

constexpr std::size_t kSaltOffset = 1;
constexpr std::size_t kSaltSize = 32;
constexpr std::size_t kPrefixOffset = kSaltOffset + kSaltSize;
constexpr std::size_t kPrefixSize = 7;
static_assert(kPrefixOffset + kPrefixSize == StreamLayout::kHeaderSize);

std::optional<StreamHeader> ParseHeader(BytesView bytes) {
  if (bytes.size() != StreamLayout::kHeaderSize || bytes[0] != StreamLayout::kHeaderSize) return std::nullopt;
  StreamHeader header;
  std::ranges::copy(bytes, header.begin());
  return header;
}

// One AES key per file: HKDF binds it to the salt and to the file and request that the associated data name.
Key SegmentKey(const Key& dek, std::string_view associated, const StreamHeader& header) {
  return DeriveKey(dek, std::span(header).subspan(kSaltOffset, kSaltSize), AsBytes(associated));
}

// prefix || segment, 32 bits big-endian || 1 for the last segment.
AesGcm::Nonce NonceOf(const StreamHeader& header, std::uint32_t segment, bool last) {
  AesGcm::Nonce nonce;
  std::ranges::copy(std::span(header).subspan(kPrefixOffset), nonce.begin());
  for (int i = 0; i < 4; ++i) nonce[kPrefixSize + i] = static_cast<std::uint8_t>(segment >> (24 - 8 * i));
  nonce.back() = last ? 1 : 0;
  return nonce;
}

void RequireRoom(std::uint32_t segment_size) {
  if (segment_size <= StreamLayout::kHeaderSize + StreamLayout::kTagSize) {
    throw std::invalid_argument("stream segment without room for header and tag");
  }
}

}  // namespace stream_aead

StreamEncryptor::StreamEncryptor(const Key& dek, std::string_view associated, const StreamHeader& header,
                                 std::uint32_t next_segment, std::uint32_t segment_size)
    : header_(header),
      cipher_(stream_aead::SegmentKey(dek, associated, header)),
      segment_size_(segment_size),
      next_segment_(next_segment),
      buffer_(new std::uint8_t[segment_size], WipeAndFree{segment_size}) {}

void StreamEncryptor::WipeAndFree::operator()(std::uint8_t* bytes) const noexcept {
  Wipe(std::span(bytes, size));
  delete[] bytes;
}

StreamEncryptor StreamEncryptor::Begin(const Key& dek, std::string_view associated, Random& random,
                                       std::uint32_t segment_size) {
  stream_aead::RequireRoom(segment_size);
  StreamHeader header;
  random.Fill(header);
  header[0] = StreamLayout::kHeaderSize;
  return StreamEncryptor(dek, associated, header, 0, segment_size);
}

Result<StreamEncryptor> StreamEncryptor::Resume(const Key& dek, std::string_view associated, BytesView header,
                                                std::uint32_t next_segment, std::uint32_t segment_size) {
  stream_aead::RequireRoom(segment_size);
  const auto parsed = stream_aead::ParseHeader(header);
  if (!parsed) return Fail(Reason::kInvalidArgument, "not the header of a sealed stream");
  return StreamEncryptor(dek, associated, *parsed, next_segment, segment_size);
}

std::uint64_t StreamEncryptor::sealed_plaintext() const {
  if (next_segment_ == 0) return 0;
  return StreamLayout::Capacity(0, segment_size_) +
         (std::uint64_t{next_segment_} - 1) * StreamLayout::Capacity(1, segment_size_);
}

std::optional<BytesView> StreamEncryptor::Push(BytesView& input) {
  if (finished_) throw std::logic_error("sealed stream: Push after Finish");
  const std::uint32_t capacity = StreamLayout::Capacity(next_segment_, segment_size_);
  const std::size_t taken = std::min<std::size_t>(capacity - filled_, input.size());
  std::copy_n(input.begin(), taken, buffer_.get() + filled_);
  filled_ += static_cast<std::uint32_t>(taken);
  input = input.subspan(taken);
  if (input.empty()) return std::nullopt;
  return SealBuffered(false);
}

BytesView StreamEncryptor::Finish() {
  if (finished_) throw std::logic_error("sealed stream: Finish twice");
  finished_ = true;
  return SealBuffered(true);
}

BytesView StreamEncryptor::SealBuffered(bool last) {
  // The counter must not come round: a nonce would repeat.
  if (!last && next_segment_ == std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("sealed stream: too many segments");
  }
  const std::span<std::uint8_t> sealed(buffer_.get(), filled_ + StreamLayout::kTagSize);
  cipher_.Seal(stream_aead::NonceOf(header_, next_segment_, last), {}, sealed.first(filled_), sealed);
  filled_ = 0;
  if (!last) ++next_segment_;
  return sealed;
}

StreamDecryptor::StreamDecryptor(const Key& dek, std::string_view associated, const StreamHeader& header,
                                 StreamLayout layout)
    : header_(header), cipher_(stream_aead::SegmentKey(dek, associated, header)), layout_(layout) {}

Result<StreamDecryptor> StreamDecryptor::Open(const Key& dek, std::string_view associated, BytesView header,
                                              std::uint64_t ciphertext_size, std::uint32_t segment_size) {
  const auto parsed = stream_aead::ParseHeader(header);
  if (!parsed) return Fail(Reason::kInternal, "not the header of a sealed stream");
  const auto layout = StreamLayout::Of(ciphertext_size, segment_size);
  if (!layout) return Fail(Reason::kInternal, fmt::format("no sealed stream has {} bytes", ciphertext_size));
  return StreamDecryptor(dek, associated, *parsed, *layout);
}

Result<std::span<std::uint8_t>> StreamDecryptor::OpenSegment(std::uint32_t segment,
                                                             std::span<std::uint8_t> sealed) {
  const std::uint32_t count = layout_.segment_count();
  if (segment >= count || sealed.size() != layout_.Ciphertext(segment).length) {
    return Fail(Reason::kInternal, fmt::format("segment {} of {} has the wrong size", segment, count));
  }
  const bool last = layout_.IsLast(segment);
  if (!last && !last_opened_ && segment != next_in_order_) {
    return Fail(Reason::kInternal,
                fmt::format("segment {} of {} asked for before the last was verified", segment, count));
  }
  const std::span<std::uint8_t> plaintext = sealed.first(sealed.size() - StreamLayout::kTagSize);
  if (!cipher_.Open(stream_aead::NonceOf(header_, segment, last), {}, sealed, plaintext)) {
    Wipe(sealed);
    return Fail(Reason::kInternal, fmt::format("segment {} of {} is not authentic", segment, count));
  }
  if (last) last_opened_ = true;
  if (segment == next_in_order_) ++next_in_order_;
  return plaintext;
}

}  // namespace aplus
