#include "services/notifications/smtp/reply.h"

#include <utility>

namespace aplus::smtp {
namespace reply {

int Digit(char c) { return c >= '0' && c <= '9' ? c - '0' : -1; }

}  // namespace reply

ReplyReader::Status ReplyReader::Feed(std::string_view bytes) {
  buffer_.append(bytes);
  return Scan();
}

ReplyReader::Status ReplyReader::Scan() {
  while (!complete_) {
    const std::size_t end = buffer_.find('\n');
    if (end == std::string::npos) {
      return buffer_.size() > kLongestLine ? Status::kMalformed : Status::kMore;
    }
    std::string_view line(buffer_.data(), end);
    if (line.size() > kLongestLine) return Status::kMalformed;
    // A bare LF is forgiven: it ends a line for every server that sends it.
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!TakeLine(line)) return Status::kMalformed;
    buffer_.erase(0, end + 1);
  }
  return Status::kDone;
}

bool ReplyReader::TakeLine(std::string_view line) {
  if (line.size() < 3) return false;
  const int hundreds = reply::Digit(line[0]), tens = reply::Digit(line[1]), ones = reply::Digit(line[2]);
  if (hundreds < 2 || hundreds > 5 || tens < 0 || ones < 0) return false;
  const int code = hundreds * 100 + tens * 10 + ones;
  const char mark = line.size() > 3 ? line[3] : ' ';
  if (mark != ' ' && mark != '-') return false;
  if (!reply_.lines.empty() && code != reply_.code) return false;
  if (reply_.lines.size() == kMostLines) return false;
  reply_.code = code;
  reply_.lines.emplace_back(line.substr(line.size() > 3 ? 4 : 3));
  complete_ = mark == ' ';
  return true;
}

Reply ReplyReader::Take() {
  complete_ = false;
  return std::exchange(reply_, {});
}

}  // namespace aplus::smtp
