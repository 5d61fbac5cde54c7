// Where the bytes of a sealed file stand (SECURITY 2.6): arithmetic over the wire format, no key and no I/O.
// The first segment shares its room with the 40-byte header, every segment carries a 16-byte tag, only the
// last may be short.
#pragma once

#include <cstdint>
#include <optional>

namespace aplus {

struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  std::uint64_t end() const { return offset + length; }
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// What to read for a range of plaintext: whole segments, which lie side by side in the object.
struct RangePlan {
  std::uint32_t first_segment = 0;
  std::uint32_t last_segment = 0;
  ByteRange ciphertext;  // of all these segments; the header is not among them
  ByteRange plaintext;   // what was asked for, cut at the end of the file
};

// One object, known by the length of its ciphertext.
class StreamLayout {
 public:
  static constexpr std::uint32_t kHeaderSize = 40;
  static constexpr std::uint32_t kTagSize = 16;
  static constexpr std::uint32_t kSegmentSize = 65'536;  // of files; known answers use others

  static std::uint64_t CiphertextSize(std::uint64_t plaintext_size,
                                      std::uint32_t segment_size = kSegmentSize);
  // nullopt: no plaintext has a ciphertext of that length (cut inside a tag, say), or the segment size has no
  // room for header, tag and a byte.
  static std::optional<StreamLayout> Of(std::uint64_t ciphertext_size,
                                        std::uint32_t segment_size = kSegmentSize);
  // Plaintext bytes in a full segment.
  static std::uint32_t Capacity(std::uint32_t segment, std::uint32_t segment_size = kSegmentSize);

  std::uint64_t ciphertext_size() const { return ciphertext_size_; }
  std::uint64_t plaintext_size() const {
    return ciphertext_size_ - kHeaderSize - std::uint64_t{count_} * kTagSize;
  }
  std::uint32_t segment_count() const { return count_; }
  std::uint32_t segment_size() const { return segment_size_; }
  bool IsLast(std::uint32_t segment) const { return segment + 1 == count_; }

  // Of one segment, segment < segment_count(): where its ciphertext with tag stands in the object, its
  // plaintext in the file.
  ByteRange Ciphertext(std::uint32_t segment) const;
  ByteRange Plaintext(std::uint32_t segment) const;
  // The segment that holds a byte of plaintext, offset < plaintext_size().
  std::uint32_t SegmentOf(std::uint64_t offset) const;

  // nullopt: the range begins at or behind the end (416), or asks for nothing. A range that ends behind the
  // end is cut.
  std::optional<RangePlan> Plan(ByteRange plaintext) const;
  // The part of one segment's plaintext that belongs to the plan, offset counted within the segment.
  ByteRange PartOf(std::uint32_t segment, const RangePlan& plan) const;

 private:
  StreamLayout(std::uint64_t ciphertext_size, std::uint32_t count, std::uint32_t segment_size)
      : ciphertext_size_(ciphertext_size), count_(count), segment_size_(segment_size) {}

  std::uint64_t ciphertext_size_;
  std::uint32_t count_;
  std::uint32_t segment_size_;
};

}  // namespace aplus
