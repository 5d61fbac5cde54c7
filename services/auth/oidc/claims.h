// What the identity provider's signed statements must say (OpenID Connect Core 3.1.3.7 and 5.3.2), once their
// signatures are known to be good. No input, no output.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/result.h"
#include "libs/base/time.h"

namespace aplus::auth {

// What we know beforehand.
struct ExpectedClaims {
  std::string_view issuer;
  std::string_view client_id;
  std::string_view nonce;  // of the ID token
  Time now{};
};

struct IdTokenClaims {
  std::string subject;
  std::vector<std::string> amr;   // as the provider writes them
  std::optional<Time> auth_time;  // when the person proved who he is
};

struct UserInfoClaims {
  std::string subject;
  std::string email;
};

// kProviderRefused, with a diagnostic that holds nothing of the statement, when anything is missing, stands
// twice, is of another type, or is not what is expected. Clocks may differ by half a minute; an ID token
// older than ten minutes is no answer to a login that has just begun.
Result<IdTokenClaims> ReadIdToken(std::string_view json, const ExpectedClaims& expected);
// Likewise; an address that the provider itself calls unverified is refused too.
Result<UserInfoClaims> ReadUserInfo(std::string_view json, const ExpectedClaims& expected);

// The provider's methods in the words of RFC 8176 that our rights know, ours for the provider in front:
// "totp" is "otp"; what we do not know is left out.
std::vector<std::string> MethodsOf(const std::vector<std::string>& amr);

}  // namespace aplus::auth
