#include "services/auth/store/credentials.h"

#include <array>
#include <string>

#include "libs/base/bytes.h"

namespace aplus::auth {
namespace credentials {

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kCodeBytes = 5;

}  // namespace credentials

Token Token::Draw(Random& random) {
  std::array<std::uint8_t, credentials::kTokenBytes> bytes;
  random.Fill(bytes);
  Token token{SecretString(ToBase64Url(bytes)), Sha256(bytes)};
  Wipe(bytes);
  return token;
}

std::optional<Sha256Digest> HashOfToken(std::string_view text) {
  auto bytes = FromBase64Url(text);
  if (!bytes || bytes->size() != credentials::kTokenBytes) return std::nullopt;
  const Sha256Digest hash = Sha256(*bytes);
  Wipe(*bytes);
  return hash;
}

SecretString CodeBook::DrawCode(Random& random) {
  std::array<std::uint8_t, credentials::kCodeBytes> bytes;
  random.Fill(bytes);
  SecretString code(ToCrockford(bytes));
  Wipe(bytes);
  return code;
}

std::optional<Sha256Digest> CodeBook::MacOfCode(const LoginRequestId& request, std::string_view typed) {
  return MacOfTyped("code", request.bytes, typed);
}

std::optional<Sha256Digest> CodeBook::MacOfRecoveryCode(const UserId& user, std::string_view typed) {
  return MacOfTyped("recovery", user.bytes, typed);
}

SecretString CodeBook::Derive(std::string_view purpose, std::string_view from) {
  return SecretString(ToBase64Url(Mac(purpose, from)));
}

std::optional<Sha256Digest> CodeBook::MacOfTyped(std::string_view purpose, const UuidBytes& owner,
                                                 std::string_view typed) {
  auto bytes = FromCrockford(typed);
  if (!bytes || bytes->size() != credentials::kCodeBytes) return std::nullopt;
  Bytes message(owner.begin(), owner.end());
  message.insert(message.end(), bytes->begin(), bytes->end());
  const Sha256Digest mac = Mac(purpose, AsText(message));
  Wipe(*bytes);
  Wipe(message);
  return mac;
}

Sha256Digest CodeBook::Mac(std::string_view purpose, std::string_view text) {
  // The purpose holds no NUL, so no text of one can be read as a text of another.
  std::string message(purpose);
  message += '\0';
  message += text;
  const Sha256Digest mac = hmac_.Mac(AsBytes(message));
  Wipe(message);
  return mac;
}

}  // namespace aplus::auth
