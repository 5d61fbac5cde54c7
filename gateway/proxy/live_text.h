// Live events as a browser's EventSource reads them.
#pragma once

#include <string>

#include "aplus/api/v1/transfer.pb.h"

namespace aplus::gateway {

// How soon the browser comes back after a break, spread so that not all come at once.
std::string LiveGreeting(unsigned retry_milliseconds);
// "id:", "event:" and "data:" lines and the empty line. What could end a line is left out.
std::string ToLiveText(const api::v1::LiveEvent& event);
// A comment: keeps proxies and the connection awake.
inline constexpr std::string_view kHeartbeat = ":\n\n";

}  // namespace aplus::gateway
