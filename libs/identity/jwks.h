// Statements that somebody else has signed: compact JWS (RFC 7515) checked with the keys of a JWK set
// (RFC 7517). RS256 and ES256 and nothing else: the algorithm follows from the key that is named, never from
// the statement (RFC 8725), so "none", HMAC with a public key as its secret, and keys or addresses of keys in
// the header have nothing to say.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "libs/base/result.h"

namespace aplus {

inline constexpr std::size_t kJwsMaxBytes = 16 * 1024;

// Immutable. Not thread-safe.
class JwkSet {
 public:
  // Keys of other kinds, for other purposes, or weaker than RSA 2048 are left out. kInvalidArgument when the
  // text is no JWK set or none of its keys is of use.
  static Result<JwkSet> Parse(std::string_view json);
  ~JwkSet();
  JwkSet(JwkSet&&) noexcept;
  JwkSet& operator=(JwkSet&&) noexcept;

  std::size_t size() const;

  // The payload. kUnauthenticated whatever is wrong; kNotFound when it names a key that is not in here, which
  // may be a newer one. The diagnostic says what, without any part of the statement.
  Result<std::string> Verify(std::string_view jws) const;

 private:
  struct State;
  explicit JwkSet(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace aplus
