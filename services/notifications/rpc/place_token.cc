#include "services/notifications/rpc/place_token.h"

#include <algorithm>

#include "libs/base/bytes.h"

namespace aplus::notifications {
namespace place_token {

// base64url(MAC, microseconds big-endian, id).
constexpr std::size_t kMacSize = 16;
constexpr std::size_t kPlaceSize = 8 + 16;

std::string Encode(const NoticePlace& place) {
  std::string bytes;
  const auto count = static_cast<std::uint64_t>(place.at.time_since_epoch().count());
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(count >> shift & 0xff));
  return bytes.append(AsText(place.id.bytes));
}

NoticePlace Decode(std::string_view bytes) {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < 8; ++i) count = count << 8 | static_cast<std::uint8_t>(bytes[i]);
  NoticePlace place{Time{Duration{static_cast<std::int64_t>(count)}}, {}};
  std::copy_n(bytes.begin() + 8, 16, place.id.bytes.begin());
  return place;
}

}  // namespace place_token

std::string PlaceTokens::Make(const NoticePlace& place, UserId reader) {
  const std::string bytes = place_token::Encode(place);
  return ToBase64Url(AsBytes(Mac(bytes, reader) + bytes));
}

std::optional<NoticePlace> PlaceTokens::Read(std::string_view token, UserId reader) {
  const auto bytes = FromBase64Url(token);
  if (!bytes || bytes->size() != place_token::kMacSize + place_token::kPlaceSize) return std::nullopt;
  const std::string_view text = AsText(*bytes);
  const std::string_view place = text.substr(place_token::kMacSize);
  if (!ConstantTimeEquals(text.substr(0, place_token::kMacSize), Mac(place, reader))) return std::nullopt;
  return place_token::Decode(place);
}

std::string PlaceTokens::Mac(std::string_view place, UserId reader) {
  std::string message("notifications.notices");
  message.append(AsText(reader.bytes)).append(place);
  const Sha256Digest mac = hmac_.Mac(AsBytes(message));
  return std::string(AsText(mac).substr(0, place_token::kMacSize));
}

}  // namespace aplus::notifications
