// Where a login was asked from, in words that help a person to recognise herself and tell nobody much: kind
// of browser and system, and the network without its last part. Stands in the login mail and in the list of
// sessions.
#pragma once

#include <string>
#include <string_view>

namespace aplus::auth {

// "Firefox sur Windows"; « un navigateur inconnu » when the text says nothing that we know. Never quotes the
// text itself, which is the caller's to invent.
std::string BrowserName(std::string_view user_agent);

// "203.0.113.x", "2001:db8:1::/48"; empty when it is no address.
std::string NetworkName(std::string_view address);

// The two together.
std::string AskedFrom(std::string_view user_agent, std::string_view address);

}  // namespace aplus::auth
