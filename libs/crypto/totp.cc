#include "libs/crypto/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "libs/base/percent.h"
#include "libs/crypto/openssl.h"

namespace aplus {
namespace totp {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
constexpr std::uint32_t kModulus = 1'000'000;

}  // namespace totp

std::int64_t TotpStepOf(Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch() /
         std::chrono::duration_cast<std::chrono::seconds>(kTotpStep);
}

std::string TotpCode(BytesView secret, std::int64_t step) {
  std::array<std::uint8_t, 8> counter;
  for (std::size_t i = 0; i < counter.size(); ++i) {
    counter.at(i) = static_cast<std::uint8_t>(static_cast<std::uint64_t>(step) >> (56 - 8 * i));
  }
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> mac;
  unsigned size = 0;
  openssl::Require(HMAC(EVP_sha1(), secret.data(), static_cast<int>(secret.size()), counter.data(),
                        counter.size(), mac.data(), &size) != nullptr,
                   "HMAC-SHA-1");
  // RFC 4226 section 5.3: the last nibble says where the four bytes begin.
  const std::size_t offset = mac.at(size - 1) & 0x0f;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | mac.at(offset + i);
  return fmt::format("{:06}", (number & 0x7fff'ffff) % totp::kModulus);
}

std::string ToBase32(BytesView bytes) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const std::uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    held += 8;
    while (held >= 5) {
      held -= 5;
      out.push_back(totp::kAlphabet[bits >> held & 31]);
    }
    bits &= (1u << held) - 1;
  }
  if (held > 0) out.push_back(totp::kAlphabet[bits << (5 - held) & 31]);
  return out;
}

std::string TotpUri(std::string_view issuer, std::string_view account, std::string_view secret_base32) {
  const std::string name = PercentEncode(issuer);
  return fmt::format("otpauth://totp/{}:{}?secret={}&issuer={}&algorithm=SHA1&digits={}&period={}", name,
                     PercentEncode(account), secret_base32, name, kTotpDigits,
                     std::chrono::duration_cast<std::chrono::seconds>(kTotpStep).count());
}

}  // namespace aplus
