// Time-based one-time passwords (RFC 6238) as every authenticator application makes them: HMAC-SHA-1, six
// digits, steps of 30 seconds. SHA-1 is no weakness here: nothing rests on collisions, and applications know
// no other.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/bytes.h"
#include "libs/base/time.h"

namespace aplus {

// RFC 4226 recommends 160 bits.
inline constexpr std::size_t kTotpSecretSize = 20;
inline constexpr std::size_t kTotpDigits = 6;
inline constexpr Duration kTotpStep = std::chrono::seconds(30);

// Which step a moment is in: whole steps since 1970.
std::int64_t TotpStepOf(Time time);

// The six digits of a step.
std::string TotpCode(BytesView secret, std::int64_t step);

// RFC 4648 base32 without padding: how applications take a secret that is typed in.
std::string ToBase32(BytesView bytes);

// otpauth://totp/…, for a link or a QR code. `issuer` and `account` are percent-encoded here.
std::string TotpUri(std::string_view issuer, std::string_view account, std::string_view secret_base32);

}  // namespace aplus
