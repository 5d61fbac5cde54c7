// Protobuf wire format, both ways, without message objects. Readers never look past the end they were given;
// writers append to a string that the caller owns.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace aplus::transcode {

static_assert(std::endian::native == std::endian::little, "fixed fields are copied as they lie in memory");

enum class WireType : std::uint32_t { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

constexpr std::uint32_t MakeTag(std::uint32_t number, WireType type) {
  return number << 3 | static_cast<std::uint32_t>(type);
}

constexpr std::uint64_t ZigZag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t UnZigZag(std::uint64_t value) {
  return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1));
}

// A cursor over bytes. Every Read answers false, and stays where it was or anywhere before the end, when the
// bytes do not hold what was asked for.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool AtEnd() const { return at_ == end_; }
  const char* position() const { return at_; }

  bool ReadVarint(std::uint64_t& value) {
    if (at_ != end_ && static_cast<std::uint8_t>(*at_) < 0x80) {
      value = static_cast<std::uint8_t>(*at_++);
      return true;
    }
    return ReadLongVarint(value);
  }

  // Refuses field number 0, numbers above 2^29-1, more than five bytes, and the group types, which proto3
  // does not have.
  bool ReadTag(std::uint32_t& tag) {
    std::uint64_t value;
    const char* start = at_;
    if (!ReadVarint(value) || value > 0xffffffffu || value >> 3 == 0 || at_ - start > 5) return false;
    tag = static_cast<std::uint32_t>(value);
    const std::uint32_t type = tag & 7;
    return type <= 2 || type == 5;
  }

  bool ReadFixed32(std::uint32_t& value) { return ReadRaw(&value, sizeof value); }
  bool ReadFixed64(std::uint64_t& value) { return ReadRaw(&value, sizeof value); }

  bool ReadBytes(std::string_view& bytes) {
    std::uint64_t size;
    const char* start = at_;
    if (!ReadVarint(size) || at_ - start > 5 || size > static_cast<std::uint64_t>(end_ - at_)) return false;
    bytes = std::string_view(at_, size);
    at_ += size;
    return true;
  }

  bool Skip(std::uint32_t tag) {
    std::uint64_t ignored64;
    std::uint32_t ignored32;
    std::string_view ignored;
    switch (static_cast<WireType>(tag & 7)) {
      case WireType::kVarint:
        return ReadVarint(ignored64);
      case WireType::kFixed64:
        return ReadFixed64(ignored64);
      case WireType::kLength:
        return ReadBytes(ignored);
      case WireType::kFixed32:
        return ReadFixed32(ignored32);
    }
    return false;
  }

 private:
  bool ReadLongVarint(std::uint64_t& value) {
    std::uint64_t result = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at_ == end_) return false;
      const auto byte = static_cast<std::uint8_t>(*at_++);
      // The tenth byte holds the last bit; anything more would not fit in 64.
      if (shift == 63 && byte > 1) return false;
      result |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) {
        value = result;
        return true;
      }
    }
    return false;
  }

  bool ReadRaw(void* value, std::size_t size) {
    if (static_cast<std::size_t>(end_ - at_) < size) return false;
    std::memcpy(value, at_, size);
    at_ += size;
    return true;
  }

  const char* at_;
  const char* end_;
};

class WireWriter {
 public:
  explicit WireWriter(std::string& out) : out_(out) {}

  void Varint(std::uint64_t value) {
    char bytes[10];
    std::size_t size = 0;
    while (value >= 0x80) {
      bytes[size++] = static_cast<char>(value | 0x80);
      value >>= 7;
    }
    bytes[size++] = static_cast<char>(value);
    out_.append(bytes, size);
  }
  void Tag(std::uint32_t number, WireType type) { Varint(MakeTag(number, type)); }
  void Fixed32(std::uint32_t value) { out_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void Fixed64(std::uint64_t value) { out_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void Bytes(std::uint32_t number, std::string_view bytes) {
    Tag(number, WireType::kLength);
    Varint(bytes.size());
    out_.append(bytes);
  }

  // A length-delimited value whose size is known only once it is written: one byte is kept for the length and
  // the few longer ones are moved up, which is cheaper than measuring first (most messages are short).
  std::size_t Begin(std::uint32_t number) {
    Tag(number, WireType::kLength);
    out_.push_back('\0');
    return out_.size();
  }
  void End(std::size_t start) {
    std::uint64_t size = out_.size() - start;
    if (size < 0x80) {
      out_[start - 1] = static_cast<char>(size);
      return;
    }
    char bytes[10];
    std::size_t length = 0;
    while (size >= 0x80) {
      bytes[length++] = static_cast<char>(size | 0x80);
      size >>= 7;
    }
    bytes[length++] = static_cast<char>(size);
    out_.replace(start - 1, 1, bytes, length);
  }

  std::string& out() { return out_; }

 private:
  std::string& out_;
};

}  // namespace aplus::transcode
