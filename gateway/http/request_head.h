// The head of one HTTP/1.1 request as the strict check found it. Views into the connection's buffer: valid
// until the request is answered.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "gateway/transcode/path_template.h"

namespace aplus::gateway {

using transcode::HttpMethod;

// ASCII, as field names and tokens compare.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

struct HeadField {
  std::string_view name;
  std::string_view value;  // without the white space around it
};

constexpr std::size_t kMaxHeadFields = 64;

struct RequestHead {
  HttpMethod method = HttpMethod::kGet;
  std::string_view target;  // origin-form, sound percent-encoding
  std::string_view path;    // before the question mark
  std::string_view query;   // after it
  std::array<HeadField, kMaxHeadFields> fields;
  std::size_t field_count = 0;
  std::uint64_t content_length = 0;  // 0 when none was given
  bool keep_alive = true;
  bool expects_continue = false;

  // The value of a field, empty when absent. Of fields that the gateway reads there is never a second one.
  std::string_view Find(std::string_view name) const;
  bool Has(std::string_view name) const;
  bool IsSafe() const { return method == HttpMethod::kGet || method == HttpMethod::kHead; }
};

}  // namespace aplus::gateway
