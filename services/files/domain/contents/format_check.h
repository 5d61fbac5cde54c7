// What every format's check has in common: it reads the file once in order while it streams by, and may then
// ask for parts of it again. Memory stays the same whatever the file's size.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "libs/base/bytes.h"
#include "services/files/domain/contents/flaw.h"
#include "services/files/domain/file_type.h"

namespace aplus::files {

// Bytes of plaintext.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;

  friend bool operator==(const Extent&, const Extent&) = default;
};

// The two ends of a file that was read whole.
struct Ends {
  std::uint64_t size = 0;
  BytesView head;  // kHeadBytes at most
  BytesView tail;  // kTailBytes at most

  // What browsers look at when they guess a type (WHATWG MIME Sniffing), and the furthest from its end that a
  // zip's end record may begin.
  static constexpr std::size_t kHeadBytes = 1'445;
  static constexpr std::size_t kTailBytes = 65'557;
};

// Not thread-safe; need not stay on one thread.
class FormatCheck {
 public:
  virtual ~FormatCheck() = default;

  // The file's bytes in order. A flaw ends the inspection.
  virtual Flaw Feed(BytesView piece) = 0;
  // After the last byte.
  virtual Flaw End(const Ends& ends) = 0;
  // After End: what to read again; fed to FeedWanted in order and whole before it is asked once more. The
  // extent lies within the file. nullopt: enough was seen.
  virtual std::optional<Extent> Wants() { return std::nullopt; }
  virtual Flaw FeedWanted(BytesView /*piece*/) { return Flaw::kNone; }
};

std::unique_ptr<FormatCheck> MakeFormatCheck(FileType type);

}  // namespace aplus::files
