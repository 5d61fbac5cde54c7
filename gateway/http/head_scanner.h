// The strict check of a request's head (SECURITY 2.10), byte by byte and before any other parser sees it.
// What HTTP allows and no browser of ours sends is refused: whatever two readers could understand differently
// must not get in. The verdict does not depend on how the bytes were cut into packets.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/request_head.h"

namespace aplus::gateway {

// Why a head is refused; each has its status and the connection closes after the answer.
enum class HeadFault : std::uint8_t {
  kNone,
  kMalformed,       // 400
  kWrongHost,       // 400
  kUnknownMethod,   // 405
  kLengthRequired,  // 411: Transfer-Encoding in any form, or an unsafe method without Content-Length
  kTargetTooLong,   // 414
  kHeadTooLarge,    // 431
  kVersion,         // 505
};

int StatusOf(HeadFault fault);

class HeadScanner {
 public:
  static constexpr std::size_t kMaxHead = 16 * 1024;
  static constexpr std::size_t kMaxLine = 8 * 1024;
  static constexpr std::size_t kMaxTarget = 2048;

  enum class Verdict : std::uint8_t { kMore, kComplete, kRefused };

  // `hosts`: values of Host that mean us ("aplus.example", "127.0.0.1:8080"), compared without case; outlives
  // the scanner.
  explicit HeadScanner(const std::vector<std::string>& hosts) : hosts_(&hosts) {}

  // All bytes of the request so far, from its first one; they may have moved since the last call. Looks at
  // each byte once. After kComplete or kRefused: only Reset.
  Verdict Scan(std::string_view bytes);

  // After kComplete: the head, as views into the bytes given last.
  const RequestHead& head() const { return head_; }
  // Bytes of the head, the empty line included.
  std::size_t size() const { return line_start_; }
  // After kRefused.
  HeadFault fault() const { return fault_; }

  void Reset();

 private:
  Verdict Refuse(HeadFault fault);
  HeadFault TakeRequestLine(std::string_view line);
  HeadFault TakeField(std::string_view line);
  HeadFault TakeKnownField(std::string_view name, std::string_view value);
  HeadFault Conclude();

  // Offsets instead of views while bytes may still move.
  struct FieldOffsets {
    std::uint32_t name, name_size, value, value_size;
  };

  const std::vector<std::string>* hosts_;
  std::string_view bytes_;
  std::size_t line_start_ = 0;
  std::size_t at_ = 0;  // next byte to look at
  bool have_line_ = false;
  std::uint32_t target_start_ = 0;
  std::uint32_t target_size_ = 0;
  std::array<FieldOffsets, kMaxHeadFields> offsets_;
  std::uint64_t seen_ = 0;  // of the fields that may stand once
  bool has_length_ = false;
  RequestHead head_;
  HeadFault fault_ = HeadFault::kNone;
};

}  // namespace aplus::gateway
