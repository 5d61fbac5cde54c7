// Tokens and codes: how they are drawn, and the forms under which they are kept (P11). The values themselves
// go to the person and nowhere else.
#pragma once

#include <optional>
#include <string_view>

#include "libs/base/id.h"
#include "libs/base/random.h"
#include "libs/base/secret.h"
#include "libs/crypto/digest.h"
#include "libs/crypto/key.h"

namespace aplus::auth {

using LoginRequestId = Id<struct LoginRequestTag>;

// 32 random bytes as 43 characters of base64url, and the SHA-256 of the bytes, which is what is stored: for
// session cookies, login links and the cookie that binds a login to a browser.
struct Token {
  SecretString text;
  Sha256Digest hash;

  static Token Draw(Random& random);
};

// The stored form of a token that somebody presents; nullopt when it cannot be one of ours.
std::optional<Sha256Digest> HashOfToken(std::string_view text);

// Codes to type, and what else is kept as a MAC because it could be guessed from a plain hash. Not
// thread-safe.
class CodeBook {
 public:
  // `key`: auth's code key.
  explicit CodeBook(const Key& key) : hmac_(key) {}

  // Eight characters of Crockford's base32: 40 bits.
  static SecretString DrawCode(Random& random);
  // Of a code as typed (case, blanks and hyphens do not matter), for one login request, so that one table row
  // says nothing of another. nullopt when it cannot be a code.
  std::optional<Sha256Digest> MacOfCode(const LoginRequestId& request, std::string_view typed);
  // Of a recovery code as typed, for one account.
  std::optional<Sha256Digest> MacOfRecoveryCode(const UserId& user, std::string_view typed);
  // A secret that follows from another one under our key: 43 characters that nobody else can make.
  SecretString Derive(std::string_view purpose, std::string_view from);
  // Of a network address and of an e-mail address: comparable, not readable.
  Sha256Digest MacOfNetwork(std::string_view address) { return Mac("network", address); }
  Sha256Digest MacOfEmail(std::string_view email_key) { return Mac("email", email_key); }

 private:
  std::optional<Sha256Digest> MacOfTyped(std::string_view purpose, const UuidBytes& owner,
                                         std::string_view typed);
  Sha256Digest Mac(std::string_view purpose, std::string_view text);

  HmacSha256 hmac_;
};

}  // namespace aplus::auth
