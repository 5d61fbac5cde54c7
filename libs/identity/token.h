// The identity token that travels with every call on a person's behalf: a compact JWS (RFC 7515) signed with
// Ed25519, made by auth, good for 30 seconds (SECURITY 2.3). There is no choice in it: the protected header
// is one of the constant texts made from our own keys' names and is compared byte by byte before anything is
// parsed, so `alg`, `jku`, `jwk`, `crit` and friends have nothing to say (RFC 8725).
//
// Claims, all required unless noted, no others accepted, none twice:
//   iss "aplus-auth", aud "aplus", sub (user or partner id), sid (session id), auth_time, amr [..], iat, exp
//   = iat + 30, jti, mem [[group, roles, side] ..], and where they apply: acc (account roles), shared, terms,
//   due (second factor), ptn (partner id), scp [..].
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/random.h"
#include "libs/base/result.h"
#include "libs/base/time.h"
#include "libs/identity/principal.h"

namespace aplus {

inline constexpr Duration kIdentityTokenLifetime = std::chrono::seconds(30);
inline constexpr Duration kIdentityTokenSkew = std::chrono::seconds(5);
inline constexpr std::size_t kIdentityTokenMaxBytes = 6 * 1024;
inline constexpr std::size_t kIdentityTokenMaxMemberships = 200;

// Signs. Only auth has one. Not thread-safe.
class IdentityTokenIssuer {
 public:
  // `key_id`: 1–32 characters of [A-Za-z0-9_-]. `private_key`: PKCS#8 PEM of an Ed25519 key. Error kInternal
  // when either is not that.
  static Result<IdentityTokenIssuer> Create(std::string_view key_id, std::string_view private_key_pem,
                                            Random& random);
  ~IdentityTokenIssuer();
  IdentityTokenIssuer(IdentityTokenIssuer&&) noexcept;
  IdentityTokenIssuer& operator=(IdentityTokenIssuer&&) noexcept;

  // A token for `principal` (its token and expires are ignored), good from `now`. Error kTooLarge beyond 200
  // memberships or 6 KiB.
  Result<std::string> Issue(const Principal& principal, Time now) const;

 private:
  struct State;
  explicit IdentityTokenIssuer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct IdentityPublicKey {
  std::string key_id;
  std::string pem;  // SubjectPublicKeyInfo PEM, Ed25519
};

// Checks. Holds the present key and the ones before and after it. Not thread-safe.
class IdentityTokenVerifier {
 public:
  static Result<IdentityTokenVerifier> Create(const std::vector<IdentityPublicKey>& keys);
  // Every `*.pem` of a folder, the file's stem being the key id.
  static Result<IdentityTokenVerifier> LoadFolder(const std::string& folder);
  ~IdentityTokenVerifier();
  IdentityTokenVerifier(IdentityTokenVerifier&&) noexcept;
  IdentityTokenVerifier& operator=(IdentityTokenVerifier&&) noexcept;

  // The principal, with token and expires filled in. Error kUnauthenticated whatever is wrong; the diagnostic
  // says what, without any part of the token. Costs about 100 µs: keep the answer until `expires`.
  Result<Principal> Verify(std::string_view token, Time now) const;

 private:
  struct State;
  explicit IdentityTokenVerifier(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace aplus
