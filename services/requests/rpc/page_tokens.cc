#include "services/requests/rpc/page_tokens.h"

#include <algorithm>

namespace aplus::requests {
namespace page_tokens {

constexpr std::size_t kMacSize = 16;

void PutBig(std::int64_t value, int bytes, std::string& out) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

std::int64_t GetBig(std::string_view in) {
  std::uint64_t value = 0;
  for (const char byte : in) value = value << 8 | static_cast<std::uint8_t>(byte);
  return static_cast<std::int64_t>(value);
}

}  // namespace page_tokens

std::string PageTokens::Mac(std::string_view question, std::string_view position) {
  // The question's length first, so that no two pairs read alike.
  std::string message;
  page_tokens::PutBig(static_cast<std::int64_t>(question.size()), 8, message);
  message += question;
  message += position;
  const Sha256Digest mac = hmac_.Mac(AsBytes(message));
  return std::string(AsText(BytesView(mac).first(page_tokens::kMacSize)));
}

std::string PageTokens::Make(std::string_view question, std::string_view position) {
  return ToBase64Url(AsBytes(Mac(question, position) + std::string(position)));
}

std::optional<std::string> PageTokens::Read(std::string_view question, std::string_view token) {
  const std::optional<Bytes> bytes = FromBase64Url(token);
  if (!bytes || bytes->size() < page_tokens::kMacSize) return std::nullopt;
  const std::string_view text = AsText(*bytes);
  const std::string_view position = text.substr(page_tokens::kMacSize);
  if (!ConstantTimeEquals(text.substr(0, page_tokens::kMacSize), Mac(question, position)))
    return std::nullopt;
  return std::string(position);
}

std::string PositionOf(const ListPoint& point) {
  std::string position;
  page_tokens::PutBig(point.key.time_since_epoch().count(), 8, position);
  position += AsText(point.id.bytes);
  return position;
}

std::string PositionOf(std::int32_t number) {
  std::string position;
  page_tokens::PutBig(number, 4, position);
  return position;
}

std::optional<ListPoint> PointAt(std::string_view position) {
  if (position.size() != 24) return std::nullopt;
  ListPoint point;
  point.key = Time(Duration(page_tokens::GetBig(position.substr(0, 8))));
  std::copy_n(position.begin() + 8, 16, point.id.bytes.begin());
  return point;
}

std::optional<std::int32_t> NumberAt(std::string_view position) {
  if (position.size() != 4) return std::nullopt;
  return static_cast<std::int32_t>(page_tokens::GetBig(position));
}

}  // namespace aplus::requests
