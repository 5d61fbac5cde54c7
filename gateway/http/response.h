// An answer before it is sent, and the head that it gets: status, our own fields, and the security fields of
// its surface (SECURITY 2.11), which no handler can leave out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "gateway/http/site.h"
#include "gateway/transcode/json_buffer.h"
#include "libs/base/time.h"

namespace aplus::gateway {

// What kind of thing is shown: decides the security fields.
enum class Surface : std::uint8_t {
  kSite,      // pages, their parts, JSON, errors
  kDownload,  // a file to be saved
  kPreview,   // a file in a frame of ours
};

struct Response {
  int status = 200;
  Surface surface = Surface::kSite;
  std::string_view content_type;  // empty: none
  std::string_view cache_control = "no-store";
  // Names are constants of the code. Content-Length and Connection are the session's business.
  std::vector<std::pair<std::string_view, std::string>> fields;
  // A view must outlive the sending: a static file.
  std::variant<std::string, transcode::JsonBuffer, std::string_view> body;

  std::string_view Body() const;
};

// Whether a value may stand in a head: nothing that could end its line (T-EDGE-03).
bool IsFieldValue(std::string_view value);
// "Not Found"; never empty.
std::string_view StatusPhrase(int status);

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110).
std::string HttpDate(Time time);

// Writes heads. Built once; one thread.
class HeadWriter {
 public:
  // `style_hashes`: CSP sources of style rules that a library writes inline ("'sha256-…'").
  HeadWriter(const Site& site, const std::vector<std::string>& style_hashes);

  // The whole head up to its empty line; `length`: of the body, absent when the connection's end marks it.
  // nullopt when a value could break out of its line: nothing of it must be sent.
  std::optional<std::string> Write(const Response& response, std::optional<std::uint64_t> length,
                                   bool keep_alive, Time now) const;

 private:
  std::string_view Date(Time now) const;

  std::string security_[3];  // by Surface
  // Of the present second: written once for all answers within it.
  mutable std::string date_;
  mutable std::int64_t date_second_ = -1;
};

}  // namespace aplus::gateway
