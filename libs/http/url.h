// The addresses that the client may call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/result.h"

namespace aplus {

struct HttpUrl {
  bool tls = true;
  std::string host;  // without brackets
  std::uint16_t port = 443;
  std::string authority;  // as Host says it
  std::string target;     // path and query; at least "/"

  // kInvalidArgument with a diagnostic unless https://host[:port]/…; http:// on loopback only, where nobody
  // listens in between. No user names, no fragments, printable ASCII.
  static Result<HttpUrl> Parse(std::string_view text);
};

}  // namespace aplus
