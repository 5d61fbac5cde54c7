// What an SMTP server answers (RFC 5321 section 4.2), read strictly: three digits, then blank or hyphen, the
// same code on every line. Pure: fed with bytes, so that a test can feed it anything.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aplus::smtp {

struct Reply {
  int code = 0;                    // 200 … 599
  std::vector<std::string> lines;  // texts after the code, without it; from a stranger: never logged

  bool Positive() const { return code >= 200 && code < 300; }
  bool Transient() const { return code >= 400 && code < 500; }
  bool Permanent() const { return code >= 500 && code < 600; }
};

class ReplyReader {
 public:
  // A line longer than this, or a reply with more lines, is nonsense.
  static constexpr std::size_t kLongestLine = 2048;
  static constexpr std::size_t kMostLines = 128;

  enum class Status { kMore, kDone, kMalformed };

  // Takes bytes up to the end of one reply; what comes behind it stays in `Rest`.
  Status Feed(std::string_view bytes);
  // After kDone: the reply; the reader is ready for the next one.
  Reply Take();
  // Whether bytes came that belong to no reply asked for: nobody may speak before being spoken to.
  bool HasRest() const { return !buffer_.empty(); }

 private:
  Status Scan();
  bool TakeLine(std::string_view line);

  std::string buffer_;
  Reply reply_;
  bool complete_ = false;
};

}  // namespace aplus::smtp
