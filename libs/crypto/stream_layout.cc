#include "libs/crypto/stream_layout.h"

#include <algorithm>
#include <cassert>
#include <limits>

namespace aplus {

std::uint32_t StreamLayout::Capacity(std::uint32_t segment, std::uint32_t segment_size) {
  return segment_size - kTagSize - (segment == 0 ? kHeaderSize : 0);
}

std::uint64_t StreamLayout::CiphertextSize(std::uint64_t plaintext_size, std::uint32_t segment_size) {
  const std::uint64_t first = Capacity(0, segment_size);
  const std::uint64_t next = Capacity(1, segment_size);
  const std::uint64_t count = plaintext_size <= first ? 1 : 1 + (plaintext_size - first + next - 1) / next;
  return kHeaderSize + plaintext_size + count * kTagSize;
}

std::optional<StreamLayout> StreamLayout::Of(std::uint64_t ciphertext_size, std::uint32_t segment_size) {
  if (segment_size <= kHeaderSize + kTagSize || ciphertext_size < kHeaderSize + kTagSize) return std::nullopt;
  const std::uint64_t count = (ciphertext_size - 1) / segment_size + 1;
  if (count > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  // A further segment exists only for a byte of plaintext: its tag alone is a cut, not a file.
  const std::uint64_t last_size = ciphertext_size - (count - 1) * segment_size;
  if (count > 1 && last_size <= kTagSize) return std::nullopt;
  return StreamLayout(ciphertext_size, static_cast<std::uint32_t>(count), segment_size);
}

ByteRange StreamLayout::Ciphertext(std::uint32_t segment) const {
  assert(segment < count_);
  const std::uint64_t begin = segment == 0 ? kHeaderSize : std::uint64_t{segment} * segment_size_;
  const std::uint64_t end = std::min((std::uint64_t{segment} + 1) * segment_size_, ciphertext_size_);
  return {begin, end - begin};
}

ByteRange StreamLayout::Plaintext(std::uint32_t segment) const {
  const std::uint64_t begin =
      segment == 0 ? 0
                   : Capacity(0, segment_size_) + (std::uint64_t{segment} - 1) * Capacity(1, segment_size_);
  return {begin, Ciphertext(segment).length - kTagSize};
}

std::uint32_t StreamLayout::SegmentOf(std::uint64_t offset) const {
  assert(offset < plaintext_size());
  const std::uint32_t first = Capacity(0, segment_size_);
  if (offset < first) return 0;
  return static_cast<std::uint32_t>(1 + (offset - first) / Capacity(1, segment_size_));
}

std::optional<RangePlan> StreamLayout::Plan(ByteRange plaintext) const {
  if (plaintext.length == 0 || plaintext.offset >= plaintext_size()) return std::nullopt;
  plaintext.length = std::min(plaintext.length, plaintext_size() - plaintext.offset);
  RangePlan plan;
  plan.first_segment = SegmentOf(plaintext.offset);
  plan.last_segment = SegmentOf(plaintext.end() - 1);
  plan.ciphertext.offset = Ciphertext(plan.first_segment).offset;
  plan.ciphertext.length = Ciphertext(plan.last_segment).end() - plan.ciphertext.offset;
  plan.plaintext = plaintext;
  return plan;
}

ByteRange StreamLayout::PartOf(std::uint32_t segment, const RangePlan& plan) const {
  assert(segment >= plan.first_segment && segment <= plan.last_segment);
  const ByteRange whole = Plaintext(segment);
  const std::uint64_t begin = std::max(whole.offset, plan.plaintext.offset);
  const std::uint64_t end = std::min(whole.end(), plan.plaintext.end());
  return {begin - whole.offset, end - begin};
}

}  // namespace aplus
