// The two cookies: the session's, and the one that binds a login to a browser (SECURITY 2.1, 2.2). Over https
// their names carry the __Host- prefix, which browsers hold to Secure, Path=/ and no Domain; on plain http,
// which is for loopback, no browser would take that, so the prefix and Secure are left out.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace aplus::gateway {

enum class Cookie : std::uint8_t { kSession, kBinding };

class Cookies {
 public:
  // `session_age`: how long a browser keeps the session's cookie; the session itself ends where it is stored.
  Cookies(bool https, std::chrono::seconds session_age);

  std::string_view Name(Cookie cookie) const;

  // Its value in a Cookie field. Empty when absent, when it stands there twice (somebody else may have
  // planted one of them) or when it is nothing that we would have set.
  std::string_view Find(std::string_view field, Cookie cookie) const;

  // The value of Set-Cookie; an empty value clears. nullopt when the value is no token (43 characters of
  // base64url and the like): such a one never leaves.
  std::optional<std::string> Set(Cookie cookie, std::string_view value) const;

 private:
  bool https_;
  std::chrono::seconds session_age_;
};

}  // namespace aplus::gateway
